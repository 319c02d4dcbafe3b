from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from foundation.database.engine import Database, open_database
from foundation.database.failures import explain_sqlite
from foundation.database.schema import changes, collections, counters
from foundation.errors import Conflict, GuildError, InvalidInput, Unavailable

PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "secure_delete": 1,
}


def pragma(connection: Connection, name: str) -> object:
    return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


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


def test_every_connection_is_set_to_lose_nothing(sqlite_database: Database) -> None:
    with ExitStack() as stack:
        readers = [stack.enter_context(sqlite_database.read()) for _ in range(12)]
        writer = stack.enter_context(sqlite_database.write())
        for connection in (*readers, writer):
            assert {name: pragma(connection, name) for name in PRAGMAS} == PRAGMAS
        assert all(pragma(reader, "query_only") == 1 for reader in readers)
        assert all(int(str(pragma(reader, "busy_timeout"))) == 30_000 for reader in readers)
        assert pragma(writer, "query_only") == 0
        assert 0 < int(str(pragma(writer, "busy_timeout"))) <= 30_000


def test_a_writer_holds_the_lock_before_its_first_statement(sqlite_database: Database) -> None:
    other = sqlite3.connect(sqlite_database.location, timeout=0, isolation_level=None)
    locked = pytest.raises(sqlite3.OperationalError, match="locked")
    with closing(other), sqlite_database.write(), locked:
        other.execute("BEGIN IMMEDIATE")


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


def rows(start: int, count: int) -> list[dict[str, object]]:
    return [
        {
            "seq": seq, "at": 0, "kind": "k", "collection": "c", "document_id": None,
            "subject": "x" * 500, "actor": "a", "details": {},
        }
        for seq in range(start, start + count)
    ]  # fmt: skip


def test_a_full_disk_undoes_the_transaction_and_says_so(sqlite_database: Database) -> None:
    with sqlite_database.write() as connection:
        sqlite_database.bulk_insert(connection, changes, rows(0, 10))
    with sqlite_database.write() as connection:
        pages = int(str(pragma(connection, "page_count")))
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 20}")

    def overfill() -> None:
        with sqlite_database.write() as connection:
            sqlite_database.bulk_insert(connection, changes, rows(10, 5))
            sqlite_database.bulk_insert(connection, changes, rows(15, 2000))

    with pytest.raises(Unavailable, match="space"):
        overfill()
    with sqlite_database.read() as reader:
        assert reader.scalar(select(func.count()).select_from(changes)) == 10
    with sqlite_database.write() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=100000")
    with sqlite_database.write() as connection:
        sqlite_database.bulk_insert(connection, changes, rows(10, 2000))
    assert sqlite_database.check(deep=True).problems == ()


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "truth.db"
    path.write_text("these are my notes, not a database\n" * 100)
    before = path.read_bytes()
    with pytest.raises(Unavailable, match="not a SQLite database"):
        open_database(None, home=tmp_path)
    assert path.read_bytes() == before


def test_a_damaged_file_is_reported_and_not_read_as_empty(sqlite_database: Database) -> None:
    with sqlite_database.write() as connection:
        sqlite_database.bulk_insert(connection, changes, rows(0, 3000))
    sqlite_database.reclaim()
    path = Path(sqlite_database.location)
    sqlite_database.close()
    damaged = bytearray(path.read_bytes())
    for page in range(100, 200, 3):
        damaged[page * 4096 : page * 4096 + 4096] = os.urandom(4096)
    path.write_bytes(damaged)
    opened = open_database(None, home=path.parent)
    with closing(opened):
        with pytest.raises(Unavailable, match="damaged"), opened.read() as connection:
            connection.execute(select(changes)).all()
        assert opened.check(deep=True).problems


def test_a_row_without_its_parent_is_found_by_a_deep_check(sqlite_database: Database) -> None:
    with closing(sqlite3.connect(sqlite_database.location)) as raw:
        raw.execute("INSERT INTO bands (band, document_id) VALUES (1, 'nobody')")
        raw.commit()
    assert sqlite_database.check().problems == ()
    (problem,) = sqlite_database.check(deep=True).problems
    assert "bands" in problem
    assert "documents" in problem


def test_a_file_that_may_not_be_written_says_so(sqlite_database: Database) -> None:
    uri = f"file:{sqlite_database.location}?mode=ro"
    raw = sqlite3.connect(uri, uri=True)
    with closing(raw), pytest.raises(sqlite3.OperationalError) as caught:
        raw.execute("UPDATE counters SET seq = 1")
    explained = explain_sqlite(caught.value, location="/x/truth.db", reading=False)
    assert isinstance(explained, Unavailable)
    assert "/x/truth.db is read-only" in str(explained)


@pytest.mark.parametrize(
    ("prepare", "kind", "words"),
    [
        (lambda home: home.write_text("a file"), Unavailable, "cannot be made"),
        (lambda home: (home / "truth.db").mkdir(parents=True), InvalidInput, "is a folder"),
    ],
)
def test_a_home_that_cannot_be_one_is_refused(
    tmp_path: Path, prepare: Callable[[Path], object], kind: type[GuildError], words: str
) -> None:
    home = tmp_path / "home"
    prepare(home)
    with pytest.raises(kind, match=words):
        open_database(None, home=home)


def test_a_missing_home_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    open_database(None, home=home).close()
    assert (home / "truth.db").exists()
    assert home.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://u:hunter2@h/d", "x"])
def test_an_address_of_no_use_is_refused_without_repeating_it(tmp_path: Path, url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        open_database(url, home=tmp_path)
    assert "hunter2" not in str(caught.value)


def test_deleted_text_is_in_no_file_after_reclaiming(sqlite_database: Database) -> None:
    marker = "purge-me-" + "z" * 40

    def files_with_marker() -> list[str]:
        folder = Path(sqlite_database.location).parent
        return [path.name for path in folder.iterdir() if marker.encode() in path.read_bytes()]

    with sqlite_database.write() as connection:
        sqlite_database.bulk_insert(
            connection, collections, [{"name": f"{marker}{n}", "created_seq": n} for n in range(99)]
        )
    assert files_with_marker()
    with sqlite_database.write() as connection:
        connection.execute(collections.delete())
    sqlite_database.reclaim()
    assert files_with_marker() == []


def test_reclaiming_makes_the_file_smaller(sqlite_database: Database) -> None:
    with sqlite_database.write() as connection:
        sqlite_database.bulk_insert(connection, changes, rows(0, 5000))
    sqlite_database.reclaim()
    large = Path(sqlite_database.location).stat().st_size
    with sqlite_database.write() as connection:
        connection.execute(changes.delete())
    sqlite_database.reclaim()
    assert Path(sqlite_database.location).stat().st_size < large / 5


def test_more_readers_than_there_are_connections_are_told_so(
    sqlite_database: Database, tmp_path: Path
) -> None:
    url = f"sqlite:///{sqlite_database.location}"
    impatient = open_database(url, home=tmp_path, lock_timeout_seconds=0.1)
    with closing(impatient), ExitStack() as stack:
        for _ in range(50):
            stack.enter_context(impatient.read())
        with pytest.raises(Unavailable, match="in use"), impatient.read():
            pytest.fail("a fifty-first reader")


def test_a_copy_of_the_template_has_its_own_rows(
    sqlite_template: Path, sqlite_database: Database, tmp_path: Path
) -> None:
    with sqlite_database.write() as connection:
        connection.execute(counters.update().values(seq=9))
    shutil.copy(sqlite_template, tmp_path / "truth.db")
    with closing(open_database(None, home=tmp_path)) as fresh, fresh.read() as connection:
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
