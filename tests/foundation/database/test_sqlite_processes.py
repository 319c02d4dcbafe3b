from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from foundation.database.engine import Database, open_database
from foundation.database.schema import changes, counters
from foundation.errors import Conflict


@contextmanager
def another_process(code: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Run Python beside us; it says "ready" when the test may go on."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert process.stdout is not None
    with process:
        try:
            assert process.stdout.readline().strip() == "ready"
            yield process
        finally:
            process.kill()


HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("ready", flush=True)
sys.stdin.readline()
connection.execute("UPDATE counters SET seq = 41")
connection.execute("COMMIT")
"""


def test_a_writer_in_another_process_is_waited_for(sqlite_database: Database) -> None:
    with another_process(HOLD, sqlite_database.location) as process:
        assert process.stdin is not None
        stdin = process.stdin

        def let_go() -> None:
            stdin.write("\n")
            stdin.flush()

        timer = threading.Timer(0.3, let_go)
        timer.start()
        with sqlite_database.write() as connection:
            assert connection.scalar(select(counters.c.seq)) == 41
        timer.join()


def test_a_writer_in_another_process_that_does_not_end_is_a_conflict(
    sqlite_database: Database, tmp_path: Path
) -> None:
    path = sqlite_database.location
    impatient = open_database(f"sqlite:///{path}", home=tmp_path, lock_timeout_seconds=0.2)
    with another_process(HOLD, path), closing(impatient):
        started = time.monotonic()
        with pytest.raises(Conflict, match="ELDERS_LOCK_TIMEOUT_SECONDS"), impatient.write():
            pytest.fail("two writers at once")
        assert time.monotonic() - started < 2
        with impatient.read() as connection:
            assert connection.scalar(select(counters.c.seq)) == 0


WRITE = """
import sys
from pathlib import Path
from sqlalchemy import update
from foundation.database.engine import open_database
from foundation.database.failures import explain_sqlite
from foundation.database.schema import changes, counters
database = open_database(None, home=Path(sys.argv[1]))
print("ready", flush=True)
for seq in range(1, 100000):
    with database.write() as connection:
        connection.execute(update(counters).values(seq=seq))
        database.bulk_insert(connection, changes, [
            {"seq": 1000 * seq + n, "at": 0, "kind": "k", "collection": "c", "document_id": None,
             "subject": "x" * 300, "actor": "a", "details": {}} for n in range(50)
        ])
    print(seq, flush=True)
"""


@pytest.mark.parametrize("after_commits", [1, 12])
def test_a_killed_writer_leaves_every_acknowledged_row_and_no_half_transaction(
    sqlite_database: Database, after_commits: int
) -> None:
    home = Path(sqlite_database.location).parent
    with another_process(WRITE, home) as process:
        assert process.stdout is not None
        acknowledged = 0
        while acknowledged < after_commits:
            acknowledged = int(process.stdout.readline())
        time.sleep(0.003 * after_commits)
        process.send_signal(signal.SIGKILL)
        acknowledged = max([acknowledged, *map(int, process.stdout.read().split())])
    with sqlite_database.read() as connection:
        seq = connection.scalar(select(counters.c.seq))
        stored = connection.scalars(select(changes.c.seq).order_by(changes.c.seq)).all()
    assert seq in (acknowledged, acknowledged + 1)
    assert stored == [1000 * s + n for s in range(1, seq + 1) for n in range(50)]
    assert sqlite_database.check(deep=True).problems == ()
    with sqlite_database.write() as connection:
        connection.execute(counters.update().values(seq=0))
