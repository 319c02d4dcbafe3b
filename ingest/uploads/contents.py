"""What is in stores: which files, how far they are, and what waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from foundation.clock import Clock, Micros
from foundation.database.engine import Database
from foundation.database.schema import (
    attachments,
    documents,
    file_batches,
    files,
    vector_stores,
    versions,
)
from foundation.errors import NotFound
from foundation.ids import FOREVER
from foundation.security.policy import Access
from ingest.uploads.listing import page_of
from ingest.uploads.model import (
    Attachment,
    Batch,
    ChunkSizes,
    Position,
    Status,
)
from knowledge.log import AnyRow
from knowledge.passages import batches

THERE: Final = or_(
    attachments.c.document_id.is_(None),
    attachments.c.status == Status.IN_PROGRESS,
    versions.c.id.is_not(None),
)
"""A file whose document was deleted by another door is in the store no more."""

_AT_ONCE: Final = 500


class Contents:
    """Reads which files are in which stores: those whose time has run out are in none."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def find(self, store_id: str, file_ids: Sequence[str]) -> dict[str, Attachment]:
        """Look up which of some files are in a store, by their ids."""
        found: dict[str, Attachment] = {}
        with self._database.read() as connection:
            for group in batches(file_ids):
                query = _attached().where(
                    attachments.c.store_id == store_id, attachments.c.file_id.in_(group)
                )
                query = query.where(self._lasting())
                found.update((row.file_id, _attachment(row)) for row in connection.execute(query))
        return found

    def page(
        self,
        store_id: str,
        *,
        batch_id: str | None,
        status: Status | None,
        after: Position | None,
        ascending: bool,
        limit: int,
        expired: bool = False,
    ) -> list[Attachment]:
        """List the files in a store that follow a position; with `expired` also those."""
        query = _attached().where(attachments.c.store_id == store_id)
        if not expired:
            query = query.where(self._lasting())
        if batch_id is not None:
            query = query.where(attachments.c.batch_id == batch_id)
        if status is not None:
            query = query.where(attachments.c.status == status.value)
        table = attachments.c
        query = page_of(
            query, table.created_at, table.file_id, after=after, ascending=ascending, limit=limit
        )
        with self._database.read() as connection:
            return [_attachment(row) for row in connection.execute(query)]

    def pages(
        self, store_id: str, batch_id: str | None = None, *, expired: bool = False
    ) -> Iterator[list[Attachment]]:
        """Yield all files in a store, or in a batch of it, the oldest first, many at once."""
        after = None
        while page := self.page(
            store_id, batch_id=batch_id, status=None, after=after, ascending=True,
            limit=_AT_ONCE, expired=expired,
        ):  # fmt: skip
            yield page
            after = page[-1].position

    def of_file(self, file_id: str) -> list[Attachment]:
        """List the places of a file in all stores, those that are lost included."""
        query = _attached(everything=True).where(attachments.c.file_id == file_id)
        with self._database.read() as connection:
            return [_attachment(row) for row in connection.execute(query)]

    def count(self, store_id: str, batch_id: str | None = None) -> tuple[Counter[str], int]:
        """Count a store's files by status, and the bytes of those that are completed."""
        status, size = attachments.c.status, func.sum(files.c.bytes)
        query = joined(select(status, func.count(), size)).group_by(status)
        query = query.where(attachments.c.store_id == store_id, self._lasting())
        if batch_id is not None:
            query = query.where(attachments.c.batch_id == batch_id)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        done = sum(int(row[2]) for row in rows if row[0] == Status.COMPLETED)
        return Counter({row[0]: row[1] for row in rows}), done

    def batch(self, store_id: str, batch_id: str) -> Batch:
        """Look a batch up.

        Raises:
            NotFound: the store has none of this id.
        """
        query = select(file_batches).where(file_batches.c.id == batch_id)
        with self._database.read() as connection:
            row = connection.execute(query.where(file_batches.c.store_id == store_id)).first()
        if row is None:
            raise no_batch(store_id, batch_id)
        return Batch(row.id, row.store_id, row.created_at, row.cancelled)

    def pending(self, limit: int) -> list[Attachment]:
        """List files that have waited longest: of one store, one wisher and one cut."""
        waits = attachments.c.status == Status.IN_PROGRESS
        query = _attached().where(waits, self._lasting())
        query = query.order_by(attachments.c.created_at, attachments.c.file_id).limit(limit)
        with self._database.read() as connection:
            found = [_attachment(row) for row in connection.execute(query)]
        return [each for each in found if _kind(each) == _kind(found[0])]

    def _lasting(self) -> ColumnElement[bool]:
        return or_(files.c.expires_at.is_(None), files.c.expires_at > self._clock())


def no_attachment(store_id: str, file_id: str) -> NotFound:
    """Say that a file is not in a store, or that one may not know of it."""
    return NotFound(f"there is no file {file_id[:100]!r} in the vector store {store_id}")


def no_batch(store_id: str, batch_id: str) -> NotFound:
    """Say that a store has no such batch, or that one may not know of it."""
    return NotFound(f"the vector store {store_id} has no file batch {batch_id[:100]!r}")


def joined(query: Select[Any], *, everything: bool = False) -> Select[Any]:
    """Join attachments with their files, stores and documents, and leave out what is not there."""
    current = and_(
        versions.c.document_id == attachments.c.document_id, versions.c.valid_to == FOREVER
    )
    joined = (
        query.select_from(attachments)
        .join(files, files.c.id == attachments.c.file_id)
        .join(vector_stores, vector_stores.c.id == attachments.c.store_id)
        .outerjoin(documents, documents.c.id == attachments.c.document_id)
        .outerjoin(versions, current)
    )
    return joined if everything else joined.where(THERE)


def _attached(*, everything: bool = False) -> Select[Any]:
    return joined(
        select(
            attachments,
            files.c.filename,
            files.c.media_type,
            files.c.bytes,
            vector_stores.c.collection,
            documents.c.number,
        ),
        everything=everything,
    )


def _attachment(row: AnyRow) -> Attachment:
    sizes = None if row.chunk_tokens is None else ChunkSizes(row.chunk_tokens, row.overlap_tokens)
    return Attachment(
        store_id=row.store_id,
        collection=row.collection,
        file_id=row.file_id,
        filename=row.filename,
        media_type=row.media_type,
        bytes=row.bytes,
        batch_id=row.batch_id,
        created_at=Micros(row.created_at),
        revision=row.revision,
        status=Status(row.status),
        error_code=row.error_code,
        error=row.error,
        attributes=row.attributes,
        sizes=sizes,
        actor=row.actor,
        rights=Access.of_json(row.rights),
        document_id=row.document_id,
        number=row.number,
    )


def _kind(each: Attachment) -> tuple[object, ...]:
    return each.store_id, each.actor, each.rights, each.sizes
