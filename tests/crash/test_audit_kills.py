"""SIGKILL at random instants: no critical entry is lost, and the chain goes on."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from foundation.database.engine import Database
from foundation.database.schema import audit_entries
from foundation.security.audit_checkpoints import CheckpointFile
from foundation.security.audit_keys import Keyring
from foundation.security.audit_verifying import verify

ROOT = Path(__file__).parents[2]


def killed_run(home: Path, url: str, after: int) -> list[str]:
    """Start recording, kill it after so many promises, answer all that were made."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crash.audit_worker", str(home), url],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(after)]
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate()
    lines += rest.splitlines(keepends=True)
    assert all(lines), "the worker ended by itself"
    return [line.strip() for line in lines if line.endswith("\n")]


def settle(database: Database) -> None:
    """Wait until a server has ended what a killed process had begun."""
    with database.write():
        pass


@pytest.mark.crash
def test_no_critical_entry_that_was_acknowledged_is_lost(
    database: Database, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    sqlite = database.dialect == "sqlite"
    url = f"sqlite:///{database.location}" if sqlite else request.getfixturevalue("postgres_url")
    rng, promised = random.Random(7), set[str]()
    for _ in range(4):
        promised |= set(killed_run(tmp_path, url, rng.randrange(1, 300)))
        settle(database)
        with database.read() as connection:
            kept = set(connection.execute(select(audit_entries.c.id)).scalars())
        assert promised - kept == set()
        files = [CheckpointFile(tmp_path / "audit.checkpoints")]
        files = [file for file in files if file.path.exists()]
        found = verify(database, Keyring(tmp_path).trusted(), files=files)
        assert (found.problem, found.entries) == (None, len(kept))
    assert len(promised) > 50


def test_processes_that_append_at_once_make_one_chain(
    database: Database, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Two processes and this one; each is stopped when it has kept some promises."""
    sqlite = database.dialect == "sqlite"
    url = f"sqlite:///{database.location}" if sqlite else request.getfixturevalue("postgres_url")
    command = [sys.executable, "-m", "tests.crash.audit_worker", str(tmp_path), url]
    processes = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    promised: list[str] = []
    for _ in range(40):
        for process in processes:
            assert process.stdout is not None
            promised.append(process.stdout.readline().strip())
    for process in processes:
        process.kill()
        process.communicate()
    settle(database)
    with database.read() as connection:
        rows = connection.execute(select(audit_entries.c.seq, audit_entries.c.id)).all()
    assert set(promised) <= {row.id for row in rows}
    assert sorted(row.seq for row in rows) == list(range(1, len(rows) + 1))
    found = verify(database, Keyring(tmp_path).trusted())
    assert (found.problem, found.entries) == (None, len(rows))
