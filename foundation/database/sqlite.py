"""The truth in one SQLite file: many readers, one writer, every commit on the disk."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final, Literal

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from foundation.database.failures import explain_sqlite
from foundation.database.values import dump_json
from foundation.errors import Conflict, GuildError, InvalidInput, Unavailable
from foundation.retry import backoff, retry

# FULL keeps acknowledged rows through a power cut; secure_delete overwrites what is deleted.
_ON_EVERY_CONNECTION: Final = (
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",
    "PRAGMA journal_size_limit=67108864",
)
_READER: Final = (
    *_ON_EVERY_CONNECTION,
    "PRAGMA query_only=ON",
    "PRAGMA cache_size=-16384",
    "PRAGMA mmap_size=268435456",
)
_WRITER: Final = (*_ON_EVERY_CONNECTION, "PRAGMA cache_size=-65536")
_READERS_KEPT: Final = 8
_READERS_MORE: Final = 42


class _Busy(Exception):  # noqa: N818 - a signal to retry, never seen outside
    """Another process is switching the journal at this very moment."""


class SqliteBackend:
    """One file in WAL mode, with a pool of readers and a single writing connection.

    Readers are set to `query_only`, so that a mistaken write fails in a read() on SQLite as it
    does on PostgreSQL.
    """

    dialect: Literal["sqlite"] = "sqlite"

    def __init__(
        self,
        path: Path,
        *,
        lock_timeout_seconds: float,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        """Open the file, making it and its folder if need be.

        Raises:
            Unavailable: the file cannot be opened, or is no database.
            Conflict: another process holds it, or its file system cannot lock.
        """
        self.location = str(path)
        self._busy_ms = max(1, int(lock_timeout_seconds * 1000))
        _make_folder(path)
        try:
            _switch_to_wal(path, lock_timeout_seconds, sleep)
        except sqlite3.Error as error:
            raise self._explained(error) from error
        self._readers = _engine(
            path, "BEGIN", _READER, self._busy_ms, kept=_READERS_KEPT, more=_READERS_MORE
        )
        self._writer = _engine(path, "BEGIN IMMEDIATE", _WRITER, self._busy_ms, kept=1, more=0)

    def reader(self) -> Connection:
        """Open a connection whose transaction sees the file as it is at its first query."""
        connection = self._readers.connect()
        return _begun(connection)

    def writer(
        self,
        *,
        wait_seconds: float,
        statement_timeout_seconds: float | None,  # noqa: ARG002 - a statement here has no timeout
        lock: Literal["rows", "schema"],  # noqa: ARG002 - there is one lock for both
    ) -> Connection:
        """Open the connection that may write, in a transaction that holds the file's lock."""
        connection = self._writer.connect()
        _driver(connection).execute(f"PRAGMA busy_timeout={max(1, int(wait_seconds * 1000))}")
        return _begun(connection)

    def explain(self, error: BaseException, *, reading: bool) -> GuildError | None:
        """Say what an error means; None if it is no failure of the database."""
        return explain_sqlite(error, location=self.location, reading=reading)

    def problems(self, connection: Connection, *, deep: bool) -> list[str]:
        """Look for damage; deep reads the whole file."""
        if not deep:
            return []
        found = [
            str(row[0])
            for row in connection.exec_driver_sql("PRAGMA quick_check(20)")
            if row[0] != "ok"
        ]
        found += [
            f"table {row[0]}: row {row[1]} refers to a missing row of {row[2]}"
            for row in connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(20)
        ]
        return found

    def reclaim(self, *, wait_seconds: float) -> None:
        """Empty the write-ahead log and rewrite the file without its free pages.

        Raises:
            Conflict: a reader still needs the log; nothing is lost, it may be tried again.
        """
        with self._writer.connect() as connection:
            driver = _driver(connection)
            driver.execute(f"PRAGMA busy_timeout={max(1, int(wait_seconds * 1000))}")
            self._truncate_log(driver)
            driver.execute("VACUUM")
            self._truncate_log(driver)

    def close(self) -> None:
        """Close every connection."""
        self._readers.dispose()
        self._writer.dispose()

    def _truncate_log(self, driver: sqlite3.Connection) -> None:
        busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise Conflict(
                f"the database {self.location} is being read or written, so that old bytes remain "
                "in its write-ahead log; end long searches and exports, then reclaim again"
            )

    def _explained(self, error: sqlite3.Error) -> GuildError:
        return self.explain(error, reading=False) or Unavailable(
            f"the database {self.location} cannot be opened: {error}"
        )


def _make_folder(path: Path) -> None:
    if path.is_dir():
        raise InvalidInput(f"{path} is a folder: name the database file within it")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(
            f"the folder {path.parent} for the database cannot be made: {error.strerror}; "
            "choose another by ELDERS_HOME"
        ) from error


def _switch_to_wal(path: Path, patience_seconds: float, sleep: Callable[[float], object]) -> None:
    """Set the journal mode once: SQLite stores it in the file.

    While two processes switch at once, SQLite refuses one of them without waiting.
    """
    delays = backoff(
        Random(),  # noqa: S311 - jitter, no secret
        retries=max(5, int(patience_seconds * 10)),
        initial_seconds=0.01,
        ceiling_seconds=0.2,
    )
    mode = retry(partial(_wal, path, patience_seconds), on=_Busy, schedule=delays, sleep=sleep)
    if mode != "wal":
        raise Conflict(
            f"the database {path} cannot use a write-ahead log: its file system lacks shared "
            "memory; put ELDERS_HOME on a local disk"
        )


def _wal(path: Path, patience_seconds: float) -> str:
    connection = sqlite3.connect(path, timeout=patience_seconds, isolation_level=None)
    try:
        return str(connection.execute("PRAGMA journal_mode=WAL").fetchone()[0])
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            raise _Busy from error
        raise
    finally:
        connection.close()


def _engine(
    path: Path, begin: str, pragmas: tuple[str, ...], busy_ms: int, *, kept: int, more: int
) -> Engine:
    """Build an engine in which SQLAlchemy, not the driver, opens the transactions."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"isolation_level": None, "timeout": busy_ms / 1000},
        hide_parameters=True,
        json_serializer=dump_json,
        poolclass=QueuePool,
        pool_size=kept,
        max_overflow=more,
        pool_timeout=busy_ms / 1000,
    )

    def prepare(driver: sqlite3.Connection, _record: object) -> None:
        for pragma in pragmas:
            driver.execute(pragma)

    def open_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", open_transaction)
    return engine


def _driver(connection: Connection) -> Any:  # noqa: ANN401 - the driver's own connection
    return connection.connection.driver_connection


def _begun(connection: Connection) -> Connection:
    try:
        connection.begin()
    except BaseException:
        connection.close()
        raise
    return connection
