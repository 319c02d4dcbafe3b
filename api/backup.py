"""One file that holds a whole truth: written from either SQL engine, restored into either."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Table, select

from foundation.clock import Clock, to_datetime
from foundation.database.engine import Database
from foundation.database.registry import kept_tables
from foundation.database.revision import HEAD
from foundation.database.schema import counters
from foundation.errors import Conflict, Unavailable

FORMAT: Final = "elders-backup-1"
MANIFEST: Final = "manifest.json"
BATCH: Final = 1_000
_MODULUS: Final = 1 << 256


@dataclass(frozen=True, slots=True)
class Part:
    """One table in the file: how many rows, and their fingerprint."""

    table: str
    rows: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds; it is the last member of the file, so its presence means complete.

    Attributes:
        revision: of the tables' schema.
        seq: the newest change in it.
    """

    format: str
    revision: str
    made_at: str
    seq: int
    parts: list[Part]


@dataclass(slots=True)
class Fingerprint:
    """A checksum of lines in any order: two engines need not sort texts alike.

    It is the sum of the lines' SHA-256 values, modulo 2^256.
    """

    rows: int = 0
    _sum: int = field(default=0, repr=False)

    def add(self, line: bytes) -> None:
        """Take a line in."""
        self.rows += 1
        self._sum += int.from_bytes(hashlib.sha256(line).digest())

    def part(self, table: str) -> Part:
        """Answer what was taken in so far, as a table's."""
        return Part(table, self.rows, f"{self._sum % _MODULUS:064x}")


def export_truth(database: Database, target: Path, clock: Clock) -> Manifest:
    """Write all tables of one moment into a file; derived state is not in it, it is rebuilt.

    Only the user may read the file. Until it is complete it is called `NAME.part`.

    Raises:
        Conflict: the file exists.
        Unavailable: it can't be written there.
    """
    if target.exists():
        raise Conflict(f"{target} exists: a backup never overwrites, name another file")
    aside = target.with_name(target.name + ".part")
    try:
        manifest = _write(database, aside, clock)
        aside.replace(target)
    except OSError as error:
        raise Unavailable(f"{target} can't be written: {error.strerror or error}") from error
    finally:
        aside.unlink(missing_ok=True)
    return manifest


def lines(connection: Connection, table: Table) -> Iterator[bytes]:
    """Yield a table's rows as they stand in a backup: one JSON list a line."""
    query = select(table).order_by(*table.primary_key.columns)
    for row in connection.execution_options(yield_per=BATCH).execute(query):
        values = [_plain(value) for value in row]
        yield json.dumps(values, ensure_ascii=False).encode() + b"\n"


def member(table: str) -> str:
    """Name a table's part of the file."""
    return f"{table}.jsonl.gz"


def _write(database: Database, path: Path, clock: Clock) -> Manifest:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with (
        os.fdopen(descriptor, "wb") as file,
        database.read() as connection,
        tarfile.open(fileobj=file, mode="w") as archive,
    ):
        parts = [_add_table(connection, table, archive, path.parent) for table in kept_tables()]
        seq = connection.execute(select(counters.c.seq)).scalar_one()
        made_at = to_datetime(clock()).isoformat()
        manifest = Manifest(FORMAT, HEAD, made_at, seq, parts)
        _add(archive, MANIFEST, asdict(manifest))
        archive.close()
        file.flush()
        os.fsync(file.fileno())
    return manifest


def _add_table(
    connection: Connection, table: Table, archive: tarfile.TarFile, folder: Path
) -> Part:
    seen = Fingerprint()
    # Beside the target: the system's temporary folder may be memory, or small.
    with tempfile.TemporaryFile(dir=folder) as file:
        with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=3, mtime=0) as packed:
            for line in lines(connection, table):
                seen.add(line)
                packed.write(line)
        info = tarfile.TarInfo(member(table.name))
        info.size = file.tell()
        file.seek(0)
        archive.addfile(info, file)
    return seen.part(table.name)


def _add(archive: tarfile.TarFile, name: str, content: Mapping[str, object]) -> None:
    data = json.dumps(content).encode()
    info = tarfile.TarInfo(name)
    info.size = len(data)
    archive.addfile(info, io.BytesIO(data))


def _plain(value: object) -> object:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value
