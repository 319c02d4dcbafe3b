"""What a series is at this time of day and week: learned from itself, used where it foretells."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict, deque
from typing import Final

_DAY_SECONDS: Final = 86_400
_SLOTS: Final = 48
_KEPT: Final = 60
_LEAST: Final = 6
_A_DAY: Final = 6
_FORGET: Final = 0.999
_WEEKEND: Final = 5
_THURSDAY: Final = 3
"""1970-01-01 was one; Monday is 0."""


class _Profile:
    """Values by slot, thinned out to some a day; foretells their median."""

    def __init__(self) -> None:
        self._values: dict[int, deque[float]] = defaultdict(lambda: deque(maxlen=_KEPT))
        self._today: dict[int, tuple[int, int]] = {}
        self._foretold: dict[int, float] = {}
        self._error = 0.0
        self._weight = 0.0

    def foretell(self, slot: int) -> float | None:
        """Answer the median of a slot, once there is enough of it."""
        if slot not in self._foretold:
            values = self._values[slot]
            if len(values) < _LEAST:
                return None
            self._foretold[slot] = statistics.median(values)
        return self._foretold[slot]

    def learn(self, slot: int, day: int, value: float) -> None:
        """Take a value, unless the day gave enough already."""
        foretold = self.foretell(slot)
        if foretold is not None:
            self._error = self._error * _FORGET + abs(value - foretold)
            self._weight = self._weight * _FORGET + 1.0
        of, count = self._today.get(slot, (day, 0))
        count = count if of == day else 0
        if count < _A_DAY:
            self._values[slot].append(value)
            self._foretold.pop(slot, None)
        self._today[slot] = day, count + 1

    @property
    def mean_error(self) -> float:
        """How far off it was of late."""
        return self._error / self._weight if self._weight else math.inf


class Seasonal:
    """Foretells a value by half-hours of the day, or of workdays and weekends apart.

    Whichever of the two erred less until now is taken.
    """

    def __init__(self) -> None:
        self._daily = _Profile()
        self._weekly = _Profile()

    def expect(self, seconds: float) -> float | None:
        """Foretell the value at a time (seconds since 1970, UTC); None before a day was seen."""
        slot, _, weekly = _place(seconds)
        by_week = self._weekly.foretell(weekly)
        by_day = self._daily.foretell(slot)
        better = self._weekly.mean_error < self._daily.mean_error
        return by_week if by_week is not None and better else by_day

    def learn(self, seconds: float, value: float) -> None:
        """Take a value."""
        slot, day, weekly = _place(seconds)
        self._daily.learn(slot, day, value)
        self._weekly.learn(weekly, day, value)


def _place(seconds: float) -> tuple[int, int, int]:
    day = int(seconds // _DAY_SECONDS)
    slot = int(seconds % _DAY_SECONDS * _SLOTS // _DAY_SECONDS)
    weekend = (day + _THURSDAY) % 7 >= _WEEKEND
    return slot, day, slot + _SLOTS * weekend
