"""What followers and retrieval read from the truth: feeds of chunks, and documents' fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, func, select

from foundation.clock import Micros, to_datetime
from foundation.database.engine import Database
from foundation.database.schema import (
    attributes,
    changes,
    chunks,
    collections,
    documents,
    versions,
)
from foundation.ids import FOREVER, ChunkId, Seq
from knowledge.follower import Feed
from knowledge.groups import merged_numbers
from knowledge.log import NOW, PURGED, AnyRow, AsOf, head
from knowledge.model import Chunk
from knowledge.passages import batches

# Made once: making a query takes as long as running it.
_COLLECTIONS = select(collections.c.name).order_by(collections.c.name)
_CHUNKS = (
    select(chunks, documents.c.number, documents.c.collection, attributes.c.language)
    .join(documents, documents.c.id == chunks.c.document_id)
    .join(
        attributes,
        and_(attributes.c.document_id == chunks.c.document_id, attributes.c.valid_to == FOREVER),
    )
    .order_by(chunks.c.id)
)
_BY_ID = _CHUNKS.where(chunks.c.id.in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """A document's filterable fields as they are now."""

    document_number: int
    collection: str
    fields: Mapping[str, Any]
    deleted: bool


class Reader:
    """Read access for followers: it is their FeedSource."""

    def __init__(self, database: Database, glance: Callable[[], Seq] | None = None) -> None:
        """Begin reading.

        Args:
            database: the truth.
            glance: answers the newest committed seq more cheaply than a transaction does.
        """
        self._database = database
        self._glance = glance

    def head(self) -> Seq:
        """Answer the newest committed seq."""
        if self._glance is not None:
            return self._glance()
        with self._database.read() as connection:
            return head(connection)

    def feed(self, after: Seq, *, limit: int, upto: Seq | None = None) -> Feed:
        """Read what happened to chunks after `after`: whole seqs, about `limit` chunks."""
        with self._database.read() as connection:
            upto = _feed_end(connection, after, limit, upto)
            return Feed(
                after=after,
                upto=upto,
                opened=_chunks(
                    connection, and_(chunks.c.valid_from > after, chunks.c.valid_from <= upto)
                ),
                closed=_chunks(
                    connection, and_(chunks.c.valid_to > after, chunks.c.valid_to <= upto)
                ),
                purged=_purged(connection, after, upto),
            )

    def chunks(self, ids: Sequence[ChunkId]) -> dict[ChunkId, Chunk]:
        """Load chunks by id; unknown ids are absent from the answer."""
        with self._database.read() as connection:
            return load_chunks(connection, ids)

    def texts(self, ids: Sequence[ChunkId]) -> list[tuple[str, str]]:
        """Read title and text of chunks, in their order; both are empty for unknown ids."""
        known: dict[int, tuple[str, str]] = {}
        with self._database.read() as connection:
            for group in batches(ids):
                query = select(chunks.c.id, chunks.c.title, chunks.c.text)
                rows = connection.execute(query.where(chunks.c.id.in_(group)))
                known.update((number, (title, text)) for number, title, text in rows)
        return [known.get(number, ("", "")) for number in ids]

    def times(self, ids: Sequence[ChunkId], at: AsOf = NOW) -> dict[ChunkId, Micros]:
        """Tell of when the versions are that the chunks' documents had at a moment."""
        known: dict[ChunkId, Micros] = {}
        query = select(chunks.c.id, versions.c.time_from).join(
            versions, and_(versions.c.document_id == chunks.c.document_id, at.holds(versions))
        )
        with self._database.read() as connection:
            for group in batches(ids):
                rows = connection.execute(query.where(chunks.c.id.in_(group)))
                known.update((ChunkId(number), Micros(time)) for number, time in rows)
        return known

    def chunk_ids(self, at: AsOf = NOW) -> list[ChunkId]:
        """List every chunk that holds at a moment, ascending."""
        query = select(chunks.c.id).where(at.holds(chunks)).order_by(chunks.c.id)
        with self._database.read() as connection:
            return [ChunkId(i) for i in connection.execute(query).scalars()]

    def attribute_rows(self, at: AsOf = NOW) -> list[AttributeRow]:
        """Read the filterable fields of every document that had a version at a moment."""
        with self._database.read() as connection:
            return [_attribute_row(row) for row in connection.execute(_attributes_query(at))]

    def changed_attribute_rows(self, after: Seq) -> list[AttributeRow]:
        """Read the fields, as they are now, of documents that anything happened to after a seq."""
        with self._database.read() as connection:
            return changed_attributes(connection, after)

    def attribute_rows_before(self, after: Seq) -> list[AttributeRow]:
        """Read the fields, as they were at a seq, of documents that anything happened to after it.

        What was not there is told as deleted; what was purged since is not told at all.
        """
        with self._database.read() as connection:
            return _touched_rows(connection, after, AsOf(seq=after))

    def merged(self, at: AsOf = NOW) -> list[tuple[int, int]]:
        """List who was merged at a moment: (a document's number, that of who stands for it)."""
        with self._database.read() as connection:
            return merged_numbers(connection, at)

    def collections(self) -> list[str]:
        """List the collections' names."""
        with self._database.read() as connection:
            return list(connection.execute(_COLLECTIONS).scalars())


def load_chunks(connection: Connection, ids: Sequence[ChunkId]) -> dict[ChunkId, Chunk]:
    """Load chunks by id; unknown ids are absent from the answer."""
    return {
        chunk.id: chunk
        for group in batches(ids)
        for chunk in map(_chunk, connection.execute(_BY_ID, {"ids": group}))
    }


def changed_attributes(connection: Connection, after: Seq) -> list[AttributeRow]:
    """Read the fields, as they are now, of documents that anything happened to after a seq."""
    return _purged_rows(connection, after) + _touched_rows(connection, after, NOW)


def load_document_numbers(connection: Connection, ids: Sequence[ChunkId]) -> dict[ChunkId, int]:
    """Tell which documents chunks are of, by number; unknown ids are absent from the answer."""
    query = select(chunks.c.id, documents.c.number).join(
        documents, documents.c.id == chunks.c.document_id
    )
    return {
        ChunkId(chunk): number
        for group in batches(ids)
        for chunk, number in connection.execute(query.where(chunks.c.id.in_(group)))
    }


def highest_document_number(connection: Connection) -> int:
    """Answer the greatest number that a document has; 0 where there is none."""
    return connection.execute(select(func.max(documents.c.number))).scalar() or 0


def _feed_end(connection: Connection, after: Seq, limit: int, upto: Seq | None) -> Seq:
    """Find the seq at which about `limit` chunk changes have happened."""
    newest = head(connection) if upto is None else upto
    ends = []
    for column in (chunks.c.valid_from, chunks.c.valid_to):
        query = select(column).where(column > after, column <= newest).order_by(column)
        past = connection.execute(query.offset(limit).limit(1)).scalar_one_or_none()
        ends.append(newest if past is None else max(past - 1, after + 1))
    return Seq(min(ends))


def _chunks(connection: Connection, condition: Any) -> list[Chunk]:  # noqa: ANN401 - a column expression
    return [_chunk(row) for row in connection.execute(_CHUNKS.where(condition))]


def _chunk(row: AnyRow) -> Chunk:
    return Chunk(
        id=ChunkId(row.id),
        document_id=row.document_id,
        document_number=row.number,
        collection=row.collection,
        title=row.title,
        heading=tuple(row.heading),
        text=row.text,
        text_hash=row.text_hash,
        language=row.language,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        time_from=row.time_from,
        time_to=row.time_to,
    )


def _purged(connection: Connection, after: Seq, upto: Seq) -> list[ChunkId]:
    query = select(changes.c.details).where(
        changes.c.kind == PURGED, changes.c.seq > after, changes.c.seq <= upto
    )
    return [
        ChunkId(chunk)
        for details in connection.execute(query).scalars()
        for chunk in details["chunks"]
    ]


def _purged_rows(connection: Connection, after: Seq) -> list[AttributeRow]:
    query = select(changes.c.collection, changes.c.details).where(
        changes.c.kind == PURGED, changes.c.seq > after
    )
    return [
        AttributeRow(row.details["number"], row.collection, {}, deleted=True)
        for row in connection.execute(query)
    ]


def _touched_rows(connection: Connection, after: Seq, at: AsOf) -> list[AttributeRow]:
    touched = (
        select(changes.c.document_id)
        .where(changes.c.seq > after, changes.c.document_id.is_not(None))
        .distinct()
    )
    rows: list[AttributeRow] = []
    for group in batches(list(connection.execute(touched).scalars())):
        query = _attributes_query(at).where(documents.c.id.in_(group))
        found = {row.id: _attribute_row(row) for row in connection.execute(query)}
        known = select(documents).where(documents.c.id.in_(group))
        rows.extend(
            found.get(row.id) or AttributeRow(row.number, row.collection, {}, deleted=True)
            for row in connection.execute(known)
        )
    return rows


def _attributes_query(at: AsOf) -> Select[Any]:
    return (
        select(
            documents.c.id,
            documents.c.number,
            documents.c.collection,
            documents.c.source_id,
            documents.c.created_at,
            attributes.c.uri,
            attributes.c.media_type,
            attributes.c.language,
            attributes.c.metadata,
            versions.c.title,
            versions.c.author,
            versions.c.number.label("version"),
            versions.c.time_from,
        )
        .join(versions, and_(versions.c.document_id == documents.c.id, at.holds(versions)))
        .join(attributes, and_(attributes.c.document_id == documents.c.id, at.holds(attributes)))
    )


def _attribute_row(row: AnyRow) -> AttributeRow:
    fields = {
        **row.metadata,
        "source_id": row.source_id,
        "uri": row.uri,
        "title": row.title,
        "media_type": row.media_type,
        "language": row.language,
        "author": row.author,
        "version": row.version,
        "created": to_datetime(row.created_at).isoformat(),
        "updated": to_datetime(row.time_from).isoformat(),
    }
    return AttributeRow(row.number, row.collection, fields, deleted=False)
