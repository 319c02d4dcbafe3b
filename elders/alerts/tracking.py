"""Reports of one fingerprint: how they are counted, end, and flap."""

from __future__ import annotations

from dataclasses import replace

from elders.alerts.model import MICROS, Alert, Tracked
from elders.alerts.policy import Timing
from elders.severity import Severity
from foundation.clock import Micros


def observed(before: Tracked | None, alert: Alert, composite: str, timing: Timing) -> Tracked:
    """Answer what an alert is after another report; reports may come out of order.

    Args:
        before: what it was; None where it is new.
        alert: the report.
        composite: where a new one belongs.
        timing: when alerts flap.
    """
    if before is None:
        ended = alert.at if alert.resolved else None
        return Tracked(alert, alert.at, alert.at, composite, resolved_at=ended, flips=(alert.at,))
    if alert.resolved:
        return ended_at(before, alert.at, timing) if alert.at >= before.last_at else before
    newest = alert if alert.at >= before.last_at else before.alert
    grave = before.is_critical or alert.severity is Severity.CRITICAL
    after = replace(
        before,
        alert=newest,
        first_at=min(before.first_at, alert.at),
        last_at=max(before.last_at, alert.at),
        count=before.count + 1,
        was_critical=grave and not before.told,
    )
    if before.resolved_at is None or alert.at < before.resolved_at:
        return after
    begun = replace(after, resolved_at=None, flips=before.flipped(alert.at))
    if not before.flapping:
        begun = replace(begun, told=False)
    return judged(begun, alert.at, timing)


def ended_at(tracked: Tracked, at: Micros, timing: Timing) -> Tracked:
    """Answer an alert that is well since a moment; once is enough."""
    if tracked.resolved_at is not None:
        return tracked
    return judged(replace(tracked, resolved_at=at, flips=tracked.flipped(at)), at, timing)


def judged(tracked: Tracked, now: Micros, timing: Timing) -> Tracked:
    """Tell whether an alert flaps: it begins at many changes and ends at few (hysteresis)."""
    oldest = now - timing.flap_seconds * MICROS
    changes = sum(at > oldest for at in tracked.flips)
    bound = timing.flap_end + 1 if tracked.flapping else timing.flap_start
    flapping = changes >= bound
    return tracked if flapping is tracked.flapping else replace(tracked, flapping=flapping)


def aged(tracked: Tracked, now: Micros, timing: Timing) -> Tracked:
    """Answer what an alert is when nothing was heard: unheard of for long, it is well."""
    if tracked.resolved_at is None and now - tracked.last_at >= timing.resolve_seconds * MICROS:
        return ended_at(tracked, now, timing)
    return judged(tracked, now, timing) if tracked.flapping else tracked
