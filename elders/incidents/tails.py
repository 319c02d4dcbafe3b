"""How unlikely a number is after those before it: what makes scores of all kinds comparable."""

from __future__ import annotations

import math
from collections import deque
from typing import Final

import numpy as np

_MOST: Final = 50.0
_LEAST_EXCESS: Final = 0.1
_TINY: Final = 1e-9
_EXCESSES: Final = 300


class Window:
    """The last numbers of a stream, and quantiles of them that are worked out now and then.

    Args:
        size: how many are kept.
        every: after how many new ones quantiles are worked out anew.
    """

    def __init__(self, size: int, every: int = 8) -> None:
        self._values = np.empty(size)
        self._next = 0
        self.count = 0
        self._every = every
        self._age = 0
        self._known: dict[float, float] = {}
        self._deviation: float | None = None

    def add(self, value: float) -> None:
        """Take a number."""
        self._values[self._next] = value
        self._next = (self._next + 1) % len(self._values)
        self.count = min(self.count + 1, len(self._values))
        self._age += 1
        if self._age >= self._every or self.count < 4 * self._every:
            self._age = 0
            self._known.clear()
            self._deviation = None

    def quantile(self, q: float) -> float:
        """Answer a quantile of what is kept; not a number where nothing is."""
        if not self.count:
            return math.nan
        if q not in self._known:
            kept = self._values[: self.count]
            at = min(self.count - 1, int(q * self.count))
            self._known[q] = float(np.partition(kept, at)[at])
        return self._known[q]

    def deviation(self) -> float:
        """Answer the standard deviation of what is kept; 0 where nothing is."""
        if not self.count:
            return 0.0
        if self._deviation is None:
            self._deviation = float(np.std(self._values[: self.count]))
        return self._deviation


class Tail:
    """Scores a non-negative stream by -log10 of the chance of so much, from what came before.

    Beyond a high quantile the excess is taken as exponential, with the mean of past excesses, so
    that what was never seen has a chance too. Until `least` numbers came, everything is usual (0).

    Source: peaks over threshold; Siffer et al., KDD 2017, with the shape fixed at 0, which needs
    no fit on few excesses.

    Args:
        size: how many numbers are remembered.
        quantile: where the tail begins.
        least: how many must have come.
    """

    def __init__(self, *, size: int = 3_000, quantile: float = 0.99, least: int = 150) -> None:
        self._window = Window(size)
        self._quantile = quantile
        self._least = least
        self._excesses: deque[float] = deque(maxlen=_EXCESSES)

    def score(self, value: float) -> float:
        """Score a number, then remember it."""
        if self._window.count < self._least:
            self._window.add(value)
            return 0.0
        threshold = self._window.quantile(self._quantile)
        self._window.add(value)
        if value <= threshold:
            return 0.0
        excess = value - threshold
        past = sum(self._excesses) / len(self._excesses) if self._excesses else 0.0
        self._excesses.append(excess)
        scale = max(past, _LEAST_EXCESS * threshold, _TINY)
        return min(_MOST, -math.log10(1 - self._quantile) + excess / scale / math.log(10))
