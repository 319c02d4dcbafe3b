"""How many workers there should be."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

from elders.tasks.model import MICROS
from foundation.clock import Micros
from foundation.errors import InvalidInput

LEAST: Final = 2
MOST: Final = 50
LONGEST_SECONDS: Final = 86_400
"""How long a floor holds at the most: one that nobody renews must not cost for ever."""

_SPIKES: Final = 1.2
_SUB_SECOND: Final = 1.5
_PER_WORKER: Final = 100.0


def workers_for(load: float, *, answer_seconds: float | None = None) -> int:
    """Tell how many workers a load needs.

    One for each 100, with a fifth more for spikes, and half as many again where answers are
    promised in less than a second: rounded up once, within 2 and 50.

    Args:
        load: 100 is one worker busy all the time.
        answer_seconds: within which tasks are promised to be done, if they are.

    Raises:
        InvalidInput: the load is negative or no number.
    """
    if not 0 <= load < math.inf:
        raise InvalidInput(f"a load is a number from 0 on, not {load}")
    wanted = math.ceil(round(load / _PER_WORKER, 6)) * _SPIKES
    if answer_seconds is not None and answer_seconds < 1:
        wanted *= _SUB_SECOND
    return min(MOST, max(LEAST, math.ceil(round(wanted, 6))))


@dataclass(frozen=True, slots=True)
class Scale:
    """How many workers there are to be.

    Attributes:
        workers: now.
        calm_since: since when fewer would do; None if they would not.
        calm_peak: the most that would have been needed since.
    """

    workers: int = LEAST
    calm_since: Micros | None = None
    calm_peak: int = 0


@dataclass(frozen=True, slots=True)
class Floor:
    """How many workers somebody wants at the least.

    Attributes:
        source: for what they are wanted; each has one floor, and the highest of all holds.
        workers: how many; 0 takes back what was asked for.
        until: when it ends by itself.
        asked_at: when it was asked for; what takes it back has the same.
    """

    source: str
    workers: int
    until: Micros
    asked_at: Micros

    def replaces(self, other: Floor) -> bool:
        """Tell whether it was asked for later, or takes the other back.

        So it is the same in whichever order messages come, and however often.
        """
        return (self.asked_at, -self.workers, -self.until) > (
            other.asked_at, -other.workers, -other.until,
        )  # fmt: skip


def rescale(scale: Scale, wanted: int, now: Micros, *, calm_seconds: float = 600.0) -> Scale:
    """Follow what is wanted: up at once, down only after calm.

    Calm is while fewer would do, without a break; then there are as many as were needed at its
    busiest. So a load that goes up and down neither stops workers nor starts them.

    Args:
        scale: as it is.
        wanted: what `workers_for` answers.
        now: what time it is.
        calm_seconds: how long the calm has to last.
    """
    if wanted >= scale.workers:
        return Scale(wanted)
    if scale.calm_since is None:
        return replace(scale, calm_since=now, calm_peak=wanted)
    peak = max(scale.calm_peak, wanted)
    if now - scale.calm_since < calm_seconds * MICROS:
        return replace(scale, calm_peak=peak)
    return Scale(peak)
