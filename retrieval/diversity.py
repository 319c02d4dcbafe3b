"""Which of the best candidates to show together: no passage twice, no document alone, no echo."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from foundation.errors import InvalidInput
from retrieval.model import Matrix

_MOST: Final = 500
"""Places that novelty decides: each costs a look at all candidates."""

_NO_LETTER: Final = re.compile(r"[\W_]+")

Order = NDArray[np.int64]
"""Indices into the candidates, best first, each at most once."""


@dataclass(frozen=True, slots=True)
class Diversity:
    """What to look to beside relevance.

    Attributes:
        balance: of relevance (1) against novelty (0); 1 leaves the order alone.
        per_source: passages of one source that come before others'; None for any number.
    """

    balance: float = 1.0
    per_source: int | None = None

    def __post_init__(self) -> None:
        """Refuse what means nothing."""
        if not 0.0 <= self.balance <= 1.0:
            asked = 1.0 - self.balance
            raise InvalidInput(f"diversity is {asked:g}; it goes from 0 (relevance) to 1 (novelty)")
        if self.per_source is not None and self.per_source < 1:
            raise InvalidInput(f"per_source is {self.per_source}: let 1 passage or more be shown")


RELEVANCE_ALONE: Final = Diversity()


def diversified(
    scores: NDArray[np.floating],
    k: int,
    *,
    wanted: Diversity,
    texts: Sequence[str] | None = None,
    sources: Sequence[Hashable] | None = None,
    vectors: Matrix | None = None,
) -> Order:
    """Choose k candidates: duplicates collapsed, then relevant and new, then of many sources.

    Each step is left out where what it looks at is not given.

    Args:
        scores: of the candidates, best first, shape (n,).
        k: how many at the most.
        wanted: how much diversity.
        texts: of the candidates; those that say the same are collapsed.
        sources: what each is of: its document, as a rule.
        vectors: shape (n, dimension), rows of length 1, or zero where there is none (yet).

    Returns:
        shape (min(k, different texts),).
    """
    order: Order = np.arange(len(scores), dtype=np.int64)
    if texts is not None:
        order = collapsed([text_key(text) for text in texts])
    if vectors is not None and wanted.balance < 1.0:
        chosen = mmr(vectors[order], scores[order], min(len(order), _MOST), balance=wanted.balance)
        order = np.concatenate([order[chosen], np.delete(order, chosen)])
    if sources is not None and wanted.per_source is not None:
        order = order[capped([sources[i] for i in order.tolist()], k, wanted.per_source)]
    return order[:k]


def text_key(text: str) -> str:
    """Answer what near-identical texts have in common: their letters and digits, in order.

    Case, width, accents' composition, punctuation, markup and spaces make no difference; a single
    other letter or digit does, as "version 3" is not "version 4".
    """
    return _NO_LETTER.sub("", unicodedata.normalize("NFKC", text).casefold())


def collapsed(keys: Sequence[Hashable]) -> Order:
    """Keep the first candidate of each key: of each text, or of each group of duplicates.

    Args:
        keys: of the candidates, best first.
    """
    first: dict[Hashable, int] = {}
    for at, key in enumerate(keys):
        first.setdefault(key, at)
    return np.fromiter(first.values(), np.int64, len(first))


def capped(sources: Sequence[Hashable], k: int, most: int) -> Order:
    """Let at most so many candidates of one source come first; nothing is lost for it.

    What is above its source's share waits, and follows in its order where there would be fewer
    than k without it.

    Args:
        sources: of the candidates, best first.
        k: how many are wanted.
        most: of one source.

    Returns:
        shape (min(k, n),).
    """
    taken: Counter[Hashable] = Counter()
    chosen: list[int] = []
    waiting: list[int] = []
    for at, source in enumerate(sources):
        taken[source] += 1
        (chosen if taken[source] <= most else waiting).append(at)
    return np.array([*chosen, *waiting][:k], np.int64)


def mmr(vectors: Matrix, relevance: NDArray[np.floating], k: int, *, balance: float = 0.7) -> Order:
    """Choose candidates that are relevant and unlike those that were chosen before.

    Each next one has the greatest `balance * relevance - (1 - balance) * likeness`, where the
    likeness is the cosine to the nearest that was chosen. Relevance is scaled to 0 … 1 over the
    candidates first, so that scores of any kind can be weighed against cosines.

    Args:
        vectors: shape (n, dimension), rows of length 1; a row of zeros is like nothing.
        relevance: shape (n,), greater is better.
        k: how many.
        balance: 1 sorts by relevance alone, 0 by novelty alone (lambda, in the paper).

    Returns:
        shape (min(k, n),); of equals the one that stands first.

    Source: Carbonell & Goldstein, SIGIR 1998.
    """
    count = min(k, len(relevance))
    gain = balance * _scaled(relevance)
    nearest = np.zeros(len(relevance))
    free = np.ones(len(relevance), np.bool_)
    order = np.empty(count, np.int64)
    for place in range(count):
        value = np.where(free, gain - (1.0 - balance) * nearest, -np.inf)
        order[place] = best = int(np.argmax(value))
        free[best] = False
        nearest = np.maximum(nearest, vectors @ vectors[best])
    return order


def _scaled(relevance: NDArray[np.floating]) -> NDArray[np.float64]:
    values = np.asarray(relevance, np.float64)
    if not values.size:
        return values
    least, most = values.min(), values.max()
    return (values - least) / (most - least) if most > least else np.ones_like(values)
