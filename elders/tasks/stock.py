"""What there is left of resources, while tasks are given one after another."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final

_SLACK: Final = 1e-9
"""Amounts are sums of fractions: so much too much is not too much."""


class Stock:
    """Counts what tasks hold; of what is not named there is no end.

    Args:
        capacity: how much there is, by name.
        held: what each running task holds.
    """

    def __init__(
        self, capacity: Mapping[str, float], held: Iterable[Mapping[str, float]] = ()
    ) -> None:
        self._capacity = capacity
        self._left = dict(capacity)
        for each in held:
            self._put_aside(each)

    def take(self, wanted: Mapping[str, float]) -> bool:
        """Take what a task needs, and tell whether it was there.

        Where something is missing the rest is put aside for it, so that small tasks that come
        later don't keep a large one waiting for ever; unless it wants more than there ever is.
        """
        if any(amount > self._capacity.get(name, math.inf) for name, amount in wanted.items()):
            return False
        enough = all(
            amount <= self._left.get(name, math.inf) + _SLACK for name, amount in wanted.items()
        )
        self._put_aside(wanted)
        return enough

    def is_gone(self, wanted: Mapping[str, float]) -> bool:
        """Tell whether nothing at all is left of something that is wanted."""
        return any(
            amount > 0 and self._left.get(name, math.inf) <= _SLACK
            for name, amount in wanted.items()
        )

    def _put_aside(self, amounts: Mapping[str, float]) -> None:
        for name, amount in amounts.items():
            if name in self._left:
                self._left[name] -= amount
