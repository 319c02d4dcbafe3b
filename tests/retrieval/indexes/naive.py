"""What the exact index must find, computed chunk by chunk."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from foundation.ids import FOREVER
from knowledge.model import Chunk
from retrieval.indexes.exact import ExactIndex
from retrieval.model import Ranking, Scope, Vector
from tests.retrieval.indexes.hashed import DIMENSION, HashedVectors, matrix_of, vector_of

QUERY = vector_of("0123456789abcdef")


def open_index(folder: Path) -> ExactIndex:
    return ExactIndex(folder, DIMENSION, HashedVectors())


def naive(chunks: list[Chunk], vector: Vector, k: int, scope: Scope) -> Ranking:
    """Score each chunk that passes on its own, sort by score and id."""
    passing = [chunk for chunk in chunks if passes(chunk, scope)]
    scores = np.vecdot(matrix_of(passing), vector)
    ids = np.array([chunk.id for chunk in passing], np.int64)
    best = np.lexsort((ids, -scores))[:k]
    return Ranking(ids[best], scores[best])


def passes(chunk: Chunk, scope: Scope) -> bool:
    number = chunk.document_number
    if scope.documents is not None and not (
        number < len(scope.documents) and scope.documents[number]
    ):
        return False
    if scope.seq is not None and not chunk.valid_from <= scope.seq < chunk.valid_to:
        return False
    if scope.time is not None and not chunk.time_from <= scope.time < chunk.time_to:
        return False
    return not scope.current or chunk.valid_to == FOREVER


def assert_same(found: Ranking, wanted: Ranking) -> None:
    assert found.ids.tolist() == wanted.ids.tolist()
    assert np.array_equal(found.scores, wanted.scores)
