"""Tell a difference between two ways to search from chance, query by query."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from foundation.errors import InvalidInput
from retrieval.evaluation import Figures

ROUNDS: Final = 10_000
_AT_ONCE: Final = 500
_LEVEL: Final = 0.95
_EQUAL: Final = 1e-9
"""Values this close differ by rounding alone."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One measure of two ways to search, over the same queries.

    Attributes:
        first, second: the averages.
        difference: second - first.
        low, high: 95 % of paired bootstrap samples of the queries have a difference within these.
        p_value: how often a difference as large comes about where either way might as well be the
            other (paired randomisation test, two-sided). It is of this measure alone: of twenty
            measures one has p < 0.05 by chance.
        wins, losses, ties: queries at which the second is better, worse, as good.
    """

    measure: str
    first: float
    second: float
    difference: float
    low: float
    high: float
    p_value: float
    wins: int
    losses: int
    ties: int


def compare(
    first: Figures, second: Figures, *, rounds: int = ROUNDS, seed: int = 0
) -> list[Comparison]:
    """Compare two ways to search by each measure that both have.

    Args:
        first, second: what `by_query` says of them, for the same queries.
        rounds: samples of each test; p-values are no finer than 1/(rounds + 1).
        seed: of the samples, so that the same figures give the same answer.

    Raises:
        InvalidInput: they are not about the same queries.

    Source: Smucker, Allan & Carterette, A Comparison of Statistical Significance Tests for
    Information Retrieval Evaluation, CIKM 2007.
    """
    names = [name for name in first if name in second]
    queries = list(first[names[0]]) if names else []
    if not queries or any(
        set(each[name]) != set(queries) for each in (first, second) for name in names
    ):
        raise InvalidInput("only runs over the same judged queries can be compared")
    one, other = (
        np.array([[each[name][query] for name in names] for query in queries])
        for each in (first, second)
    )
    differences = other - one
    differences[np.abs(differences) < _EQUAL] = 0.0
    p_values = _randomised(differences, rounds, np.random.default_rng(seed))
    low, high = _bootstrapped(differences, rounds, np.random.default_rng(seed + 1))
    return [
        Comparison(
            measure=name,
            first=float(one[:, at].mean()),
            second=float(other[:, at].mean()),
            difference=float(differences[:, at].mean()),
            low=float(low[at]),
            high=float(high[at]),
            p_value=float(p_values[at]),
            wins=int((differences[:, at] > 0).sum()),
            losses=int((differences[:, at] < 0).sum()),
            ties=int((differences[:, at] == 0).sum()),
        )
        for at, name in enumerate(names)
    ]


def _randomised(
    differences: NDArray[np.float64], rounds: int, random: np.random.Generator
) -> NDArray[np.float64]:
    """Answer each measure's p-value: signs are flipped at random, all measures' of a query alike.

    Args:
        differences: shape (queries, measures).
        rounds: how often.
        random: where signs come from.
    """
    observed = np.abs(differences.sum(axis=0)) - _EQUAL
    extreme = np.zeros(differences.shape[1])
    for size in _portions(rounds):
        signs = 2.0 * random.integers(0, 2, (size, differences.shape[0])) - 1.0
        extreme += (np.abs(signs @ differences) >= observed).sum(axis=0)
    return (extreme + 1.0) / (rounds + 1.0)


def _bootstrapped(
    differences: NDArray[np.float64], rounds: int, random: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Answer the bounds of each measure's mean difference over queries drawn with replacement."""
    count = differences.shape[0]
    even = np.full(count, 1.0 / count)
    means = np.concatenate(
        [random.multinomial(count, even, size) @ differences / count for size in _portions(rounds)]
    )
    outside = (1.0 - _LEVEL) / 2
    low, high = np.quantile(means, [outside, 1.0 - outside], axis=0)
    return low, high


def _portions(rounds: int) -> Iterator[int]:
    """Split, so that a set of many queries takes little memory."""
    for start in range(0, rounds, _AT_ONCE):
        yield min(_AT_ONCE, rounds - start)
