"""What alerts are, and what they become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from elders.severity import Severity
from foundation.clock import Micros
from foundation.errors import InvalidInput
from foundation.ids import content_hash

MICROS: Final = 1_000_000
"""In a second."""

_LABELS: Final = 40
LABEL: Final = 500
"""Characters of a rule, a label or a tag."""

SUMMARY: Final = 2_000
_FLIPS: Final = 32
"""Changes of state that are remembered of an alert."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One report that something is wrong, or is well again.

    Attributes:
        rule: what fired, such as `latency.p95`.
        labels: which one it is: with the rule they make the fingerprint. `service` names a node
            of the topology.
        summary: for people.
        tags: what it is about, such as `security`.
        resolved: it is well again.
    """

    rule: str
    severity: Severity
    labels: Mapping[str, str] = field(hash=False)
    summary: str
    at: Micros
    tags: frozenset[str] = frozenset()
    resolved: bool = False

    @property
    def fingerprint(self) -> str:
        """Identify what it is about: reports of the same trouble have the same."""
        pairs = (part for pair in sorted(self.labels.items()) for part in pair)
        return content_hash(self.rule, *pairs)

    @property
    def service(self) -> str | None:
        """Name the node of the topology that it is about."""
        return self.labels.get("service")


def check_alert(alert: Alert) -> None:
    """Refuse what would take too much room.

    Raises:
        InvalidInput: it has no rule, too many labels, or a text that is too long or can't be
            stored.
    """
    texts = (alert.rule, *alert.labels, *alert.labels.values(), *alert.tags)
    if any("\0" in each or not _is_text(each) for each in (*texts, alert.summary)):
        raise InvalidInput("an alert's texts can't hold NUL or halves of surrogate pairs")
    if not alert.rule or any(len(each) > LABEL for each in texts):
        raise InvalidInput(f"an alert's rule, labels and tags have 1 to {LABEL} characters each")
    if max(len(alert.labels), len(alert.tags)) > _LABELS:
        raise InvalidInput(f"an alert has at most {_LABELS} labels and as many tags")
    if len(alert.summary) > SUMMARY:
        raise InvalidInput(f"an alert's summary has at most {SUMMARY:,} characters")


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Tracked:
    """All reports of one fingerprint.

    Attributes:
        alert: the latest report, at its latest severity.
        count: how many reports there were while it fired, in this composite.
        flips: when it began and ended lately, the newest last.
        flapping: it does so too often to be told each time; it counts as firing.
        composite: the id of the composite that it belongs to.
        told: whether a notice has told that it is critical.
        was_critical: whether an earlier report said so, and no notice has told that.
    """

    alert: Alert
    first_at: Micros
    last_at: Micros
    composite: str
    count: int = 1
    resolved_at: Micros | None = None
    flips: Sequence[Micros] = ()
    flapping: bool = False
    told: bool = False
    was_critical: bool = False

    @property
    def is_critical(self) -> bool:
        """Tell whether its latest report says so, or one that nobody was told of yet."""
        return self.was_critical or self.alert.severity is Severity.CRITICAL

    @property
    def due(self) -> Alert:
        """Answer what is to be told: the latest report, but as bad as nobody was told yet."""
        if not self.was_critical:
            return self.alert
        return replace(self.alert, severity=Severity.CRITICAL)

    @property
    def fires(self) -> bool:
        """Tell whether it is not known to be well."""
        return self.resolved_at is None or self.flapping

    def flipped(self, now: Micros) -> Sequence[Micros]:
        """Answer its changes of state with another one."""
        return (*self.flips, now)[-_FLIPS:]


@dataclass(frozen=True, slots=True)
class Composite:
    """Alerts of one cause, as far as is known: what people are told of as one matter.

    Attributes:
        causes: nodes of the topology that all of its members depend on, or are.
        root: one of these that fires itself, the one that the others need.
        pinned: whether another member needs the root: then it is the cause.
        rules: names of the rules of its members.
        leader: the rule of its first or worst member: what is learned is learned of it.
        untracked: reports beyond what is kept one by one.
        unnamed: critical ones among those that no notice has told of.
        absorbed: ids of composites that became this one after they were told.
        told: how many notices were sent of it.
        told_at: when the last one was.
        told_severity: the worst that any of them said.
        told_to: who was told: they hear that it became worse, and that it is over.
        next_at: when to look whether something is to be told.
    """

    id: str
    opened_at: Micros
    last_at: Micros
    leader: str
    leader_rank: int
    causes: frozenset[str]
    labels: Mapping[str, str] = field(hash=False)
    rules: frozenset[str] = frozenset()
    root: str | None = None
    pinned: bool = False
    untracked: int = 0
    unnamed: int = 0
    absorbed: Sequence[str] = ()
    told: int = 0
    told_at: Micros | None = None
    told_severity: Severity | None = None
    told_to: Sequence[str] = ()
    next_at: Micros | None = None


class Kind(StrEnum):
    """What a notice says."""

    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Line:
    """Some members of a composite in a notice: all of one rule and severity."""

    rule: str
    severity: Severity
    count: int
    reports: int
    services: Sequence[str]
    summary: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told of a composite at one time.

    Attributes:
        number: of this composite's notices, from 1.
        cause: the node of the topology that is taken for the cause.
        members: how many alerts fire; `muted` of them are not told.
        muted_rules: of which rules these are, the most frequent first.
        critical: the critical ones that no earlier notice told, by rule and service.
        unnamed: how many more of those there are than are named.
        receivers: who is told.
        absorbs: ids of composites that were told before, and turned out to be this one.
        runbook: titles and addresses of passages that may help.
        changes: what was changed shortly before.
    """

    composite: str
    number: int
    kind: Kind
    severity: Severity
    title: str
    cause: str | None
    opened_at: Micros
    at: Micros
    members: int
    reports: int
    muted: int
    lines: Sequence[Line]
    critical: Sequence[str]
    unnamed: int
    receivers: Sequence[str]
    muted_rules: Sequence[str] = ()
    absorbs: Sequence[str] = ()
    runbook: Sequence[str] = ()
    changes: Sequence[str] = ()

    @property
    def key(self) -> str:
        """Identify it: whoever acts on notices does so once for each."""
        return f"alert:{self.composite}:{self.number}"
