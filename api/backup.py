"""One file that holds a whole truth: written from either SQL engine, restored into either."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, LargeBinary, Table, select, update

from foundation.clock import Clock, to_datetime
from foundation.database.bulk import bulk_insert
from foundation.database.engine import Database
from foundation.database.schema import counters, metadata
from foundation.errors import Conflict, InvalidInput, NotFound

FORMAT = "elders-backup-1"
_BATCH = 1_000
_COPY = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """One table in the file."""

    table: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds; it is the last member of the file, so its presence means complete."""

    format: str
    made_at: str
    seq: int
    parts: list[Part]


def export_truth(database: Database, target: Path, clock: Clock) -> Manifest:
    """Write all tables of one moment into a file; derived state is not in it, it is rebuilt.

    Raises:
        Conflict: the file exists.
        InvalidInput: it can't be written there.
    """
    if target.exists():
        raise Conflict(f"{target} exists: a backup never overwrites, name another file")
    aside = target.with_name(target.name + ".part")
    try:
        with database.read() as connection, tarfile.open(aside, "w") as archive:
            parts = [_export(connection, table, archive) for table in metadata.sorted_tables]
            seq = connection.execute(select(counters.c.seq)).scalar_one()
            manifest = Manifest(FORMAT, to_datetime(clock()).isoformat(), seq, parts)
            _add(archive, "manifest.json", json.dumps(asdict(manifest)).encode())
        aside.replace(target)
    except OSError as error:
        raise InvalidInput(f"{target} can't be written: {error.strerror}") from error
    finally:
        aside.unlink(missing_ok=True)
    return manifest


def import_truth(source: Path, database: Database) -> Manifest:
    """Check a backup from end to end, then restore it into an empty database, all or nothing.

    Raises:
        NotFound: there is no such file.
        InvalidInput: it is no backup, is damaged or incomplete; nothing was written.
        Conflict: the database holds something already.
    """
    manifest = verify(source)
    with database.write(statement_timeout_seconds=3_600) as connection:
        if connection.execute(select(counters.c.seq)).scalar_one() > 0:
            raise Conflict(f"{database.location} holds knowledge already: restore into a new home")
        with tarfile.open(source) as archive:
            for part in manifest.parts:
                _import(connection, metadata.tables[part.table], archive)
    return manifest


def verify(source: Path) -> Manifest:
    """Compare every part of a backup with its manifest.

    Raises:
        NotFound: there is no such file.
        InvalidInput: it is no backup, is damaged or incomplete.
    """
    if not source.is_file():
        raise NotFound(f"there is no file {source}")
    try:
        with tarfile.open(source) as archive:
            manifest = _manifest(archive, source)
            for part in manifest.parts:
                rows, digest = _measure(archive, part.table)
                if (rows, digest) != (part.rows, part.sha256):
                    raise InvalidInput(f"{source} is damaged: table {part.table} is not as written")
    except (tarfile.TarError, OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput(f"{source} is no complete backup ({error}): use another copy") from error
    if {part.table for part in manifest.parts} != set(metadata.tables):
        raise InvalidInput(f"{source} holds other tables than this version: use that version")
    return manifest


def _export(connection: Connection, table: Table, archive: tarfile.TarFile) -> Part:
    digest, count = hashlib.sha256(), 0
    with tempfile.TemporaryFile() as file:
        with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=3, mtime=0) as packed:
            rows = connection.execution_options(yield_per=_BATCH).execute(
                select(table).order_by(*table.primary_key.columns)
            )
            for row in rows:
                line = json.dumps([_plain(value) for value in row], ensure_ascii=False) + "\n"
                digest.update(line.encode())
                packed.write(line.encode())
                count += 1
        size = file.tell()
        file.seek(0)
        info = tarfile.TarInfo(_member(table.name))
        info.size = size
        archive.addfile(info, file)
    return Part(table.name, count, digest.hexdigest())


def _import(connection: Connection, table: Table, archive: tarfile.TarFile) -> None:
    names = [column.name for column in table.columns]
    binary = [isinstance(column.type, LargeBinary) for column in table.columns]
    batch: list[dict[str, Any]] = []
    for line in _lines(archive, table.name):
        values = [
            base64.b64decode(value) if is_binary and value is not None else value
            for value, is_binary in zip(json.loads(line), binary, strict=True)
        ]
        batch.append(dict(zip(names, values, strict=True)))
        if len(batch) >= _BATCH:
            _insert(connection, table, batch)
            batch = []
    _insert(connection, table, batch)


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if table is counters:
        for row in rows:
            connection.execute(update(counters).where(counters.c.id == row["id"]).values(row))
        return
    bulk_insert(connection, table, rows)


def _measure(archive: tarfile.TarFile, table: str) -> tuple[int, str]:
    digest, rows = hashlib.sha256(), 0
    for line in _lines(archive, table):
        digest.update(line)
        rows += 1
    return rows, digest.hexdigest()


def _lines(archive: tarfile.TarFile, table: str) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=_member_file(archive, _member(table))) as file:
        yield from file


def _member_file(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    file = archive.extractfile(name)
    if file is None:
        raise KeyError(name)
    return file


def _manifest(archive: tarfile.TarFile, source: Path) -> Manifest:
    if "manifest.json" not in archive.getnames():
        raise InvalidInput(f"{source} is no complete backup: its manifest is missing")
    raw = json.loads(_member_file(archive, "manifest.json").read(_COPY))
    if raw["format"] != FORMAT:
        raise InvalidInput(f"{source} is of format {raw['format']!r}; this version reads {FORMAT}")
    return Manifest(raw["format"], raw["made_at"], raw["seq"], [Part(**p) for p in raw["parts"]])


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    archive.addfile(info, io.BytesIO(data))


def _member(table: str) -> str:
    return f"{table}.jsonl.gz"


def _plain(value: object) -> object:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value
