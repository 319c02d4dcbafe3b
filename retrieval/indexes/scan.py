"""Exact nearest neighbours over mapped rows: the arithmetic that every path's scores come from."""

from __future__ import annotations

from typing import Final

import numpy as np

from retrieval.indexes.rows import Field, Integers, Mask, Rows
from retrieval.model import Matrix, Ranking, Vector

_SLAB: Final = 16_384
"""Rows that are multiplied at once."""

_PIECE: Final = 2_048
"""Rows that are copied together before they are multiplied: they fit into a core's cache."""

_SPARSE: Final = 0.25
"""Share of a slab below which copying the rows that pass is cheaper than multiplying all."""

_ROUNDING: Final = 1e-5
"""More than the two ways of summing 384 products of unit vectors ever differ by."""


def nearest(rows: Rows, mask: Mask, vector: Vector, k: int) -> Ranking:
    """Rank the k rows that pass by inner product; equal scores by chunk id.

    Blocked products round differently from place to place, so they only choose the candidates;
    the scores are `scores_of`, the same for equal vectors wherever they lie.
    """
    candidates, rough = _products(rows.vectors, mask, vector)
    if k <= 0 or not len(candidates):
        return Ranking.empty()
    if k < len(candidates):
        edge = np.partition(rough, len(rough) - k)[len(rough) - k]
        candidates = candidates[rough >= edge - _ROUNDING]
    ids = rows.column(Field.ID)[candidates]
    scores = scores_of(rows.vectors, candidates, vector)
    best = np.lexsort((ids, -scores))[:k]
    return Ranking(ids[best], scores[best])


def scores_of(vectors: Matrix, places: Integers, vector: Vector) -> Vector:
    """Multiply the rows at `places` with the vector, each summed in the same order."""
    scores: Vector = np.einsum("ij,j->i", vectors[places], vector)
    return scores


def _products(vectors: Matrix, mask: Mask, vector: Vector) -> tuple[Integers, Vector]:
    """Multiply the rows that pass, slab by slab: their places and products, both shape (n,)."""
    places = np.flatnonzero(mask)
    rough = np.empty(len(places), np.float32)
    edges = np.searchsorted(places, np.arange(0, len(mask) + _SLAB, _SLAB))
    for number in range(len(edges) - 1):
        begin, end = int(edges[number]), int(edges[number + 1])
        first = number * _SLAB
        slab = vectors[first : first + _SLAB]
        if end - begin == len(slab):
            rough[begin:end] = slab @ vector
        elif end - begin > _SPARSE * len(slab):
            rough[begin:end] = (slab @ vector)[places[begin:end] - first]
        else:
            for at in range(begin, end, _PIECE):
                piece = places[at : min(at + _PIECE, end)]
                rough[at : at + len(piece)] = vectors[piece] @ vector
    return places, rough
