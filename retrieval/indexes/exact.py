"""The exact vector index: every chunk there ever was, scanned in memory-mapped files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np

from foundation.errors import Conflict
from foundation.ids import ChunkId, Seq
from knowledge.follower import Feed
from knowledge.model import Chunk
from retrieval.indexes.durable import writing
from retrieval.indexes.row_store import RowStore
from retrieval.indexes.rows import UNKNOWN, WIDTH, Field, Integers, Mask, Rows
from retrieval.indexes.scan import nearest, scores_of
from retrieval.indexes.vectors import VectorReader, checked, read_matrix
from retrieval.model import Matrix, Ranking, Scope, Vector

_TRIES: Final = 10
"""Commits in a row that a search lets pass it by, at some milliseconds each."""


class ExactReader:
    """Searches the index of a folder that another process may be writing to.

    A reader sees what was committed when a search begins. While an update is being committed it
    may for a moment see both what was opened and what that closed, but never neither.
    """

    def __init__(self, folder: Path, dimension: int) -> None:
        self._store = RowStore(folder, dimension)
        self._dimension = dimension
        self._signature = (0, 0)
        self._rows = Rows.none(dimension)

    def rows(self) -> Rows:
        """Answer the rows as committed now."""
        signature = self._store.signature()
        if signature != self._signature:
            self._rows = self._store.read()
            self._signature = signature
        return self._rows

    def position(self) -> Seq:
        """Answer the seq up to which everything is applied; 0 for nothing."""
        return self.rows().state.seq

    def select(self, scope: Scope) -> tuple[Rows, Mask]:
        """Answer the rows as committed now, and which of them the scope lets pass.

        An update closes a chunk in place once its successor is committed: a mask made over rows
        that are no longer the newest might miss both, so it is made again.
        """
        rows = self.rows()
        mask = rows.mask(scope)
        for _ in range(_TRIES):
            newer = self.rows()
            if newer is rows:
                break
            rows, mask = newer, newer.mask(scope)
        return rows, mask

    def search(self, vector: Vector, k: int, scope: Scope) -> Ranking:
        """Rank the k chunks in scope nearest to the vector by inner product, ties by id.

        Raises:
            InvalidInput: the vector has another dimension, or is not finite.
        """
        query = checked(vector, self._dimension)
        rows, mask = self.select(scope)
        return nearest(rows, mask, query, k)

    def scores(self, vector: Vector, chunk_ids: Integers) -> Vector:
        """Score chunks, whatever their interval: shape (n,), nan for unknown and purged ones.

        Raises:
            InvalidInput: the vector has another dimension, or is not finite.
        """
        rows = self.rows()
        query = checked(vector, self._dimension)
        places = rows.find(np.asarray(chunk_ids, np.int64))
        known = places != UNKNOWN
        known[known] = rows.at(Field.VALID_TO, places[known]) != 0
        scores = np.full(len(places), np.nan, np.float32)
        scores[known] = scores_of(rows.vectors, places[known], query)
        return scores

    def matrix(self, chunk_ids: Integers) -> Matrix:
        """Answer the vector of each chunk, zeros where it has none: shape (n, dimension)."""
        rows = self.rows()
        places = rows.find(np.asarray(chunk_ids, np.int64))
        known = places != UNKNOWN
        known[known] = rows.at(Field.VALID_TO, places[known]) != 0
        vectors = np.zeros((len(places), self._dimension), np.float32)
        vectors[known] = rows.vectors[places[known]]
        return vectors

    def documents(self, chunk_ids: Integers) -> Integers:
        """Answer the document number of each chunk, -1 for unknown ones: shape (n,)."""
        rows = self.rows()
        places = rows.find(np.asarray(chunk_ids, np.int64))
        known = places != UNKNOWN
        numbers = np.full(len(places), -1, np.int64)
        numbers[known] = rows.at(Field.DOCUMENT, places[known])
        return numbers

    def ids(self, scope: Scope) -> Integers:
        """List the chunks in scope, ascending."""
        rows, mask = self.select(scope)
        return np.sort(rows.column(Field.ID)[mask])

    def close(self) -> None:
        """Let go of the files; searches go on with what is mapped."""
        self._store.close()


class ExactIndex(ExactReader):
    """Follows the log with vectors from the truth; the one writer of its folder.

    Searches may run while a feed is applied. A chunk's vector never changes, so applying again
    only writes again what is there.
    """

    name = "exact"

    def __init__(self, folder: Path, dimension: int, vectors: VectorReader) -> None:
        """Open the folder, or begin an empty one where it is absent or damaged.

        Raises:
            Unavailable: the folder cannot be written.
        """
        super().__init__(folder, dimension)
        self._folder = folder
        self._vectors = vectors
        self._lock = Lock()
        with writing(folder):
            self._rows = self._store.open()

    def rows(self) -> Rows:
        """Answer the rows as committed now."""
        return self._rows

    def apply(self, feed: Feed) -> None:
        """Bring the index to `feed.upto`; what it already holds changes nothing.

        Raises:
            Conflict: the feed starts after the index's position, so that changes would be lost.
            Unavailable: a vector is missing or the disk refuses; nothing was committed.
        """
        with self._lock:
            rows = self._rows
            if feed.after > rows.state.seq:
                raise Conflict(
                    f"the feed starts after seq {feed.after} and the index in {self._folder} "
                    f"is at {rows.state.seq}; read the feed from there"
                )
            if feed.upto > rows.state.seq:
                self._follow(feed, rows)

    def reset(self) -> None:
        """Forget everything: the next feed starts at seq 0."""
        with self._lock, writing(self._folder):
            self._rows = self._store.clear()

    def close(self) -> None:
        """Let go of the files; searches go on with what is mapped, writing is over."""
        with self._lock:
            super().close()

    def _follow(self, feed: Feed, rows: Rows) -> None:
        purged = set(feed.purged)
        latest = {chunk.id: chunk for chunk in (*feed.opened, *feed.closed)}
        chunks = [latest[number] for number in sorted(latest.keys() - purged)]
        places = rows.find(np.array([chunk.id for chunk in chunks], np.int64))
        new = [chunk for chunk, place in zip(chunks, places, strict=True) if place == UNKNOWN]
        known = [(chunk, int(p)) for chunk, p in zip(chunks, places, strict=True) if p != UNKNOWN]
        vectors = read_matrix(self._vectors, [chunk.text_hash for chunk in new], self._dimension)
        with writing(self._folder):
            try:
                grown = self._store.append(rows, vectors, _columns(new))
                if new and (known or purged):
                    # What opened shows before what closed is hidden: no reader sees a gap.
                    grown = self._rows = self._store.commit(grown, rows.state.seq)
                self._amend(grown, known)
                self._wipe(grown, purged)
                self._rows = self._store.commit(grown, feed.upto)
            except OSError:
                self._store.trim(self._rows)
                raise

    def _amend(self, rows: Rows, known: Sequence[tuple[Chunk, int]]) -> None:
        """Write the intervals of chunks that have a row; one that was wiped stays wiped."""
        places = np.array([place for _, place in known], np.int64)
        alive = rows.at(Field.VALID_TO, places) != 0
        for (chunk, place), there in zip(known, alive, strict=True):
            if there:
                for field in (Field.VALID_TO, Field.TIME_TO):
                    self._store.put(place, field, _columns([chunk])[field])

    def _wipe(self, rows: Rows, purged: set[ChunkId]) -> None:
        """Overwrite purged chunks with zeros, vectors first; the id alone stays."""
        places = rows.find(np.array(sorted(purged), np.int64))
        for place in places[places != UNKNOWN].tolist():
            self._store.put_vectors(place, np.zeros((1, self._dimension), np.float32))
            for field in set(Field) - {Field.ID}:
                self._store.put(place, field, np.zeros(1, np.int64))


def _columns(chunks: Sequence[Chunk]) -> Integers:
    """Lay out chunks as columns, shape (WIDTH, n), in the order of `Field`."""
    rows = [
        (c.id, c.document_number, c.valid_from, c.valid_to, c.time_from, c.time_to) for c in chunks
    ]
    return np.array(rows, np.int64).reshape(-1, WIDTH).T
