"""Vectors that follow from the text hash alone, in place of an embedder's, and a busy log."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from foundation.ids import FOREVER, ChunkId, Seq
from knowledge.follower import Feed
from knowledge.model import Chunk
from retrieval.model import Matrix, Vector
from tests.contracts.follower import MemoryLog, make_chunk

DIMENSION = 12
ROOT = Path(__file__).parents[3]
"""Where child processes find our packages."""


def vector_of(text_hash: str, dimension: int = DIMENSION) -> Vector:
    """Make a vector of length 1, the same for the same hash."""
    vector = np.random.default_rng(int(text_hash[:12], 16)).standard_normal(dimension)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def matrix_of(chunks: Sequence[Chunk], dimension: int = DIMENSION) -> Matrix:
    return np.array([vector_of(c.text_hash, dimension) for c in chunks], np.float32).reshape(
        -1, dimension
    )


def feed_of(
    upto: int,
    *,
    after: int = 0,
    opened: Sequence[Chunk] = (),
    closed: Sequence[Chunk] = (),
    purged: Sequence[int] = (),
) -> Feed:
    return Feed(Seq(after), Seq(upto), opened, closed, [ChunkId(number) for number in purged])


class HashedVectors:
    """A `VectorReader` that knows every vector but those in `missing`."""

    def __init__(self, dimension: int = DIMENSION) -> None:
        self.dimension = dimension
        self.missing: set[str] = set()

    def vectors(self, text_hashes: Sequence[str]) -> dict[str, bytes]:
        return {
            text_hash: vector_of(text_hash, self.dimension).astype("<f4").tobytes()
            for text_hash in text_hashes
            if text_hash not in self.missing
        }


def busy_log(steps: int) -> MemoryLog:
    """Build a log in which every step opens 40 chunks, closes 5 and purges one."""
    log, chance, number = MemoryLog(), random.Random(7), 0
    for step in range(steps):
        opened = [make_chunk(number + n, document=step) for n in range(1, 41)]
        known = sorted(log.chunks)
        live = [n for n in known if log.chunks[n].valid_to == FOREVER]
        log.change(
            opened=opened,
            closed=chance.sample(live, min(5, len(live))),
            purged=chance.sample(known, min(1, len(known))),
        )
        number += 40
    return log
