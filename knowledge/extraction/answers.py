"""A language model's answers in the truth: asked for once, whatever becomes of the passage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from foundation.database.bulk import bulk_insert
from foundation.database.engine import Database
from foundation.database.schema import extractions
from foundation.ids import Sha256
from knowledge.passages import batches


class StoredAnswers:
    """Keeps answers in the truth (ExtractionCacheContract); purging a passage removes its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get_many(self, extractor: str, hashes: Sequence[Sha256]) -> dict[Sha256, str]:
        """Look answers up; those that are not known are left out."""
        found: dict[Sha256, str] = {}
        with self._database.read() as connection:
            for group in batches(list(dict.fromkeys(hashes))):
                query = select(extractions.c.text_hash, extractions.c.result).where(
                    extractions.c.extractor == extractor, extractions.c.text_hash.in_(group)
                )
                found |= {row.text_hash: row.result for row in connection.execute(query)}
        return found

    def put_many(self, extractor: str, answers: Mapping[Sha256, str]) -> None:
        """Keep answers; a later one of the same passage takes the place of the earlier."""
        rows = [
            {"extractor": extractor, "text_hash": text_hash, "result": answer}
            for text_hash, answer in answers.items()
        ]
        with self._database.write() as connection:
            bulk_insert(connection, extractions, rows, on_conflict="update")
