"""Whether other rules would have done better: both are tried on what was measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from elders.incidents.detect import Model
from elders.incidents.model import MICROS, Round
from elders.incidents.rules import Rulebook
from elders.incidents.watch import WARNS, Calibrations, Watch
from foundation.clock import Micros

EARLY_SECONDS: Final = 1_800.0
"""How long before an incident a finding is a warning of it, not a false alarm."""


@dataclass(frozen=True, slots=True)
class Span:
    """When an incident was: from its first finding to its last one."""

    begun: Micros
    ended: Micros


@dataclass(frozen=True, slots=True)
class Replayed:
    """What rules would have found.

    Attributes:
        found: when each incident would have been told first; None where it would not.
        false_alarms: findings that belong to no incident.
    """

    found: Sequence[Micros | None]
    false_alarms: int


def replay(
    book: Rulebook,
    rounds: Sequence[Round],
    incidents: Sequence[Span],
    *,
    calibrations: Calibrations | None = None,
    model: Callable[[], Model] | None = None,
) -> Replayed:
    """Try rules on rounds, in their order."""
    watch = Watch(book, calibrations=calibrations, model=model)
    told = [
        finding.at for seen in rounds for finding in watch.look(seen) if finding.confidence >= WARNS
    ]
    early = int(EARLY_SECONDS * MICROS)
    found = [
        min((at for at in told if each.begun - early <= at <= each.ended), default=None)
        for each in incidents
    ]
    inside = sum(any(each.begun - early <= at <= each.ended for each in incidents) for at in told)
    return Replayed(found, len(told) - inside)


def is_better(new: Replayed, old: Replayed) -> bool:
    """Tell whether rules found some incident earlier, or raised fewer false alarms, at no price.

    The price would be: an incident lost or told later, or one more false alarm.
    """
    pairs = list(zip(new.found, old.found, strict=True))
    if new.false_alarms > old.false_alarms:
        return False
    if any(was is not None and (now is None or now > was) for now, was in pairs):
        return False
    earlier = any(now is not None and (was is None or now < was) for now, was in pairs)
    return earlier or new.false_alarms < old.false_alarms
