"""Passages and vectors made up at random, where embedding real ones would take hours."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foundation.clock import Micros
from foundation.ids import FOREVER, ChunkId, DocumentId, Seq, Sha256
from knowledge.model import Chunk
from retrieval.model import Matrix

CHUNKS_PER_DOCUMENT = 5
_CLUSTER = 2000
_DIRECTIONS = 48

TOPICS = {"one": 0.01, "forty-nine": 0.49, "fifty": 0.50}
"""Collections with their shares of the documents: what the filters select."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Vectors of passages and queries, and which collection each document is in.

    Attributes:
        vectors: shape (n, dimension), rows of length 1; row i is chunk i + 1.
        queries: shape (m, dimension), made like the vectors, none equal to one.
        topics: number of the collection of each document, shape (documents,).
    """

    vectors: Matrix
    queries: Matrix
    topics: NDArray[np.int64]

    def documents(self, topic: str) -> NDArray[np.bool_]:
        """Mask the documents of a collection."""
        mask: NDArray[np.bool_] = self.topics == list(TOPICS).index(topic)
        return mask

    def chunk(self, row: int) -> Chunk:
        """Describe the passage of a row."""
        document = row // CHUNKS_PER_DOCUMENT
        return Chunk(
            id=ChunkId(row + 1),
            document_id=DocumentId(str(document)),
            document_number=document,
            collection=list(TOPICS)[self.topics[document]],
            title="",
            heading=(),
            text="",
            text_hash=text_hash(row),
            language="en",
            valid_from=Seq(row + 1),
            valid_to=FOREVER,
            time_from=Micros(row + 1),
            time_to=FOREVER,
        )


class CorpusVectors:
    """The `VectorReader` of a corpus."""

    def __init__(self, vectors: Matrix) -> None:
        self._vectors = vectors

    def vectors(self, text_hashes: Sequence[str]) -> dict[str, bytes]:
        """Look up by the row that the hash tells."""
        return {each: self._vectors[int(each[:16], 16)].tobytes() for each in text_hashes}


def text_hash(row: int) -> Sha256:
    """Make a hash that begins with its row."""
    return Sha256(f"{row:016x}" + hashlib.sha256(str(row).encode()).hexdigest()[16:])


def clustered(count: int, dimension: int, *, queries: int, seed: int) -> Corpus:
    """Draw passages around random centres, spread along a few directions as embeddings are.

    A cluster has about 2,000 passages; within it they differ along 48 directions that all clusters
    share, and a little along all others. The nearest neighbour of a query has a cosine of about
    0.79, the tenth 0.75.
    """
    random = np.random.default_rng(seed)
    centres = random.standard_normal((max(10, count // _CLUSTER), dimension), dtype=np.float32)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    basis, _ = np.linalg.qr(random.standard_normal((dimension, _DIRECTIONS)))
    directions = basis.T.astype(np.float32)

    def draw(rows: int) -> Matrix:
        along = random.standard_normal((rows, _DIRECTIONS), dtype=np.float32) @ directions
        around = random.standard_normal((rows, dimension), dtype=np.float32)
        points: Matrix = centres[random.integers(0, len(centres), rows)]
        points = points + along * (0.8 / _DIRECTIONS**0.5) + around * (0.2 / dimension**0.5)
        points /= np.linalg.norm(points, axis=1, keepdims=True)
        return points

    documents = -(-count // CHUNKS_PER_DOCUMENT)
    topics = random.choice(len(TOPICS), documents, p=list(TOPICS.values()))
    return Corpus(draw(count), draw(queries), topics.astype(np.int64))
