"""Restore a backup, all or nothing: checked before it is written, and again from the database."""

from __future__ import annotations

import base64
import gzip
import json
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from sqlalchemy import Connection, LargeBinary, Table, select, update

from api.backup import BATCH, FORMAT, MANIFEST, Fingerprint, Manifest, Part, lines, member
from foundation.database.bulk import bulk_insert
from foundation.database.engine import Database
from foundation.database.registry import kept_tables
from foundation.database.revision import HEAD
from foundation.database.schema import audit_entries, counters, metadata
from foundation.errors import Conflict, InvalidInput, NotFound

_LONGEST_MANIFEST: Final = 1 << 20
_SECONDS: Final = 3_600.0


def import_truth(source: Path, database: Database, *, checked: Manifest | None = None) -> Manifest:
    """Check a backup from end to end, then restore it into an empty database.

    Before the commit every table is read back and compared with the manifest.

    Args:
        source: the file.
        database: where to.
        checked: what `verify` said of the file, so that it is not checked twice.

    Raises:
        NotFound: there is no such file.
        InvalidInput: it is no backup, is damaged or incomplete; nothing was written.
        Conflict: the database holds something already.
    """
    manifest = checked or verify(source)
    with database.write(statement_timeout_seconds=_SECONDS) as connection:
        if connection.execute(select(counters.c.seq)).scalar_one() > 0:
            raise Conflict(f"{database.location} holds knowledge already: restore into a new home")
        if connection.execute(select(audit_entries.c.seq).limit(1)).first():
            raise Conflict(f"{database.location} has an audit log already: restore into a new home")
        with _readable(source), tarfile.open(source) as archive:
            for part in manifest.parts:
                _import(connection, metadata.tables[part.table], archive)
        for part in manifest.parts:
            restored = Fingerprint()
            for line in lines(connection, metadata.tables[part.table]):
                restored.add(line)
            if restored.part(part.table) != part:
                raise InvalidInput(f"table {part.table} did not come back as it was: use a copy")
    return manifest


def verify(source: Path) -> Manifest:
    """Compare every part of a backup with its manifest.

    Raises:
        NotFound: there is no such file.
        InvalidInput: it is no backup, is damaged or incomplete.
    """
    if not source.is_file():
        raise NotFound(f"there is no file {source}")
    with _readable(source), tarfile.open(source) as archive:
        manifest = _manifest(archive, source)
        if {part.table for part in manifest.parts} != {table.name for table in kept_tables()}:
            raise InvalidInput(f"{source} holds other tables than this version: use that version")
        for part in manifest.parts:
            seen = Fingerprint()
            for line in _lines(archive, part.table):
                seen.add(line)
            if seen.part(part.table) != part:
                raise InvalidInput(f"{source} is damaged: table {part.table} is not as written")
    return manifest


@contextmanager
def _readable(source: Path) -> Iterator[None]:
    try:
        yield
    except (
        tarfile.TarError,
        zlib.error,
        OSError,
        EOFError,
        ValueError,
        KeyError,
        TypeError,
        RecursionError,
    ) as error:
        reason = str(error).partition("\n")[0].rstrip(":") or type(error).__name__
        raise InvalidInput(
            f"{source} is no complete backup ({reason}): use another copy"
        ) from error


def _manifest(archive: tarfile.TarFile, source: Path) -> Manifest:
    if MANIFEST not in archive.getnames():
        raise InvalidInput(f"{source} is no complete backup: its manifest is missing")
    raw = json.loads(_open(archive, MANIFEST).read(_LONGEST_MANIFEST))
    if raw["format"] != FORMAT:
        raise InvalidInput(f"{source} is of format {raw['format']!r}; this version reads {FORMAT}")
    if raw["revision"] != HEAD:
        raise InvalidInput(
            f"{source} has tables of revision {raw['revision']!r}, this version {HEAD!r}: restore"
            " it with the version that wrote it, and let this one migrate the home"
        )
    parts = [Part(str(p["table"]), int(p["rows"]), str(p["fingerprint"])) for p in raw["parts"]]
    return Manifest(FORMAT, HEAD, str(raw["made_at"]), int(raw["seq"]), parts)


def _import(connection: Connection, table: Table, archive: tarfile.TarFile) -> None:
    names = [column.name for column in table.columns]
    readers: list[Callable[[Any], Any]] = [
        _bytes if isinstance(column.type, LargeBinary) else _same for column in table.columns
    ]
    batch: list[dict[str, Any]] = []
    for line in _lines(archive, table.name):
        values = [read(v) for read, v in zip(readers, json.loads(line), strict=True)]
        batch.append(dict(zip(names, values, strict=True)))
        if len(batch) >= BATCH:
            _insert(connection, table, batch)
            batch = []
    _insert(connection, table, batch)


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if table is not counters:
        bulk_insert(connection, table, rows)
        return
    for row in rows:  # an empty database has its one row already
        connection.execute(update(counters).where(counters.c.id == row["id"]).values(row))


def _lines(archive: tarfile.TarFile, table: str) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=_open(archive, member(table))) as file:
        yield from file


def _open(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    file = archive.extractfile(name)
    if file is None:
        raise KeyError(name)
    return file


def _bytes(value: str | None) -> bytes | None:
    return None if value is None else base64.b64decode(value, validate=True)


def _same(value: object) -> object:
    return value
