"""By which rules alerts are told: values alone, read from a file or made in code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from elders.alerts.matching import Matcher
from elders.alerts.topology import Topology
from elders.levels import CLAUDE_ELDER, GRAND_ELDER, Sage
from elders.severity import Severity
from foundation.clock import Micros

ON_CALL: Final = "on_call_engineer"
SECURITY: Final = "security_team"
PERFORMANCE: Final = "performance_team"

ROUTES: Final[Mapping[Severity, Sequence[str]]] = {
    Severity.CRITICAL: (GRAND_ELDER, CLAUDE_ELDER, Sage.INCIDENT.value),
    Severity.HIGH: (CLAUDE_ELDER, Sage.INCIDENT.value),
    Severity.MEDIUM: (Sage.INCIDENT.value, ON_CALL),
    Severity.LOW: (ON_CALL,),
}
"""Who is told, by severity."""

TAGS: Final[Mapping[str, Sequence[str]]] = {
    "security": (SECURITY,),
    "performance": (PERFORMANCE,),
}
"""Who is told too, by tag."""

_GROWTH: Final = 4
_SHARE: Final = 4
"""News of what was told waits no longer than this part of the time until it is repeated."""


@dataclass(frozen=True, slots=True)
class Timing:
    """When what is told; the names are those of Prometheus' Alertmanager.

    Attributes:
        correlate_seconds: since the last alert of a composite, in which others may join it.
        group_wait_seconds: from the first alert to the first notice, so that it tells of all.
        group_interval_seconds: from one notice to the next where there is news; four times as
            long after each, so that a long storm is told seldom.
        repeat_interval_seconds: from a notice to its repetition, where nothing is new.
        resolve_seconds: an alert that is not reported again for so long is taken for well.
        flap_seconds: in which changes of state are counted.
        flap_start: so many of them, and an alert flaps.
        flap_end: so few of them, and it does not any more.
    """

    correlate_seconds: float = 300
    group_wait_seconds: float = 30
    group_interval_seconds: float = 300
    repeat_interval_seconds: float = 14_400
    resolve_seconds: float = 300
    flap_seconds: float = 900
    flap_start: int = 6
    flap_end: int = 2

    def interval_seconds(self, told: int) -> float:
        """Tell how long news waits after so many notices."""
        grown = self.group_interval_seconds * float(_GROWTH) ** min(max(told - 1, 0), 16)
        ceiling = self.repeat_interval_seconds / _SHARE
        return max(self.group_interval_seconds, min(grown, ceiling))


@dataclass(frozen=True, slots=True)
class Suppression:
    """A standing rule by which alerts are counted, but not told, until it expires.

    Attributes:
        includes_critical: whether critical ones are not told either.
    """

    name: str
    matchers: Sequence[Matcher]
    until: Micros
    reason: str
    includes_critical: bool = False


@dataclass(frozen=True, slots=True)
class Silence:
    """What a person wants to hear nothing of for a while, critical ones included."""

    id: str
    matchers: Sequence[Matcher]
    since: Micros
    until: Micros
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Inhibition:
    """While an alert fires that `sources` fit, what `targets` fit is not told.

    Attributes:
        equal: labels that both must have the same.
    """

    sources: Sequence[Matcher]
    targets: Sequence[Matcher]
    equal: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """All rules together.

    Attributes:
        correlate_labels: alerts with the same values of all of these belong together.
        routes: who is told, by severity.
        tags: who is told too, by tag.
        most_tracked: alerts that are kept one by one; more are counted in their composites.
    """

    timing: Timing = field(default_factory=Timing)
    topology: Topology = field(default_factory=Topology)
    correlate_labels: Sequence[str] = ()
    suppressions: Sequence[Suppression] = ()
    inhibitions: Sequence[Inhibition] = ()
    routes: Mapping[Severity, Sequence[str]] = field(default_factory=lambda: ROUTES)
    tags: Mapping[str, Sequence[str]] = field(default_factory=lambda: TAGS)
    most_tracked: int = 20_000

    def receivers(self, severity: Severity, tags: frozenset[str]) -> tuple[str, ...]:
        """Answer who is told, each once."""
        by_tag = (name for tag in sorted(tags) for name in self.tags.get(tag, ()))
        return tuple(dict.fromkeys([*self.routes.get(severity, ()), *by_tag]))
