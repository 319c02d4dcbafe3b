"""Where chunks stand in the versions that hold at a moment: what a citation needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from foundation.database.schema import attributes, documents, spans, versions
from foundation.ids import ChunkId, DocumentId, Sha256, VersionId
from knowledge.log import AnyRow, AsOf
from knowledge.passages import batches


@dataclass(frozen=True, slots=True)
class Place:
    """Where a chunk stands in one version of its document."""

    chunk_id: ChunkId
    start: int
    end: int
    version_id: VersionId
    version: int
    title: str
    source_id: str
    uri: str
    metadata: Mapping[str, Any]


def places(
    connection: Connection, wanted: Mapping[ChunkId, tuple[DocumentId, Sha256]], at: AsOf
) -> dict[ChunkId, Place]:
    """Find the offsets of chunks in the versions that hold at a moment.

    A chunk whose document has no version then, or none with its text, is absent from the answer.
    """
    by_text: dict[tuple[str, str], AnyRow] = {}
    for group in batches(list(dict.fromkeys(wanted.values()))):
        given = {
            "of": list({document for document, _ in group}),
            "texts": list({text_hash for _, text_hash in group}),
        }
        for row in connection.execute(_query(at), given):
            by_text.setdefault((row.document_id, row.text_hash), row)
    return {
        chunk_id: Place(
            chunk_id=chunk_id,
            start=row.start,
            end=row.end,
            version_id=row.version_id,
            version=row.number,
            title=row.title,
            source_id=row.source_id,
            uri=row.uri,
            metadata=row.metadata,
        )
        for chunk_id, key in wanted.items()
        for row in [by_text.get(key)]
        if row
    }


@lru_cache(maxsize=8)  # making it takes as long as running it
def _query(at: AsOf) -> Select[Any]:
    """Find texts in documents: more than asked for, as each text is looked for in each document."""
    return (
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
        .join(attributes, attributes.c.document_id == documents.c.id)
        .where(
            versions.c.document_id.in_(bindparam("of", expanding=True)),
            spans.c.text_hash.in_(bindparam("texts", expanding=True)),
            at.holds(versions),
            at.holds(attributes),
        )
        .order_by(versions.c.number.desc(), spans.c.ordinal)
    )
