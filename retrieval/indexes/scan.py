"""Exact nearest neighbours over mapped rows: the arithmetic that every path's scores come from."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np

from retrieval.indexes.rows import Field, Integers, Mask, Rows
from retrieval.model import Matrix, Ranking, Vector

_SLAB: Final = 16_384
"""Rows that are multiplied at once."""

_PIECE: Final = 512
"""Rows that are copied together before they are multiplied: they fit into a core's cache."""

_SPARSE: Final = 0.4
"""Share of a slab below which copying the rows that pass is cheaper than multiplying all."""


def work(passing: int, rows: int) -> int:
    """Estimate a scan's cost as that of so many rows in one piece; a copied row costs double."""
    return min(2 * passing, rows)


def nearest(rows: Rows, mask: Mask, vector: Vector, k: int) -> Ranking:
    """Rank the k rows that pass by inner product; equal scores by chunk id."""
    places, scores = _products(rows.vectors, mask, vector)
    if k <= 0:
        return Ranking.empty()
    if k < len(places):
        edge = np.partition(scores, len(scores) - k)[len(scores) - k]
        above = scores >= edge
        places, scores = places[above], scores[above]
    return ranked(rows.at(Field.ID, places), scores, k)


def ranked(ids: Integers, scores: Vector, k: int) -> Ranking:
    """Sort by score, best first, then by id, and keep k."""
    best = np.lexsort((ids, -scores))[:k]
    return Ranking(ids[best], scores[best])


def scores_of(vectors: Matrix, places: Integers, vector: Vector) -> Vector:
    """Multiply the rows at `places` with the vector, shape (n,).

    `vecdot` takes one row after the other: equal vectors score alike wherever they lie, and no
    threads are woken. (The matrix product's take milliseconds to meet on a busy machine, longer
    than the work; searches that run side by side use the cores better.)
    """
    scores = np.empty(len(places), np.float32)
    for at in range(0, len(places), _PIECE):
        np.vecdot(vectors[places[at : at + _PIECE]], vector, out=scores[at : at + _PIECE])
    return scores


def _products(vectors: Matrix, mask: Mask, vector: Vector) -> tuple[Integers, Vector]:
    """Multiply the rows that pass, slab by slab: their places and products, both shape (n,)."""
    places = np.flatnonzero(mask)
    scores = np.empty(len(places), np.float32)
    edges = np.searchsorted(places, np.arange(0, len(mask) + _SLAB, _SLAB)).tolist()
    for number, (begin, end) in enumerate(pairwise(edges)):
        slab = vectors[number * _SLAB : (number + 1) * _SLAB]
        inside = places[begin:end] - number * _SLAB
        if len(inside) == len(slab):
            np.vecdot(slab, vector, out=scores[begin:end])
        elif len(inside) > _SPARSE * len(slab):
            scores[begin:end] = np.vecdot(slab, vector)[inside]
        else:
            scores[begin:end] = scores_of(slab, inside, vector)
    return places, scores
