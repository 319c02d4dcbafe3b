"""How likely somebody succeeds: little evidence is drawn towards what holds for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from elders.tasks.learning import KindPattern
from elders.tasks.match import capability_match
from elders.tasks.model import Worker

_EVEN: Final = (1.0, 1.0)
"""Where nothing was seen, a success is as likely as a failure."""

_LEAST_STRENGTH: Final = 2.0
_MOST_STRENGTH: Final = 50.0
_PATTERN_STRENGTH: Final = 5.0
"""What a pattern says of a worker counts as so many attempts, times its confidence."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How often a worker tried a kind of task, and succeeded."""

    worker: str
    kind: str
    tried: int
    succeeded: int


def posterior(succeeded: float, tried: float, *, mean: float, strength: float) -> float:
    """Answer the mean of the beta distribution after what was seen.

    Args:
        mean: what was expected before.
        strength: how many attempts that expectation is worth.
    """
    return (succeeded + mean * strength) / (tried + strength)


def strength(groups: Sequence[tuple[int, int]], mean: float) -> float:
    """Tell how many attempts the mean of all groups is worth as a guess for one of them.

    By the method of moments for the beta-binomial: the more alike the groups are, beyond what
    chance makes differ, the more. Groups that can't tell (fewer than two) give the least.

    Args:
        groups: (tried, succeeded) of each.
        mean: the share of successes in all.
    """
    seen = [(tried, succeeded) for tried, succeeded in groups if tried > 0]
    total = sum(tried for tried, _ in seen)
    spread = mean * (1 - mean)
    inner = total - sum(tried * tried for tried, _ in seen) / total if total else 0.0
    if len(seen) < 2 or spread <= 0 or inner <= 0:
        return _LEAST_STRENGTH
    between = sum(tried * (succeeded / tried - mean) ** 2 for tried, succeeded in seen)
    correlation = (between / spread - (len(seen) - 1)) / (inner - (len(seen) - 1) or 1.0)
    if correlation <= 1 / (_MOST_STRENGTH + 1):
        return _MOST_STRENGTH
    return min(_MOST_STRENGTH, max(_LEAST_STRENGTH, 1 / correlation - 1))


class Rates:
    """Success rates of every worker with every kind of task, also of those never seen.

    A kind's rate is drawn towards that of all kinds, and a worker's rate with a kind towards the
    kind's: as strongly as kinds, or the workers of a kind, are alike. Where a pattern says what
    skills tasks of a kind were done with, a worker's share of them counts as a few attempts more.

    Source: Gelman et al., Bayesian Data Analysis, 3rd ed., 5.1 (beta-binomial, moments).
    """

    def __init__(
        self,
        tallies: Iterable[Tally],
        *,
        patterns: Mapping[str, KindPattern] | None = None,
        workers: Iterable[Worker] = (),
    ) -> None:
        self._seen: dict[tuple[str, str], tuple[int, int]] = {}
        by_kind: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for each in tallies:
            self._seen[each.worker, each.kind] = (each.tried, each.succeeded)
            by_kind[each.kind].append((each.tried, each.succeeded))
        sums = {kind: _summed(groups) for kind, groups in by_kind.items()}
        tried, succeeded = _summed(sums.values())
        self._overall = (succeeded + _EVEN[0]) / (tried + sum(_EVEN))
        worth = strength(list(sums.values()), self._overall)
        self._kinds = {
            kind: posterior(good, of, mean=self._overall, strength=worth)
            for kind, (of, good) in sums.items()
        }
        self._worth = {
            kind: strength(groups, self._kinds[kind]) for kind, groups in by_kind.items()
        }
        self._patterns = patterns or {}
        self._workers = {worker.name: worker for worker in workers}

    def __call__(self, worker: str, kind: str) -> float:
        """Answer how likely a worker succeeds with a kind of task, above 0 and below 1."""
        tried, succeeded = self._seen.get((worker, kind), (0, 0))
        told, share = self._told(worker, kind)
        return posterior(
            succeeded + told * share,
            tried + told,
            mean=self._kinds.get(kind, self._overall),
            strength=self._worth.get(kind, _LEAST_STRENGTH),
        )

    def _told(self, worker: str, kind: str) -> tuple[float, float]:
        """Answer how much a pattern says of a worker, and the share of skills they have."""
        pattern = self._patterns.get(kind.casefold())
        known = self._workers.get(worker)
        if pattern is None or known is None or not pattern.skills:
            return 0.0, 0.0
        total = sum(pattern.skills.values())
        share = sum(
            weight * capability_match({skill: 1.0}, known.capabilities)
            for skill, weight in pattern.skills.items()
        )
        return _PATTERN_STRENGTH * pattern.confidence, share / total


def _summed(groups: Iterable[tuple[int, int]]) -> tuple[int, int]:
    known = list(groups)
    return sum(tried for tried, _ in known), sum(good for _, good in known)
