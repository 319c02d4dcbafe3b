"""Ranks the causes of a problem, and measures whether learned patterns rank them better."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Final

from knowledge.patterns.gating import gate
from knowledge.patterns.incident_seeds import ECHOES
from knowledge.patterns.model import Gate, held_back

_LEAST_SUPPORT: Final = 3
_LEAST_LIFT: Final = 1.15
_PRIOR: Final = 2.0
"""Incidents that the base rate counts for when a cause's share is learned from few."""

METRIC: Final = "reciprocal rank of the cause"

Pair = tuple[str, str]
"""A problem and a cause."""


@dataclass(frozen=True, slots=True)
class Told:
    """What classes of problem and cause one incident has; it has at least one cause."""

    case: str
    problems: frozenset[str]
    causes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Counts:
    """How often causes and problems come, alone and together."""

    incidents: int
    causes: Mapping[str, int]
    problems: Mapping[str, int]
    pairs: Mapping[Pair, int]

    @classmethod
    def of(cls, told: Iterable[Told]) -> Counts:
        """Count each incident once for each of its classes."""
        told = list(told)
        return cls(
            len(told),
            Counter(cause for one in told for cause in one.causes),
            Counter(problem for one in told for problem in one.problems),
            Counter(pair for one in told for pair in product(one.problems, one.causes)),
        )

    def lift(self, pair: Pair, *, prior: float = 0.0) -> float:
        """Answer how many times its base rate a cause's share is among incidents of the problem."""
        problem, cause = pair
        base = self.causes[cause] / self.incidents
        share = (self.pairs.get(pair, 0) + prior * base) / (self.problems.get(problem, 0) + prior)
        return share / base

    def patterns(self) -> list[Pair]:
        """List the pairs that come together often enough, and more often than by chance."""
        return sorted(
            pair
            for pair, count in self.pairs.items()
            if count >= _LEAST_SUPPORT and self.lift(pair) >= _LEAST_LIFT and pair not in ECHOES
        )

    def rank(self, problems: Collection[str], patterns: Collection[Pair] = ()) -> list[str]:
        """Rank all causes by base rate, times the largest lift that a pattern gives them."""
        lifts: dict[str, float] = defaultdict(lambda: 1.0)
        for problem, cause in sorted(patterns):
            if problem in problems and cause in self.causes:
                lifts[cause] = max(lifts[cause], self.lift((problem, cause), prior=_PRIOR))
        return sorted(self.causes, key=lambda name: (-self.causes[name] * lifts[name], name))


def reciprocal_rank(ranking: Sequence[str], true: Collection[str]) -> float:
    """Answer 1 / rank of the first true name; 0 if none is ranked."""
    return next((1 / rank for rank, name in enumerate(ranking, 1) if name in true), 0.0)


@dataclass(frozen=True)
class Trial:
    """Measures patterns on held-back incidents, all figures learned on the others."""

    told: Sequence[Told]

    @cached_property
    def learned(self) -> Counts:
        """What the incidents that are not held back tell."""
        return Counts.of(one for one in self.told if not held_back(one.case))

    def together(self) -> Gate:
        """Compare the ranking by all patterns at once with that by base rates alone.

        This tells whether the patterns as a whole are of use; it lets no single one pass.
        """
        return self._compare([o for o in self.told if held_back(o.case)], self.learned.patterns())

    def measure(self, pair: Pair) -> Gate:
        """Compare the ranking by one pattern with that by base rates, where its problem is."""
        own = [o for o in self.told if held_back(o.case) and pair[0] in o.problems]
        return self._compare(own, [pair])

    def _compare(self, cases: Sequence[Told], patterns: Collection[Pair]) -> Gate:
        cases = sorted(cases, key=lambda one: one.case)
        plain = self.learned.rank(())
        ranked = [self.learned.rank(one.problems, patterns) for one in cases]
        return gate(
            METRIC,
            [reciprocal_rank(r, one.causes) for r, one in zip(ranked, cases, strict=True)],
            [reciprocal_rank(plain, one.causes) for one in cases],
        )
