"""The truth on a PostgreSQL server, through a pool of connections."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from random import Random
from typing import TYPE_CHECKING, Any, Final, Literal

from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from foundation.database.connecting import (
    PoolSettings,
    configure,
    connection_class,
    lend,
    milliseconds,
    read_url,
)
from foundation.database.failures import explain_postgres
from foundation.database.schema import metadata
from foundation.errors import Conflict, GuildError, Unavailable
from foundation.retry import backoff, retry

if TYPE_CHECKING:
    from psycopg import Connection as Driver
    from psycopg_pool import ConnectionPool

_OLDEST_SERVER: Final = 150000
_SCHEMA_LOCK: Final = 0x656C64657273  # "elders": the advisory lock of migrations
_POLL_SECONDS: Final = 0.05
_OLDER_TRANSACTIONS: Final = (
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND (age(backend_xmin) > age(%s::xid) OR age(backend_xid) > age(%s::xid))"
)
_TRUTHS_LOCK: Final = "SELECT 1 FROM counters WHERE id = 1 FOR UPDATE"


class PostgresBackend:
    """A server's database behind a pool whose connections are checked before each use."""

    dialect: Literal["postgresql"] = "postgresql"

    def __init__(
        self,
        url: str,
        *,
        pool: PoolSettings,
        rng: Random,
        sleep: Callable[[float], object] = time.sleep,
        lock: str = _TRUTHS_LOCK,
    ) -> None:
        """Connect once, look at the server, and start the pool.

        Args:
            url: of the database.
            pool: how many connections, and how patient.
            rng: spreads what is tried again.
            sleep: how to wait.
            lock: a statement that takes the one lock of all writers of these tables.

        Raises:
            InvalidInput: the URL cannot be read, or the driver is not installed.
            Unavailable: the server does not answer or refuses the login.
            Conflict: the server is too old or its database does not hold Unicode.
        """
        self._settings, self._rng, self._sleep = pool, rng, sleep
        self._locks = {"rows": lock, "schema": f"SELECT pg_advisory_xact_lock({_SCHEMA_LOCK})"}
        self._connection_class = connection_class()
        self._conninfo, self.location, self._secret = read_url(url, pool)
        self._greet()
        self._pool = self._open_pool()
        self._writers = create_engine(
            "postgresql+psycopg://",
            creator=self._checkout,
            poolclass=NullPool,
            hide_parameters=True,
        )
        self._readers = self._writers.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    def reader(self) -> Connection:
        """Open a connection whose transaction sees the database as it is at its first query."""
        return self._readers.connect()

    def writer(
        self,
        *,
        wait_seconds: float,
        statement_timeout_seconds: float | None,
        lock: Literal["rows", "schema"],
    ) -> Connection:
        """Open a connection in a transaction that holds the one lock of all writers.

        READ COMMITTED is right here: whoever has waited for the lock must see what its holder
        committed. A connection that is lost before it has the lock is replaced.
        """
        timeout = statement_timeout_seconds or self._settings.statement_timeout_seconds
        prologue = (
            f"SET LOCAL statement_timeout = 0; "
            f"SET LOCAL lock_timeout = {milliseconds(wait_seconds)}; "
            f"{self._locks[lock]}; "
            f"SET LOCAL statement_timeout = {0 if lock == 'schema' else milliseconds(timeout)}"
        )
        return retry(
            lambda: self._begin(prologue), on=_Lost, schedule=self._delays(), sleep=self._sleep
        )

    def explain(
        self,
        error: BaseException,
        *,
        reading: bool,  # noqa: ARG002 - the server itself says which transaction only reads
    ) -> GuildError | None:
        """Say what an error means; None if it is no failure of the database."""
        cause = error.cause if isinstance(error, _Lost) else error
        return explain_postgres(cause, location=self.location, secret=self._secret)

    def problems(self, connection: Connection, *, deep: bool) -> list[str]:
        """Look for constraints and indexes that the server itself does not vouch for."""
        if not deep:
            return []
        constraints = connection.exec_driver_sql(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint "
            "WHERE NOT convalidated AND connamespace = current_schema()::regnamespace"
        )
        indexes = connection.exec_driver_sql(
            "SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON oid = indexrelid "
            "WHERE NOT indisvalid AND relnamespace = current_schema()::regnamespace"
        )
        return [
            *(f"table {table}: {name} was never verified" for table, name in constraints),
            *(f"the index {name} is not valid: REINDEX it" for (name,) in indexes),
        ]

    def reclaim(self, *, wait_seconds: float) -> None:
        """Rewrite every table, so that no deleted row remains in its file.

        Raises:
            Conflict: a transaction that began before still sees deleted rows; nothing is lost, it
                may be tried again.
        """
        from psycopg import sql

        connection = self._connect()
        try:
            connection.autocommit = True
            connection.execute("SET statement_timeout = 0")
            connection.execute(sql.SQL("SET lock_timeout = {}").format(milliseconds(wait_seconds)))
            self._outwait_older_transactions(connection, wait_seconds)
            for name in metadata.tables:
                connection.execute(
                    sql.SQL("VACUUM (FULL, ANALYZE) {}").format(sql.Identifier(name))
                )
        finally:
            connection.close()

    def _outwait_older_transactions(self, connection: Driver[Any], wait_seconds: float) -> None:
        """Wait until nobody sees the rows as they were: VACUUM would keep them, without a word."""
        (now,) = connection.execute("SELECT pg_current_xact_id()::xid::text").fetchone() or ("",)
        for _ in range(max(1, int(wait_seconds / _POLL_SECONDS))):
            if not connection.execute(_OLDER_TRANSACTIONS, [now, now]).fetchall():
                return
            self._sleep(_POLL_SECONDS)
        raise Conflict(
            f"the database {self.location} is being read or written, so that deleted rows cannot "
            "be removed yet; end long searches and exports, then reclaim again"
        )

    def close(self) -> None:
        """Close every connection of the pool."""
        self._pool.close()

    def _begin(self, prologue: str) -> Connection:
        connection = self._writers.connect()
        try:
            connection.begin()
            connection.exec_driver_sql(prologue, execution_options={"no_parameters": True})
        except DBAPIError as error:
            connection.close()
            if error.connection_invalidated:
                raise _Lost(error) from error
            raise
        except BaseException:
            connection.close()
            raise
        return connection

    def _delays(self) -> Iterator[float]:
        return backoff(self._rng, retries=self._settings.retries)

    def _checkout(self) -> Driver[Any]:
        """Take a connection from the pool; open one beside it as the last resort."""
        from psycopg import OperationalError
        from psycopg_pool import PoolClosed

        try:
            return retry(
                self._pooled, on=OperationalError, schedule=self._delays(), sleep=self._sleep
            )
        except PoolClosed:
            raise
        except OperationalError:
            return self._connect()

    def _pooled(self) -> Driver[Any]:
        """Take the first connection that still lives: after a restart of the server all are dead.

        The pool's own check would wait for about a second after each of them.
        """
        from psycopg import OperationalError

        for _ in range(self._settings.max_size):
            taken = self._pool.getconn(timeout=self._settings.wait_seconds)
            lend(taken, self._pool)
            try:
                self._pool.check_connection(taken)
            except OperationalError:
                taken.close()
            else:
                return taken
        raise OperationalError("every connection of the pool was broken")

    def _connect(self) -> Driver[Any]:
        connection = self._connection_class.connect(self._conninfo)
        configure(connection)
        return connection

    def _greet(self) -> None:
        """Look at the server before any pool asks it ten times over."""
        from psycopg import Error, OperationalError

        try:
            connection = retry(
                self._connect, on=OperationalError, schedule=self._delays(), sleep=self._sleep
            )
        except Error as error:
            raise self._explained(error) from error
        version = connection.info.server_version
        encoding = connection.info.parameter_status("server_encoding")
        connection.close()
        if version < _OLDEST_SERVER:
            raise Conflict(
                f"the database {self.location} runs PostgreSQL {version // 10000}: use 15 or newer"
            )
        if encoding != "UTF8":
            raise Conflict(
                f"the database {self.location} is encoded as {encoding}, which cannot hold every "
                "text: make one with ENCODING 'UTF8'"
            )

    def _explained(self, error: Exception) -> GuildError:
        return self.explain(error, reading=False) or Unavailable(
            f"the database {self.location} did not answer"
        )

    def _open_pool(self) -> ConnectionPool[Driver[Any]]:
        from psycopg_pool import ConnectionPool

        return ConnectionPool(
            self._conninfo,
            connection_class=self._connection_class,
            configure=configure,
            min_size=self._settings.min_size,
            max_size=self._settings.max_size,
            max_lifetime=self._settings.max_lifetime_seconds,
            max_idle=self._settings.max_idle_seconds,
            timeout=self._settings.wait_seconds,
            name="elders",
            open=True,
        )


class _Lost(Exception):  # noqa: N818 - a signal to retry, never seen outside this package
    """The connection broke before the transaction had done anything."""

    def __init__(self, cause: DBAPIError) -> None:
        super().__init__(str(cause))
        self.cause = cause
