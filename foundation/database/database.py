"""One database for the truth, whichever engine holds it: consistent reads, one writer at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from sqlalchemy import Connection, Table
from sqlalchemy.exc import SQLAlchemyError

from foundation.database import bulk
from foundation.database.revision import HEAD, current_revision
from foundation.errors import Conflict, GuildError, InvalidInput, Unavailable

Dialect = Literal["sqlite", "postgresql"]


class Backend(Protocol):
    """One SQL engine. Behaviour (tests/foundation/database): what Database promises."""

    @property
    def dialect(self) -> Dialect:
        """Name the SQL engine."""
        ...

    @property
    def location(self) -> str:
        """Name the file or the server, without a password."""
        ...

    def reader(self) -> Connection:
        """Open a connection for one read-only, repeatable transaction."""
        ...

    def writer(
        self,
        *,
        wait_seconds: float,
        statement_timeout_seconds: float | None,
        lock: Literal["rows", "schema"],
    ) -> Connection:
        """Open a connection in a transaction that already holds the lock."""
        ...

    def explain(self, error: BaseException, *, reading: bool) -> GuildError | None:
        """Say what an error means; None if it is no failure of the database."""
        ...

    def problems(self, connection: Connection, *, deep: bool) -> list[str]:
        """Look for damage."""
        ...

    def reclaim(self, *, wait_seconds: float) -> None:
        """Give deleted bytes back to the disk."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...


@dataclass(frozen=True, slots=True)
class Health:
    """What a check found: `location` holds no password, `problems` is empty when all is well."""

    dialect: str
    location: str
    revision: str
    problems: Sequence[str]


class Database:
    """The truth's tables on one engine. Threads may share it; a forked child must open its own."""

    def __init__(
        self,
        backend: Backend,
        *,
        lock_timeout_seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._backend = backend
        self._lock_timeout_seconds = lock_timeout_seconds
        self._monotonic = monotonic
        self._turn = threading.Lock()
        self._holder: int | None = None
        self._closed = False

    @property
    def dialect(self) -> Dialect:
        """Name the SQL engine."""
        return self._backend.dialect

    @property
    def location(self) -> str:
        """Name the file or the server, without a password."""
        return self._backend.location

    @property
    def is_writing(self) -> bool:
        """Tell whether this thread is within a `write()`."""
        return self._holder == threading.get_ident()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Read in one transaction: every query in it sees the state at the first of them.

        On PostgreSQL a query may take as long as the statement timeout, and the transaction is
        ended after the idle timeout: read first, work afterwards.

        Raises:
            Unavailable: the database did not answer.
            InvalidInput: something was to be written.
        """
        with self._translated(reading=True):
            connection = self._backend.reader()
            try:
                yield connection
            finally:
                _let_go(connection)

    def write(
        self, *, statement_timeout_seconds: float | None = None
    ) -> AbstractContextManager[Connection]:
        """Write in the one write transaction: committed at the end, undone on any error.

        Nobody else writes meanwhile, in no thread, process or machine.

        Args:
            statement_timeout_seconds: for statements that rightly take long (a large COPY);
                without it the pool's timeout holds. SQLite has none.

        Raises:
            Conflict: another writer did not end in time, or a constraint forbids a row.
            Unavailable: the database did not answer, or its disk is full; nothing was written,
                unless the message says that the outcome is unknown.
        """
        return self._transaction("rows", statement_timeout_seconds)

    def changing_schema(self) -> AbstractContextManager[Connection]:
        """Write as migrations do: before the tables exist, and without a statement timeout."""
        return self._transaction("schema", None)

    def bulk_insert(
        self,
        connection: Connection,
        table: Table | str,
        rows: Sequence[Mapping[str, Any]],
        *,
        on_conflict: bulk.OnConflict = "error",
    ) -> int:
        """Write many rows in the connection's transaction; see `bulk.bulk_insert`."""
        return bulk.bulk_insert(connection, table, rows, on_conflict=on_conflict)

    def check(self, *, deep: bool = False) -> Health:
        """Ask whether the database answers and holds what it should.

        Args:
            deep: also look for damage, which reads a whole SQLite file.

        Raises:
            Unavailable: it does not answer, or is too damaged to be read.
        """
        with self.read() as connection:
            connection.exec_driver_sql("SELECT 1")
            revision = current_revision(connection)
            problems = [] if revision == HEAD else [f"its schema is at {revision}"]
            if (
                not problems
                and connection.exec_driver_sql("SELECT count(*) FROM counters").scalar() != 1
            ):
                problems.append("its row of counters is missing or double")
            problems += self._backend.problems(connection, deep=deep)
        return Health(self.dialect, self.location, revision or "none", tuple(problems))

    def reclaim(self) -> None:
        """Remove the bytes of deleted rows from the database's files, and make them smaller.

        It rewrites the tables and takes as long as that takes; call it after a purge.

        Raises:
            Conflict: a reader or writer did not end in time; call it again.
        """
        with self._translated(reading=False), self._alone() as wait_seconds:
            self._backend.reclaim(wait_seconds=wait_seconds)

    def close(self) -> None:
        """Close every connection; the database cannot be used afterwards."""
        self._closed = True
        self._backend.close()

    @contextmanager
    def _transaction(
        self, lock: Literal["rows", "schema"], statement_timeout_seconds: float | None
    ) -> Iterator[Connection]:
        with self._translated(reading=False), self._alone() as wait_seconds:
            connection = self._backend.writer(
                wait_seconds=wait_seconds,
                statement_timeout_seconds=statement_timeout_seconds,
                lock=lock,
            )
            try:
                yield connection
                self._commit(connection)
            finally:
                _let_go(connection)

    def _commit(self, connection: Connection) -> None:
        try:
            connection.commit()
        except SQLAlchemyError as error:
            if getattr(error, "connection_invalidated", False):
                raise Unavailable(
                    f"the connection to the database {self.location} was lost during a commit: "
                    "whether it took place is unknown, look before trying again"
                ) from None
            raise

    @contextmanager
    def _alone(self) -> Iterator[float]:
        """Take this process's turn to write; yields the seconds left to wait for the others."""
        if self.is_writing:
            raise InvalidInput("a write() within a write() would wait for itself: use one")
        deadline = self._monotonic() + self._lock_timeout_seconds
        if not self._turn.acquire(timeout=self._lock_timeout_seconds):
            raise Conflict(
                f"another thread has been writing to the database {self.location} for more than "
                f"{self._lock_timeout_seconds:g} s; wait until it ends, or allow more time by "
                "ELDERS_LOCK_TIMEOUT_SECONDS"
            )
        self._holder = threading.get_ident()
        try:
            yield max(0.001, deadline - self._monotonic())
        finally:
            self._holder = None
            self._turn.release()

    @contextmanager
    def _translated(self, *, reading: bool) -> Iterator[None]:
        """Raise the platform's errors in place of the drivers'.

        Only what concerns the server keeps its cause: other messages of a driver quote rows.
        """
        if self._closed:
            raise Unavailable(f"the database {self.location} was closed: open it again")
        try:
            yield
        except GuildError:
            raise
        except Exception as error:
            explained = self._backend.explain(error, reading=reading)
            if explained is None:
                raise
            raise explained from (error if isinstance(explained, Unavailable) else None)


def _let_go(connection: Connection) -> None:
    """Undo what is open and give the connection back; a lost one has nothing to undo."""
    with suppress(SQLAlchemyError):
        connection.rollback()
    with suppress(SQLAlchemyError):
        connection.close()
