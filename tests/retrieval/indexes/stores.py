"""Chroma indexes to try things on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import chromadb
from chromadb.config import Settings

from knowledge.follower import catch_up
from retrieval.indexes.chroma import ChromaIndex
from tests.contracts.follower import MemoryLog, make_chunk
from tests.retrieval.indexes.hashed import (
    DIMENSION,
    HashedVectors,
    vector_of,
)

QUERY = vector_of("0123456789abcdef")


def open_index(folder: Path, **options: Any) -> ChromaIndex:
    return ChromaIndex(folder, DIMENSION, HashedVectors(), **options)


def raw_client(folder: Path) -> Any:
    """Open the store behind the index's back."""
    store = next(folder.glob("store-*"))
    return chromadb.PersistentClient(str(store), Settings(anonymized_telemetry=False))


def grown(folder: Path, count: int = 300) -> tuple[ChromaIndex, MemoryLog]:
    log = MemoryLog()
    log.change(opened=[make_chunk(n) for n in range(1, count + 1)])
    index = open_index(folder)
    catch_up(index, log)
    return index, log
