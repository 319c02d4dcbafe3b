"""Combine rankings into one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.model import Ranking

_FLAT = 1e-9
"""Scores that differ by less are all the same."""


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
