"""Vectors in the truth: a passage is embedded once by each model, and never again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import Select, select

from foundation.database.bulk import bulk_insert
from foundation.database.engine import Database
from foundation.database.schema import chunks, positions, vectors
from foundation.ids import Seq
from knowledge.passages import batches

POSITION_PREFIX: Final = "embedder:"
"""Begins the names of the embedders' positions; the model's name follows."""


class VectorStore:
    """Vectors in the truth, for one model: bytes by the hash of the text that was embedded."""

    def __init__(self, database: Database, model: str) -> None:
        self._database = database
        self._model = model

    def vectors(self, text_hashes: Sequence[str]) -> dict[str, bytes]:
        """Read vectors (float32, little endian); those not yet embedded are absent."""
        found: dict[str, bytes] = {}
        with self._database.read() as connection:
            for group in batches(list(dict.fromkeys(text_hashes))):
                query = select(vectors.c.text_hash, vectors.c.vector).where(
                    vectors.c.model == self._model, vectors.c.text_hash.in_(group)
                )
                found |= {row.text_hash: row.vector for row in connection.execute(query)}
        return found

    def missing(self, text_hashes: Iterable[str]) -> list[str]:
        """Answer which hashes have no vector yet, each once, in order."""
        wanted = list(dict.fromkeys(text_hashes))
        have: set[str] = set()
        with self._database.read() as connection:
            for group in batches(wanted):
                query = select(vectors.c.text_hash).where(
                    vectors.c.model == self._model, vectors.c.text_hash.in_(group)
                )
                have |= set(connection.execute(query).scalars())
        return [text_hash for text_hash in wanted if text_hash not in have]

    def store(self, rows: Mapping[str, bytes], *, position: Seq | None = None) -> None:
        """Write vectors and, in the same transaction, how far the embedder has come.

        A text that was purged while it was being embedded leaves no vector behind.
        """
        with self._database.write() as connection:
            kept = [
                {"model": self._model, "text_hash": text_hash, "vector": rows[text_hash]}
                for group in batches(list(rows))
                for text_hash in connection.execute(_still_there(group)).scalars()
            ]
            bulk_insert(connection, vectors, kept, on_conflict="ignore")
            if position is not None:
                row = {"name": POSITION_PREFIX + self._model, "seq": position}
                bulk_insert(connection, positions, [row], on_conflict="update")

    def position(self) -> Seq:
        """Answer the seq up to which every chunk has its vector."""
        query = select(positions.c.seq).where(positions.c.name == POSITION_PREFIX + self._model)
        with self._database.read() as connection:
            return Seq(connection.execute(query).scalar_one_or_none() or 0)


def _still_there(text_hashes: Sequence[str]) -> Select[str]:
    return select(chunks.c.text_hash).where(chunks.c.text_hash.in_(text_hashes)).distinct()
