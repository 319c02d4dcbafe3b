"""Disjoint sets, some pairs of which must not meet: what grouping documents and names share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping


class Clusters:
    """Disjoint sets of numbers, some pairs of which must not meet.

    Attributes:
        of: the label of each number's set.
        members: the numbers of each set, by its label.
    """

    def __init__(
        self,
        size: int,
        apart: Iterable[tuple[int, int]],
        numbered: Mapping[int, tuple[str, str]] | None = None,
    ) -> None:
        """Begin with a set for each number.

        Args:
            size: numbers from 0 on.
            apart: pairs that must not meet.
            numbered: numbers that are one of a series ("pep", "8"): two of one series that differ
                do not meet either, unless a join is forced.
        """
        self._series = {number: {name: value} for number, (name, value) in (numbered or {}).items()}
        self.of = list(range(size))
        self.members = {number: [number] for number in range(size)}
        self._foes: dict[int, set[int]] = defaultdict(set)
        for one, other in apart:
            self._foes[one].add(other)
            self._foes[other].add(one)

    def together(self, one: int, other: int) -> bool:
        """Tell whether two numbers are in one set."""
        return self.of[one] == self.of[other]

    def may_join(self, one: int, other: int) -> bool:
        """Tell whether no pair across the sets of two numbers is kept apart."""
        foes = self._foes.get(self.of[one], ())
        return not foes or foes.isdisjoint(self.members[self.of[other]])

    def join(self, one: int, other: int, *, forced: bool = False) -> bool:
        """Unite the sets of two numbers and answer True, unless a pair across is kept apart."""
        if self.together(one, other):
            return True
        if not self.may_join(one, other) or not (forced or self._same_numbers(one, other)):
            return False
        small, large = sorted((self.of[one], self.of[other]), key=lambda s: len(self.members[s]))
        for member in self.members[small]:
            self.of[member] = large
        self.members[large] += self.members.pop(small)
        self._foes[large] |= self._foes.pop(small, set())
        self._series[large] = self._series.pop(small, {}) | self._series.get(large, {})
        return True

    def _same_numbers(self, one: int, other: int) -> bool:
        """Tell whether no series has two different numbers in the sets of both."""
        mine, theirs = (self._series.get(self.of[end], {}) for end in (one, other))
        return all(theirs[name] == mine[name] for name in mine.keys() & theirs.keys())
