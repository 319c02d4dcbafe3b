"""Intervals that hold as often as they say, whatever the model behind them."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable
from typing import Final

_REMEMBERED: Final = 2_000
_STEP: Final = 0.005
_LEAST_MISSES: Final = 0.002
_MOST_MISSES: Final = 0.5


class Calibration:
    """By how much to widen (or narrow) what a model says of its quantiles.

    Each outcome's score is how far it lay outside of the interval that was said (negative:
    inside). The margin is the quantile of the latest scores that would have covered the share
    asked for. Where outcomes drift, that share is asked for too little or too much; so each miss
    asks for a little more, and each hit for a little less.

    Args:
        coverage: the share of outcomes that should lie within, above 0 and below 1.

    Sources: Romano, Patterson & Candès, Conformalized Quantile Regression, NeurIPS 2019; Gibbs &
    Candès, Adaptive Conformal Inference Under Distribution Shift, NeurIPS 2021.
    """

    def __init__(self, coverage: float) -> None:
        self._wanted_misses = 1 - coverage
        self._misses = self._wanted_misses
        self._latest: deque[float] = deque()
        self._ordered: list[float] = []

    @property
    def margin(self) -> float:
        """By how much to widen an interval on each side.

        Too few scores for the share asked for widen by the largest, and never narrow.
        """
        number = len(self._ordered)
        rank = math.ceil((number + 1) * (1 - self._misses))
        if rank > number:
            return max([0.0, *self._ordered[-1:]])
        return self._ordered[rank - 1]

    def renewed(self) -> Calibration:
        """Begin anew for another model; what drift asked for stays."""
        other = Calibration(1 - self._wanted_misses)
        other._misses = self._misses
        return other

    def extend(self, scores: Iterable[float]) -> None:
        """Take scores of held-back outcomes, the oldest first, with nothing said of them yet."""
        for score in scores:
            self._latest.append(score)
            insort(self._ordered, score)
            if len(self._latest) > _REMEMBERED:
                del self._ordered[bisect_left(self._ordered, self._latest.popleft())]

    def learn(self, score: float, *, hit: bool) -> None:
        """Take the score of an outcome for which an interval had been said.

        Args:
            score: how far outside of the model's own interval it lay.
            hit: whether the interval that was said, margin and all, held it.
        """
        change = _STEP * (self._wanted_misses - (not hit))
        self._misses = min(_MOST_MISSES, max(_LEAST_MISSES, self._misses + change))
        self.extend([score])
