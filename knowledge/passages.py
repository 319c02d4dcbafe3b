"""Keep each document's searchable chunks in step with its current version."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, select, update

from foundation.clock import Micros
from foundation.database.bulk import bulk_insert
from foundation.database.schema import chunks, documents, spans, versions
from foundation.ids import FOREVER, ChunkId, DocumentId, Seq, Sha256, VersionId
from knowledge.log import AnyRow, Ledger

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What should be searchable of a document from `seq` (and `time`) on.

    Attributes:
        version_id: None where nothing should: it was deleted, or another document stands for it.
        until: when that ended on the clock of the content; such a passage is of the past alone.
    """

    document_id: DocumentId
    version_id: VersionId | None
    seq: Seq
    time: Micros
    until: int = FOREVER


@dataclass(frozen=True, slots=True)
class Opened:
    """A chunk that was just written."""

    id: ChunkId
    document_id: DocumentId
    title: str
    heading: Sequence[str]
    text: str
    text_hash: Sha256


def sync_chunks(ledger: Ledger, wanted: Sequence[Wanted]) -> list[Opened]:
    """Open the chunks that are new, close those that are gone, leave the rest as they are.

    A chunk whose title, headings and text stand in the new version lives on, so that it is
    neither indexed nor embedded again.

    Returns:
        The chunks that were opened.
    """
    active = _active(ledger, [want.document_id for want in wanted])
    texts = _span_texts(ledger, [want.version_id for want in wanted if want.version_id])
    opened: list[dict[str, Any]] = []
    closed: list[dict[str, Any]] = []
    for want in wanted:
        have = active.get(want.document_id, {})
        for passage in texts.get(want.version_id, []) if want.version_id else []:
            same = have.get(passage["text_hash"])
            if same and want.until == FOREVER:
                same.pop()
            else:
                opened.append(_row(ledger, want, passage))
        closed.extend(
            {"chunk_id": chunk, "seq": want.seq, "moment": max(want.time, began)}
            for left in have.values()
            for chunk, began in left
        )
    bulk_insert(ledger.connection, chunks, opened)
    _close(ledger, closed)
    fields = Opened.__slots__
    return [Opened(**{name: row[name] for name in fields}) for row in opened]


def current_hashes(
    connection: Connection, collection: str, source_ids: Sequence[str]
) -> dict[str, set[Sha256]]:
    """Answer the hashes of the current chunks of documents, by their source ids."""
    found: dict[str, set[Sha256]] = defaultdict(set)
    for group in batches(list(dict.fromkeys(source_ids))):
        query = (
            select(documents.c.source_id, chunks.c.text_hash)
            .join(chunks, chunks.c.document_id == documents.c.id)
            .where(documents.c.collection == collection, documents.c.source_id.in_(group))
            .where(chunks.c.valid_to + 0 == FOREVER)
        )
        for row in connection.execute(query):
            found[row.source_id].add(row.text_hash)
    return found


def _close(ledger: Ledger, closed: Sequence[Mapping[str, Any]]) -> None:
    if closed:
        ledger.connection.execute(
            update(chunks)
            .where(chunks.c.id == bindparam("chunk_id"))
            .values(valid_to=bindparam("seq"), time_to=bindparam("moment")),
            closed,
        )


def _row(ledger: Ledger, want: Wanted, passage: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": ledger.next_chunk(),
        "document_id": want.document_id,
        **passage,
        "valid_from": want.seq,
        "valid_to": FOREVER if want.until == FOREVER else want.seq,
        "time_from": want.time,
        "time_to": want.until,
    }


def _active(
    ledger: Ledger, documents: Iterable[DocumentId]
) -> dict[DocumentId, dict[str, list[tuple[int, Micros]]]]:
    found: dict[DocumentId, dict[str, list[tuple[int, Micros]]]] = {}
    for group in batches(list(documents)):
        query = select(
            chunks.c.document_id, chunks.c.id, chunks.c.text_hash, chunks.c.time_from
        ).where(chunks.c.document_id.in_(group), chunks.c.valid_to == FOREVER)
        for row in ledger.connection.execute(query.order_by(chunks.c.id.desc())):
            by_hash = found.setdefault(row.document_id, defaultdict(list))
            by_hash[row.text_hash].append((row.id, row.time_from))
    return found


def _span_texts(
    ledger: Ledger, version_ids: Sequence[VersionId]
) -> dict[VersionId, list[dict[str, Any]]]:
    found: dict[VersionId, list[dict[str, Any]]] = {}
    for group in batches(version_ids):
        bodies = {
            row.id: row
            for row in ledger.connection.execute(
                select(versions.c.id, versions.c.title, versions.c.text).where(
                    versions.c.id.in_(group)
                )
            )
        }
        query = select(spans).where(spans.c.version_id.in_(group))
        for row in ledger.connection.execute(query.order_by(spans.c.version_id, spans.c.ordinal)):
            found.setdefault(row.version_id, []).append(_passage(bodies[row.version_id], row))
    return found


def _passage(body: AnyRow, span: AnyRow) -> dict[str, Any]:
    return {
        "title": body.title,
        "heading": span.heading,
        "text": body.text[span.start : span.end],
        "text_hash": span.text_hash,
    }


def batches(items: Sequence[T], size: int = 500) -> Iterator[Sequence[T]]:
    """Split, so that no statement binds more values than a database takes."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
