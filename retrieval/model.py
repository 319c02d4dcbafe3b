"""What the RAG Sage speaks of: scopes, rankings and hits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foundation.clock import Micros
from foundation.ids import ChunkId, DocumentId, Seq, VersionId

Vector = NDArray[np.float32]
"""Shape (dimension,), length 1."""

Matrix = NDArray[np.float32]
"""Shape (n, dimension), rows of length 1."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which chunks a retriever may return.

    Attributes:
        documents: mask over document numbers, shape (highest number + 1,); None lets all pass;
            numbers beyond its end do not pass.
        seq: only chunks valid at this seq (valid_from <= seq < valid_to).
        time: only chunks valid at this moment (time_from <= time < time_to).
            With neither, chunks that are current (valid_to == FOREVER).
    """

    documents: NDArray[np.bool_] | None = None
    seq: Seq | None = None
    time: Micros | None = None

    @property
    def current(self) -> bool:
        """Tell whether only what holds now is wanted."""
        return self.seq is None and self.time is None


@dataclass(frozen=True, slots=True)
class Ranking:
    """Chunks with scores, best first: `ids` int64 and `scores` float32, both of shape (n,)."""

    ids: NDArray[np.int64]
    scores: NDArray[np.float32]

    def __len__(self) -> int:
        """Count the chunks."""
        return int(self.ids.shape[0])

    @classmethod
    def empty(cls) -> Ranking:
        """Make a ranking of nothing."""
        return cls(np.empty(0, np.int64), np.empty(0, np.float32))


def aligned(ranking: Ranking, ids: NDArray[np.int64]) -> NDArray[np.float32]:
    """Spread a ranking's scores over other ids: shape (n,), nan where it does not have them."""
    scores = np.full(ids.shape, np.nan, np.float32)
    order = np.argsort(ranking.ids)
    if order.size:
        at = np.clip(np.searchsorted(ranking.ids[order], ids), 0, order.size - 1)
        found = ranking.ids[order][at] == ids
        scores[found] = ranking.scores[order][at][found]
    return scores


@dataclass(frozen=True, slots=True)
class SourceRef:
    """A document that holds a passage: several for one hit where duplicates were merged."""

    document_id: DocumentId
    source_id: str
    uri: str
    title: str
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a passage stands: `version.text[start:end]` is the passage."""

    document_id: DocumentId
    source_id: str
    version_id: VersionId
    version: int
    title: str
    uri: str
    heading: tuple[str, ...]
    start: int
    end: int
    sources: Sequence[SourceRef] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that answers, with its score, the score's parts, and its citation."""

    chunk_id: ChunkId
    collection: str
    text: str
    score: float
    parts: Mapping[str, float]
    citation: Citation
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Hits, best first, and what the caller should know about how they were found."""

    query: str
    hits: Sequence[Hit]
    seq: Seq
    mode: str
    dense_coverage: float
    notes: Sequence[str] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    understood: Sequence[str] = ()
