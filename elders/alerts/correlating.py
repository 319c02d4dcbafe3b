"""Which alerts are of one cause: by time, by who depends on whom, and by labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from elders.alerts.model import MICROS, Alert, Composite
from elders.alerts.policy import Policy
from elders.severity import Severity
from foundation.clock import Micros
from foundation.ids import content_hash

_RULES: Final = 200
"""Names of rules that a composite remembers."""


def opened(alert: Alert, policy: Policy, now: Micros) -> Composite:
    """Begin a composite with its first alert."""
    service = alert.service
    return Composite(
        id=content_hash(alert.fingerprint, str(now))[:16],
        opened_at=alert.at,
        last_at=alert.at,
        leader=alert.rule,
        leader_rank=alert.severity.rank,
        causes=frozenset() if service is None else policy.topology.cone(service),
        root=service,
        labels=dict(
            zip(policy.correlate_labels, shared_values(alert.labels, policy), strict=False)
        ),
        rules=frozenset({alert.rule}),
        next_at=Micros(now + int(policy.timing.group_wait_seconds * MICROS)),
    )


def joins(alert: Alert, composite: Composite, policy: Policy) -> bool:
    """Tell whether an alert belongs to a composite.

    They do by who depends on whom, by shared labels, and by a shared rule, unless it is known that
    neither service has to do with the other. A second critical one is joined with care, lest
    another trouble hides it: only to a cause that fires itself, as that cause, or beside others of
    its rule where nothing is known of their services.
    """
    if alert.at - composite.last_at > policy.timing.correlate_seconds * MICROS:
        return False
    alike = alert.rule in composite.rules
    careful = _is_critical(alert) and not alike and composite.leader_rank == 0
    if alert.service is not None and composite.causes:
        cone = policy.topology.cone(alert.service)
        if is_cause(alert, composite) or composite.root in cone:
            return True
        if composite.causes & cone:
            return not (composite.pinned or careful)
        known = any(policy.topology.knows(cause) for cause in composite.causes)
        both = (known, policy.topology.knows(alert.service))
        if all(both) or (any(both) and _is_critical(alert)):
            return False
    return alike or (not careful and _share_labels(alert, composite, policy))


def is_cause(alert: Alert, composite: Composite) -> bool:
    """Tell whether an alert is of a service that all members need, or are."""
    return alert.service in composite.causes


def joined(composite: Composite, alert: Alert, policy: Policy, now: Micros) -> Composite:
    """Answer a composite after a report of one of its members, and when to look at it."""
    leads = alert.severity.rank < composite.leader_rank
    known = alert.rule in composite.rules or len(composite.rules) >= _RULES
    return replace(
        _narrowed(composite, alert, policy),
        opened_at=min(composite.opened_at, alert.at),
        last_at=max(composite.last_at, alert.at),
        leader=alert.rule if leads else composite.leader,
        leader_rank=min(alert.severity.rank, composite.leader_rank),
        rules=composite.rules if known else composite.rules | {alert.rule},
        next_at=_sooner(composite.next_at, _news_at(composite, alert, policy, now)),
    )


def shared_values(labels: Mapping[str, str], policy: Policy) -> tuple[str, ...]:
    """Answer the values that tell what belongs together; none unless all labels are there."""
    names = policy.correlate_labels
    return tuple(labels[name] for name in names) if all(name in labels for name in names) else ()


def _is_critical(alert: Alert) -> bool:
    return alert.severity is Severity.CRITICAL


def _share_labels(alert: Alert, composite: Composite, policy: Policy) -> bool:
    shared = shared_values(alert.labels, policy)
    return bool(shared) and shared == shared_values(composite.labels, policy)


def merged(one: Composite, other: Composite) -> Composite:
    """Answer a composite that is two: they turned out to have one cause."""
    worst = min(one, other, key=lambda each: each.leader_rank)
    told = [each.told_severity for each in (one, other) if each.told_severity is not None]
    told_at = [each.told_at for each in (one, other) if each.told_at is not None]
    return replace(
        one,
        opened_at=min(one.opened_at, other.opened_at),
        last_at=max(one.last_at, other.last_at),
        leader=worst.leader,
        leader_rank=worst.leader_rank,
        causes=one.causes & other.causes,
        rules=one.rules | other.rules,
        untracked=one.untracked + other.untracked,
        unnamed=one.unnamed + other.unnamed,
        absorbed=(*one.absorbed, *other.absorbed, *([other.id] if other.told else [])),
        told=max(one.told, other.told),
        told_at=max(told_at, default=None),
        told_severity=min(told, key=lambda each: each.rank, default=None),
        told_to=tuple(dict.fromkeys([*one.told_to, *other.told_to])),
        next_at=_sooner(one.next_at, other.next_at),
    )


def _narrowed(composite: Composite, alert: Alert, policy: Policy) -> Composite:
    """Answer what may be the cause still, now that this fires too."""
    service = alert.service
    if service is None or service == composite.root:
        return composite
    cone = policy.topology.cone(service)
    if is_cause(alert, composite):
        needed = composite.root is not None
        return replace(composite, causes=composite.causes & cone, root=service, pinned=needed)
    if composite.root in cone:
        return replace(composite, pinned=True)
    common = composite.causes & cone
    if common and not composite.pinned:
        return replace(composite, causes=common, root=None)
    return composite


def _news_at(composite: Composite, alert: Alert, policy: Policy, now: Micros) -> Micros | None:
    """Answer when a report might be worth a notice; None where it is nothing new by itself."""
    timing = policy.timing
    if composite.told_at is None or composite.told_severity is None:
        return None
    soon = Micros(now + int(timing.group_wait_seconds * MICROS))
    if alert.resolved or alert.severity.rank < composite.told_severity.rank:
        return soon
    if _is_critical(alert):
        later = composite.told_at + int(timing.interval_seconds(composite.told) * MICROS)
        return Micros(max(soon, later))
    return None


def _sooner(one: Micros | None, other: Micros | None) -> Micros | None:
    found = [each for each in (one, other) if each is not None]
    return min(found) if found else None
