"""How much of a resource is taken, from when to when."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Final

_SLACK: Final = 1e-9
"""Amounts are sums of fractions: so much too much is not too much."""


class Profile:
    """What is taken of one resource over time, as steps.

    Args:
        capacity: how much there is.
        begin: what was before is not asked for.
    """

    def __init__(self, capacity: float, begin: int) -> None:
        self._capacity = capacity
        self._times: list[int] = [begin]
        self._taken: list[float] = [0.0]
        self._full = 0
        """So many steps from the first on have no room: nobody need look at them again."""

    def take(self, amount: float, start: int, end: int) -> None:
        """Take an amount from `start` until `end` (microseconds), whether there is room or not."""
        start = max(start, self._times[0])
        if end <= start:
            return
        first, last = self._step(start), self._step(end)
        for at in range(first, last):
            self._taken[at] += amount
        while self._taken[self._full] + _SLACK >= self._capacity > 0:
            self._full += 1

    def first_fit(self, amount: float, earliest: int, length: int) -> int:
        """Find the first moment from which an amount is free for so long.

        The amount must be within the capacity, and more than nothing; after the last step
        everything is free.
        """
        start = max(earliest, self._times[self._full])
        at = bisect_right(self._times, start) - 1
        while at < len(self._times) and self._times[at] < start + max(1, length):
            if self._taken[at] + amount > self._capacity + _SLACK:
                start = self._times[at + 1]
            at += 1
        return start

    def _step(self, time: int) -> int:
        """Answer the place of a step at a time, made where there is none."""
        at = bisect_left(self._times, time)
        if at == len(self._times) or self._times[at] != time:
            self._times.insert(at, time)
            self._taken.insert(at, self._taken[at - 1])
        return at
