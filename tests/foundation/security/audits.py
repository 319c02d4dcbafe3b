"""What tests of the audit log share: entries, trails, and ways to tamper with what was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select

from foundation.clock import Micros
from foundation.database.engine import Database
from foundation.database.schema import audit_checkpoints, audit_entries, audit_head
from foundation.ids import new_id
from foundation.security.audit import AuditTrail
from foundation.security.audit_backlog import TrailLimits
from foundation.security.audit_checkpoints import CheckpointFile
from foundation.security.audit_entry import Caller, Entry
from foundation.security.audit_keys import Keyring
from foundation.security.audit_proof import Problem
from foundation.security.audit_verifying import Verdict, verify

PATIENT = TrailLimits(interval_seconds=3600.0, checkpoint_seconds=3600.0)
"""Nothing happens by the clock."""

TABLES = (audit_entries, audit_head, audit_checkpoints)

Rows = dict[str, list[dict[str, Any]]]


def entry(operation: str = "documents.show", number: int = 0, **more: Any) -> Entry:
    """Make an entry."""
    given: dict[str, Any] = {
        "id": new_id(),
        "at": Micros(1_790_000_000_000_000 + number),
        "operation": operation,
        "action": "read",
        "resource": f"document-{number}",
        "caller": Caller("ada", "sage", "192.0.2.7", "d1e5"),
        "duration_micros": 1_234,
        "metadata": {"number": number},
    }
    return Entry(**(given | more))


@contextmanager
def trail(
    database: Database, home: Path, limits: TrailLimits = PATIENT, **more: Any
) -> Iterator[AuditTrail]:
    """Open a trail whose key and checkpoints lie in a folder, and close it."""
    opened = AuditTrail(database, Keyring(home), checkpoint_file(home), limits=limits, **more)
    try:
        yield opened
    finally:
        opened.close()


def checkpoint_file(home: Path) -> CheckpointFile:
    """Name the file of checkpoints in a folder."""
    return CheckpointFile(home / "audit.checkpoints")


def fill(database: Database, home: Path, entries: int, *, every: int = 1_000) -> None:
    """Write a log, with a checkpoint after each so many entries, and one at its end."""
    with trail(database, home) as opened:
        for number in range(1, entries + 1):
            opened.record(entry(number=number))
            if number % every == 0:
                opened.checkpoint()


def verdict(database: Database, home: Path, *files: Path) -> Verdict:
    """Verify with the folder's key, by the database alone unless files are named."""
    trusted = Keyring(home).trusted()
    return verify(database, trusted, files=[CheckpointFile(path) for path in files])


def problem(database: Database, home: Path, *files: Path) -> Problem:
    """Verify a log with which something is wrong."""
    found = verdict(database, home, *files).problem
    assert found is not None, "nothing was noticed"
    return found


def operations(database: Database) -> list[str]:
    """List the operations in the log, in order."""
    query = select(audit_entries.c.operation).order_by(audit_entries.c.seq)
    with database.read() as connection:
        return list(connection.execute(query).scalars())


def saved(database: Database) -> Rows:
    """Read all rows of the audit log."""
    with database.read() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in TABLES
        }


def put(database: Database, rows: Mapping[str, list[dict[str, Any]]]) -> None:
    """Make the tables hold these rows and no others, as somebody with SQL at hand can."""
    with database.write() as connection:
        for table in TABLES:
            connection.execute(table.delete())
            database.bulk_insert(connection, table, rows[table.name])
