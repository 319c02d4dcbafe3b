"""Whether a composite is to be told now, and what."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from elders.alerts.learning import told_severity
from elders.alerts.model import MICROS, Composite, Kind, Line, Notice, Tracked
from elders.alerts.muting import Mutes
from elders.alerts.policy import Policy, Timing
from elders.severity import Severity
from foundation.clock import Micros

_LINES: Final = 20
_SERVICES: Final = 5
_NAMED: Final = 200
"""Rules and services whose critical alerts a notice names."""

_SHOWN: Final = 200
"""Characters of a summary in a notice."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What is to be done with a composite.

    Attributes:
        composite: as it is thereafter; None where it is over.
        notice: what is to be told.
        named: fingerprints of critical members that are told now.
    """

    composite: Composite | None
    notice: Notice | None = None
    named: frozenset[str] = frozenset()


def telling(
    composite: Composite,
    members: Sequence[Tracked],
    mutes: Mutes,
    quiet: Collection[str],
    policy: Policy,
) -> Telling:
    """Decide about a composite whose time has come.

    It is told when it is new, when it became worse, when it has critical members of which nothing
    was told, when it was not told for long, and when it is over.

    Args:
        composite: what might be told.
        members: its alerts.
        mutes: what mutes now.
        quiet: rules that are told one severity lower.
        policy: when, and to whom.
    """
    now = mutes.now
    loud = [each for each in members if mutes.why(each.due) is None]
    firing = [each for each in loud if each.fires]
    fresh = [each for each in loud if each.is_critical and not each.told]
    if not any(each.fires for each in members) and not fresh and not composite.unnamed:
        if not composite.told:
            return Telling(None)
        if (until := unknown_until(composite, policy.timing)) > now:
            return Telling(replace(composite, next_at=until))
        return Telling(None, _notice(composite, Kind.RESOLVED, members, [], [], policy, now))
    shown = firing or fresh
    again = _later(now, policy.timing.group_interval_seconds)
    if not shown and not composite.unnamed:
        return Telling(replace(composite, next_at=again))
    muted = len(loud) < len(members)
    severity = _worst(composite, shown, quiet)
    due = _due_at(composite, severity, policy, news=bool(fresh or composite.unnamed))
    if due > now:
        return Telling(replace(composite, next_at=min(due, again) if muted else due))
    told = _quietened(loud, quiet)
    receivers = _receivers(severity, shown, policy)
    if composite.told_severity and severity.rank < composite.told_severity.rank:
        receivers = _joined(receivers, composite.told_to)
    notice = replace(
        _notice(composite, Kind.FIRING, members, told, fresh, policy, now),
        severity=severity,
        receivers=receivers,
        muted_rules=_muted_rules(members, firing),
    )
    after = _after(composite, notice, shown, policy)
    if muted and after.next_at is not None:
        after = replace(after, next_at=min(after.next_at, again))
    return Telling(after, notice, frozenset(each.alert.fingerprint for each in fresh))


def unknown_until(composite: Composite, timing: Timing) -> Micros:
    """Answer until when alerts may fire of which numbers alone are kept: nobody hears their end."""
    if not composite.untracked:
        return Micros(0)
    return _later(composite.last_at, timing.resolve_seconds)


def _due_at(composite: Composite, severity: Severity, policy: Policy, *, news: bool) -> Micros:
    """Answer when it is to be told: at once where it was not yet, or is worse than was told."""
    before, at = composite.told_severity, composite.told_at
    if before is None or at is None or severity.rank < before.rank:
        return Micros(0)
    timing = policy.timing
    waits = timing.interval_seconds(composite.told) if news else timing.repeat_interval_seconds
    return _later(at, waits)


def _after(
    composite: Composite, notice: Notice, shown: Sequence[Tracked], policy: Policy
) -> Composite:
    timing, before, severity = policy.timing, composite.told_severity, notice.severity
    over = not any(each.fires for each in shown)
    wait = timing.group_wait_seconds if over else timing.repeat_interval_seconds
    worst = severity if before is None else min(severity, before, key=lambda each: each.rank)
    return replace(
        composite,
        told=composite.told + 1,
        told_at=notice.at,
        told_severity=worst,
        told_to=_joined(composite.told_to, notice.receivers),
        unnamed=0,
        next_at=_later(notice.at, wait),
    )


def _muted_rules(members: Sequence[Tracked], firing: Sequence[Tracked]) -> list[str]:
    counts = Counter(each.alert.rule for each in members if each.fires)
    counts.subtract(each.alert.rule for each in firing)
    return [f"{rule} x{count:,}" for rule, count in counts.most_common(_SERVICES) if count > 0]


def _worst(composite: Composite, shown: Sequence[Tracked], quiet: Collection[str]) -> Severity:
    if composite.unnamed:
        return Severity.CRITICAL
    found = (told_severity(each.alert.rule, each.due.severity, quiet) for each in shown)
    return min(found, key=lambda each: each.rank)


def _receivers(severity: Severity, shown: Sequence[Tracked], policy: Policy) -> tuple[str, ...]:
    tags = frozenset(tag for each in shown for tag in each.alert.tags)
    return policy.receivers(severity, tags)


def _joined(one: Sequence[str], other: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*one, *other]))


def _quietened(loud: Sequence[Tracked], quiet: Collection[str]) -> list[Tracked]:
    return [
        replace(
            each,
            alert=replace(
                each.alert, severity=told_severity(each.alert.rule, each.due.severity, quiet)
            ),
        )
        for each in loud
        if each.fires or (each.is_critical and not each.told)
    ]


def _notice(
    composite: Composite,
    kind: Kind,
    members: Sequence[Tracked],
    told: Sequence[Tracked],
    fresh: Sequence[Tracked],
    policy: Policy,
    now: Micros,
) -> Notice:
    severity = composite.told_severity or Severity.LOW
    lines = _lines(told or members)
    named, unnamed = _names(fresh)
    title = lines[0].summary if lines else composite.leader
    return Notice(
        composite=composite.id,
        number=composite.told + 1,
        kind=kind,
        severity=severity,
        title=title,
        cause=_cause(composite, members),
        opened_at=composite.opened_at,
        at=now,
        members=sum(each.fires for each in members),
        reports=sum(each.count for each in members) + composite.untracked,
        muted=sum(each.fires for each in members) - sum(each.fires for each in told),
        lines=lines,
        critical=named,
        unnamed=unnamed + composite.unnamed,
        receivers=composite.told_to or _receivers(severity, members, policy),
        absorbs=composite.absorbed,
    )


def _cause(composite: Composite, members: Sequence[Tracked]) -> str | None:
    """Name the cause where one is known: another alert is of what needs it, or all are of it."""
    of_it = all(each.alert.service == composite.root for each in members)
    return composite.root if composite.pinned or of_it else None


def _lines(members: Sequence[Tracked]) -> list[Line]:
    """Sum members up by rule and severity, the worst and the most frequent first."""
    groups: dict[tuple[int, str], list[Tracked]] = defaultdict(list)
    for each in members:
        groups[each.alert.severity.rank, each.alert.rule].append(each)
    ordered = sorted(groups.items(), key=lambda item: (item[0][0], -len(item[1]), item[0][1]))
    return [_line(group) for _, group in ordered[:_LINES]]


def _line(group: Sequence[Tracked]) -> Line:
    first = group[0].alert
    services = sorted({each.alert.service for each in group if each.alert.service})
    more = [f"and {len(services) - _SERVICES} more"] if len(services) > _SERVICES else []
    reports = sum(each.count for each in group)
    summary = first.summary[:_SHOWN]
    return Line(
        first.rule, first.severity, len(group), reports, [*services[:_SERVICES], *more], summary
    )


def _names(fresh: Sequence[Tracked]) -> tuple[list[str], int]:
    """Name critical alerts by rule and service, the rare ones first; count those left out."""
    groups: dict[tuple[str, str], list[Tracked]] = defaultdict(list)
    for each in fresh:
        groups[each.alert.rule, each.alert.service or "no service"].append(each)
    rules = Counter(rule for rule, _ in groups)
    ordered = sorted(groups.items(), key=lambda item: (rules[item[0][0]], item[0]))
    named = [
        f"{rule} ({service}){f' x{len(group)}' if len(group) > 1 else ''}:"
        f" {group[0].alert.summary[:_SHOWN]}"
        for (rule, service), group in ordered[:_NAMED]
    ]
    return named, sum(len(group) for _, group in ordered[_NAMED:])


def _later(at: Micros, seconds: float) -> Micros:
    return Micros(at + int(seconds * MICROS))
