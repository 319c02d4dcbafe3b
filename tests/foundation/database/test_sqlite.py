from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from foundation.database.engine import Database, open_database
from foundation.database.failures import explain_sqlite
from foundation.database.schema import changes, collections, counters
from foundation.errors import GuildError, InvalidInput, Unavailable

PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "secure_delete": 1,
}


def pragma(connection: Connection, name: str) -> object:
    return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


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
    pages = len(damaged) // 4096
    for page in range(pages // 2, pages, 3):  # the rows: what tables there are stands before them
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
