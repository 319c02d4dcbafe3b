"""Forget what was known of a text when its document changes or goes, and keep it for its twins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, or_, select, update

from foundation.database.bulk import bulk_insert
from foundation.database.schema import bands, likenesses, signatures
from foundation.ids import DocumentId
from knowledge.grouping import pair
from knowledge.likeness import LikenessKind
from knowledge.log import AnyRow
from knowledge.passages import batches

_FILED = (signatures.c.document_id, bands.c.document_id)
_LINKED = (likenesses.c.first_id, likenesses.c.second_id)


def forget(connection: Connection, ids: Sequence[DocumentId]) -> None:
    """Drop signatures and likenesses of documents' old texts.

    A hub's go to one of its twins that stays (see `knowledge.candidates`).
    """
    edges = _hub_edges(connection, ids)
    heirs = _heirs(edges, frozenset(ids))
    for column in _FILED:
        _rename(connection, column, heirs)
    for group in batches(ids):
        for column in (*_FILED, *_LINKED):
            connection.execute(delete(column.table).where(column.in_(group)))
    bulk_insert(
        connection,
        likenesses,
        list(_inherited(edges, heirs, frozenset(ids))),
        on_conflict="ignore",
    )


def _hub_edges(
    connection: Connection, ids: Sequence[DocumentId]
) -> list[tuple[DocumentId, AnyRow]]:
    """List each hub among the documents with its likenesses."""
    found: list[tuple[DocumentId, AnyRow]] = []
    for group in batches(ids):
        query = select(signatures.c.document_id).where(signatures.c.document_id.in_(group))
        hubs = set(connection.execute(query).scalars())
        if hubs:
            linked = select(likenesses).where(or_(*(column.in_(hubs) for column in _LINKED)))
            for row in connection.execute(linked):
                found += [(end, row) for end in (row.first_id, row.second_id) if end in hubs]
    return found


def _heirs(
    edges: Iterable[tuple[DocumentId, AnyRow]], leaving: frozenset[DocumentId]
) -> dict[DocumentId, DocumentId]:
    """Choose a twin that stays for each hub that leaves; which one makes no difference."""
    heirs: dict[DocumentId, DocumentId] = {}
    for hub, row in edges:
        twin = _other(row, hub)
        if row.kind == LikenessKind.EXACT and twin not in leaving:
            heirs[hub] = min(twin, heirs.get(hub, twin))
    return heirs


def _rename(connection: Connection, column: Any, heirs: Mapping[DocumentId, DocumentId]) -> None:  # noqa: ANN401 - a column of documents' ids
    if heirs:
        statement = (
            update(column.table)
            .where(column == bindparam("hub"))
            .values({column.name: bindparam("heir")})
        )
        connection.execute(statement, [{"hub": hub, "heir": heir} for hub, heir in heirs.items()])


def _inherited(
    edges: Iterable[tuple[DocumentId, AnyRow]],
    heirs: Mapping[DocumentId, DocumentId],
    leaving: frozenset[DocumentId],
) -> Iterable[dict[str, Any]]:
    for hub, row in edges:
        other = _other(row, hub)
        other = heirs.get(other, other)
        heir = heirs.get(hub, other)
        if heir != other and other not in leaving:
            first, second = pair(heir, other)
            yield {**row._mapping, "first_id": first, "second_id": second}  # noqa: SLF001 - SQLAlchemy's public name for it


def _other(row: AnyRow, end: DocumentId) -> DocumentId:
    return DocumentId(row.second_id if row.first_id == end else row.first_id)
