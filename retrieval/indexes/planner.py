"""Picks for each query how vectors are searched: by exact scan or by HNSW, whichever is faster.

HNSW is asked for more than k and filtered afterwards with the exact index's masks, because
Chroma's own filters cost a hundred times the search. Scores always come from the exact index, so
that they do not tell which path was taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from typing import Final, Protocol

import numpy as np

from foundation.errors import Unavailable
from foundation.ids import Seq
from retrieval.indexes.chroma_store import EF_SEARCH
from retrieval.indexes.exact import ExactReader
from retrieval.indexes.rows import UNKNOWN, Field, Mask, Rows
from retrieval.indexes.scan import nearest, ranked, scores_of, work
from retrieval.indexes.vectors import checked
from retrieval.model import Ranking, Scope, Vector

SCANNED_PER_VISIT: Final = 80
"""Rows that the scan multiplies while HNSW looks at one candidate: 0.12 µs against 10 µs."""

_MARGIN: Final = 2.0
"""HNSW's list is least complete at its end, and filters are not spread evenly."""


class DensePath(StrEnum):
    """Which way a dense search went, and why: for explanations and metrics."""

    EXACT_ONLY = "exact: no HNSW index"
    EXACT_AS_OF = "exact: a past moment"
    EXACT_FEW = "exact: few candidates"
    EXACT_WAITING = "exact: the HNSW index is behind, or not open yet"
    EXACT_FAILED = "exact: the HNSW index failed"
    EXACT_REFILLED = "exact: the filter left too few of HNSW's"
    HNSW = "hnsw"


class ApproximateIndex(Protocol):
    """An index of current chunks that may miss some, lag, or fail."""

    def serving(self) -> Seq:
        """Answer the seq it has reached, or 0 if it cannot search now; never waits."""
        ...

    def nearest(self, vector: Vector, k: int) -> Ranking:
        """Rank about k chunks; raises Unavailable."""
        ...


@dataclass(frozen=True, slots=True)
class DenseResult:
    """A ranking, the way to it, and how many chunks the scope left to choose from."""

    ranking: Ranking
    path: DensePath
    candidates: int


class DenseSearcher:
    """Searches the vectors by the cheapest way that loses nothing."""

    def __init__(
        self,
        exact: ExactReader,
        approximate: ApproximateIndex | None = None,
        *,
        scanned_per_visit: int = SCANNED_PER_VISIT,
    ) -> None:
        self._exact = exact
        self._approximate = approximate
        self._scanned_per_visit = scanned_per_visit

    def search(self, vector: Vector, k: int, scope: Scope) -> Ranking:
        """Rank the k chunks in scope nearest to the vector; see `find`."""
        return self.find(vector, k, scope).ranking

    def find(self, vector: Vector, k: int, scope: Scope) -> DenseResult:
        """Rank the k chunks in scope nearest to the vector, and tell how they were found.

        Raises:
            InvalidInput: the vector has another dimension than the index, or is not finite.
        """
        rows, mask = self._exact.select(scope)
        query = checked(vector, rows.state.dimension)
        passing = int(np.count_nonzero(mask))
        everything = passing if scope.documents is None else rows.current
        fetch = overfetch(k, passing, everything)
        path = self._plan(rows, scope, passing, fetch)
        if path is DensePath.HNSW and self._approximate is not None:
            try:
                found = self._approximate.nearest(query, fetch)
            except Unavailable:
                path = DensePath.EXACT_FAILED
            else:
                ranking = _filtered(rows, mask, found, query, k)
                if len(ranking) == min(k, passing):
                    return DenseResult(ranking, path, passing)
                path = DensePath.EXACT_REFILLED
        return DenseResult(nearest(rows, mask, query, k), path, passing)

    def _plan(self, rows: Rows, scope: Scope, passing: int, fetch: int) -> DensePath:
        if self._approximate is None:
            return DensePath.EXACT_ONLY
        if not scope.current:
            return DensePath.EXACT_AS_OF
        if work(passing, len(rows)) <= self._scanned_per_visit * max(EF_SEARCH, fetch):
            return DensePath.EXACT_FEW
        if self._approximate.serving() < rows.state.seq:
            return DensePath.EXACT_WAITING
        return DensePath.HNSW


def overfetch(k: int, passing: int, everything: int) -> int:
    """Tell how many of everything to fetch, so that about twice k of those that pass are seen."""
    return ceil(_MARGIN * k * everything / passing) if passing else 0


def _filtered(rows: Rows, mask: Mask, found: Ranking, vector: Vector, k: int) -> Ranking:
    places = rows.find(found.ids)
    places = places[places != UNKNOWN]
    places = places[mask[places]]
    return ranked(rows.at(Field.ID, places), scores_of(rows.vectors, places, vector), k)
