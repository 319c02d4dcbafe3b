"""How rare a figure is among those that were seen before, even beyond the largest of them."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Sequence
from random import Random
from typing import Final

_KEPT: Final = 256
_PRIOR_WEIGHT: Final = 5.0
_LEAST: Final = 1e-300


class Tail:
    """The upper tail of a distribution, learned from a bounded sample that forgets.

    Of 256 figures that are kept each new one replaces one at random, so that what was seen n
    figures ago is still there with a probability of e^(-n/256). Within the sample a probability is
    a share; beyond the tail's start the excess is taken as exponential, whose mean is drawn towards
    a floor: a figure that was always the same does not make the next one impossible.

    Source: Aggarwal, VLDB 2006 (biased reservoirs); Siffer et al., KDD 2017 (tails of streams,
    here with the extreme value index 0).
    """

    __slots__ = ("_beyond", "_floor", "_sample", "_scale", "_share", "_start")

    def __init__(self, share: float, floor: float, sample: Sequence[float] = ()) -> None:
        """Begin with what was seen before.

        Args:
            share: which share of the figures makes up the tail.
            floor: the least mean excess to be expected.
            sample: figures, in any order.
        """
        self._share = share
        self._floor = floor
        self._sample = sorted(sample)[-_KEPT:]
        self._measure()

    def __len__(self) -> int:
        """Count the figures that are kept."""
        return len(self._sample)

    @property
    def sample(self) -> Sequence[float]:
        """List the figures that are kept, in order."""
        return self._sample

    @property
    def usual(self) -> float:
        """Answer where the tail starts; 0 where nothing is known."""
        return self._start

    def add(self, value: float, rng: Random) -> None:
        """Learn a figure."""
        if len(self._sample) >= _KEPT:
            del self._sample[rng.randrange(_KEPT)]
        insort(self._sample, value)
        self._measure()

    def probability(self, value: float) -> float:
        """Answer how likely a figure is at least so large, above 0 and at most 1."""
        if value <= self._start:
            above = len(self._sample) - bisect_left(self._sample, value)
            return (above + 1) / (len(self._sample) + 1)
        return max(_LEAST, self._beyond * math.exp((self._start - value) / self._scale))

    def _measure(self) -> None:
        sample = self._sample
        first = math.floor(len(sample) * (1 - self._share))
        self._start = sample[first] if sample else 0.0
        many = len(sample) - first
        excess = sum(sample[first:]) - self._start * many
        self._beyond = (many + 1) / (len(sample) + 1)
        self._scale = max(
            self._floor, (excess + self._floor * _PRIOR_WEIGHT) / (many + _PRIOR_WEIGHT)
        )
