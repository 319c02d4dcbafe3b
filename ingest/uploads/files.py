"""Uploaded files: their bytes are kept in the truth until they are deleted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import IO, Final

from sqlalchemy import ColumnElement, Connection, delete, exists, func, insert, or_, select, update

from foundation.clock import Clock, Micros
from foundation.database.bulk import bulk_insert
from foundation.database.engine import Database
from foundation.database.schema import attachments, file_parts, files
from foundation.errors import InvalidInput, NotFound
from foundation.ids import new_id
from ingest.uploads.listing import page_of
from ingest.uploads.model import Position, UploadedFile
from knowledge.passages import batches

PART_BYTES: Final = 1 << 16
_AT_ONCE: Final = 64
"""Parts in memory at once."""

_COLUMNS = [files.c[each.name] for each in fields(UploadedFile)]


class Files:
    """The files that were handed in; those that were deleted or have expired are not there."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(
        self,
        stream: IO[bytes],
        *,
        owner: str,
        filename: str,
        media_type: str,
        purpose: str,
        lifetime_seconds: int | None = None,
    ) -> UploadedFile:
        """Keep a stream's bytes, all or nothing.

        Raises:
            InvalidInput: there are none, or a name can't be stored.
        """
        now = self._clock()
        expires = None if lifetime_seconds is None else Micros(now + lifetime_seconds * 1_000_000)
        file_id = f"file-{new_id().replace('-', '')}"
        with self._database.write() as connection:
            row = {
                "id": file_id, "owner": owner, "filename": filename, "media_type": media_type,
                "purpose": purpose, "bytes": 0, "created_at": now, "expires_at": expires,
                "deleted": False,
            }  # fmt: skip
            bulk_insert(connection, files, [row])
            size = _write_parts(connection, file_id, stream)
            if size == 0:
                raise InvalidInput(f"the file {filename[:200]!r} is empty: send one with content")
            connection.execute(update(files).where(files.c.id == file_id).values(bytes=size))
        return UploadedFile(file_id, owner, filename, media_type, purpose, size, now, expires)

    def get(self, file_id: str) -> UploadedFile:
        """Look a file up.

        Raises:
            NotFound: there is none of this id.
        """
        found = self.find([file_id])
        if not found:
            raise no_file(file_id)
        return found[file_id]

    def find(self, file_ids: Sequence[str]) -> dict[str, UploadedFile]:
        """Look files up by their ids; those that are not there are absent from the answer."""
        found: dict[str, UploadedFile] = {}
        with self._database.read() as connection:
            for group in batches(file_ids):
                query = select(*_COLUMNS).where(files.c.id.in_(group), self._there())
                found.update((row.id, UploadedFile(*row)) for row in connection.execute(query))
        return found

    def page(
        self,
        *,
        owner: str | None,
        purpose: str | None,
        after: Position | None,
        ascending: bool,
        limit: int,
    ) -> list[UploadedFile]:
        """List files that follow a position; with an owner only theirs."""
        query = select(*_COLUMNS).where(self._there())
        if owner is not None:
            query = query.where(files.c.owner == owner)
        if purpose is not None:
            query = query.where(files.c.purpose == purpose)
        query = page_of(
            query, files.c.created_at, files.c.id, after=after, ascending=ascending, limit=limit
        )
        with self._database.read() as connection:
            return [UploadedFile(*row) for row in connection.execute(query)]

    def held(self, owner: str) -> int:
        """Count the bytes of somebody's files, those included that were deleted but not removed."""
        query = select(func.sum(files.c.bytes)).where(files.c.owner == owner)
        with self._database.read() as connection:
            return int(connection.scalar(query) or 0)

    def parts(self, file_id: str) -> Iterator[bytes]:
        """Yield a file's bytes, also of one that was deleted while it is attached.

        No transaction is open between two of them.
        """
        ordinal = 0
        query = select(file_parts.c.data).where(file_parts.c.file_id == file_id)
        query = query.order_by(file_parts.c.ordinal).limit(_AT_ONCE)
        while True:
            with self._database.read() as connection:
                page = connection.execute(query.where(file_parts.c.ordinal >= ordinal))
                found = list(page.scalars())
            if not found:
                return
            yield b"".join(found)
            ordinal += len(found)

    def read(self, file_id: str) -> bytes:
        """Answer a file's bytes, at once."""
        return b"".join(self.parts(file_id))

    def hide(self, file_id: str) -> None:
        """Let nobody see a file any more: `sweep` removes it once it is attached nowhere."""
        with self._database.write() as connection:
            connection.execute(update(files).where(files.c.id == file_id).values(deleted=True))

    def expired(self) -> list[str]:
        """List the files whose time has run out."""
        query = select(files.c.id).where(files.c.expires_at <= self._clock())
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())

    def sweep(self) -> int:
        """Remove files that were deleted or have expired and are attached nowhere.

        Returns:
            How many were removed.
        """
        attached = exists().where(attachments.c.file_id == files.c.id)
        over = or_(files.c.deleted, files.c.expires_at <= self._clock())
        query = select(files.c.id).where(over, ~attached)
        with self._database.read() as connection:
            if connection.execute(query.limit(1)).first() is None:
                return 0
        with self._database.write() as connection:
            gone = list(connection.execute(query).scalars())
            for group in batches(gone):
                connection.execute(delete(file_parts).where(file_parts.c.file_id.in_(group)))
                connection.execute(delete(files).where(files.c.id.in_(group)))
        return len(gone)

    def _there(self) -> ColumnElement[bool]:
        lasting = or_(files.c.expires_at.is_(None), files.c.expires_at > self._clock())
        return ~files.c.deleted & lasting


def no_file(file_id: str) -> NotFound:
    """Say that there is no such file, or none that one may know of."""
    return NotFound(f"there is no file {file_id[:100]!r}: upload it, or list those that are there")


def _write_parts(connection: Connection, file_id: str, stream: IO[bytes]) -> int:
    size, ordinal = 0, 0
    while data := stream.read(PART_BYTES * _AT_ONCE):
        rows = [
            {
                "file_id": file_id,
                "ordinal": ordinal + number,
                "data": data[start : start + PART_BYTES],
            }
            for number, start in enumerate(range(0, len(data), PART_BYTES))
        ]
        connection.execute(insert(file_parts), rows)
        size += len(data)
        ordinal += len(rows)
    return size
