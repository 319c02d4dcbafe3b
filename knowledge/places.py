"""Where chunks stand in the versions that hold at a moment: what a citation needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, select

from foundation.database.engine import Database
from foundation.database.schema import attributes, documents, spans, versions
from foundation.ids import FOREVER, ChunkId, DocumentId, Sha256
from knowledge.log import AsOf
from knowledge.passages import batches


@dataclass(frozen=True, slots=True)
class Place:
    """Where a chunk stands in one version of its document."""

    chunk_id: ChunkId
    start: int
    end: int
    version_id: str
    version: int
    title: str
    source_id: str
    uri: str
    metadata: Mapping[str, Any]


def places(
    database: Database, wanted: Mapping[ChunkId, tuple[DocumentId, Sha256]], at: AsOf
) -> dict[ChunkId, Place]:
    """Find the offsets of chunks in the versions that hold at a moment.

    A chunk whose document has no version then is absent from the answer.
    """
    with database.read() as connection:
        rows = _place_rows(connection, [document for document, _ in wanted.values()], at)
    by_text: dict[tuple[str, str], Row[Any]] = {}
    for row in rows:
        by_text.setdefault((row.document_id, row.text_hash), row)
    found: dict[ChunkId, Place] = {}
    for chunk_id, key in wanted.items():
        row = by_text.get(key)
        if row:
            found[chunk_id] = Place(
                chunk_id,
                row.start,
                row.end,
                row.version_id,
                row.number,
                row.title,
                row.source_id,
                row.uri,
                row.metadata,
            )
    return found


def _place_rows(connection: Connection, ids: Sequence[DocumentId], at: AsOf) -> list[Row[Any]]:
    rows: list[Row[Any]] = []
    for group in batches(list(dict.fromkeys(ids))):
        query = (
            select(
                versions.c.document_id,
                versions.c.id.label("version_id"),
                versions.c.number,
                versions.c.title,
                spans.c.start,
                spans.c.end,
                spans.c.text_hash,
                documents.c.source_id,
                attributes.c.uri,
                attributes.c.metadata,
            )
            .join(spans, spans.c.version_id == versions.c.id)
            .join(documents, documents.c.id == versions.c.document_id)
            .join(
                attributes,
                and_(attributes.c.document_id == documents.c.id, attributes.c.valid_to == FOREVER),
            )
            .where(versions.c.document_id.in_(group), at.holds(versions))
            .order_by(versions.c.number.desc(), spans.c.ordinal)
        )
        rows.extend(connection.execute(query))
    return rows
