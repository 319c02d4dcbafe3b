"""How a connection to PostgreSQL is made: its address, its limits, its kind."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from foundation.database.values import dump_json
from foundation.errors import InvalidInput

if TYPE_CHECKING:
    from psycopg import Connection as Driver
    from psycopg_pool import ConnectionPool


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """How many connections there are, and how long anything may take.

    Attributes:
        min_size: connections held open.
        max_size: connections at the most; beyond it a caller waits.
        wait_seconds: how long one attempt waits for a pooled connection.
        retries: further attempts, with jittered delays from 0.1 s, before a connection of its own
            is opened as the last resort.
        connect_timeout_seconds: how long opening a connection may take; libpq takes whole seconds,
            at least 2.
        statement_timeout_seconds: how long a statement may run, unless a write() says otherwise.
        idle_in_transaction_timeout_seconds: how long a transaction may stand still.
        max_lifetime_seconds: the age at which a connection is replaced.
        max_idle_seconds: the time after which unused connections beyond `min_size` are closed.
    """

    min_size: int = 10
    max_size: int = 50
    wait_seconds: float = 1.0
    retries: int = 2
    connect_timeout_seconds: int = 3
    statement_timeout_seconds: float = 10.0
    idle_in_transaction_timeout_seconds: float = 60.0
    max_lifetime_seconds: float = 3600.0
    max_idle_seconds: float = 600.0


def milliseconds(seconds: float) -> int:
    """Convert for the server, to which 0 would mean for ever."""
    return max(1, int(seconds * 1000))


def configure(connection: Driver[Any]) -> None:
    """Let JSON be written as it is on SQLite."""
    from psycopg.types.json import set_json_dumps

    set_json_dumps(dump_json, connection)


def connection_class() -> type[Driver[Any]]:
    """Make the kind of connection that SQLAlchemy can use although a pool of psycopg's owns it.

    Its attribute `owner` is the pool that it was taken from, if any. SQLAlchemy closes a connection
    that it is done with, and greets it each time anew. Here closing gives it back to its pool, also
    when it is broken (the pool's own `close_returns` keeps broken ones out for ever, and so runs
    dry), and the handler of notices that SQLAlchemy adds at each greeting is kept once, not
    thousands of times.

    Raises:
        InvalidInput: the driver is not installed.
    """
    try:
        import psycopg
    except ImportError as error:
        raise InvalidInput("PostgreSQL needs its driver: pip install -e '.[postgres]'") from error

    class PooledConnection(psycopg.Connection[Any]):
        owner: ConnectionPool[Any] | None = None

        def close(self) -> None:
            owner, self.owner = self.owner, None
            if owner is None:
                super().close()
            else:
                owner.putconn(self)

        def add_notice_handler(self, callback: Callable[[psycopg.errors.Diagnostic], None]) -> None:
            with suppress(ValueError):
                self.remove_notice_handler(callback)
            super().add_notice_handler(callback)

    return PooledConnection


def lend(connection: Any, owner: ConnectionPool[Any]) -> None:  # noqa: ANN401 - of the class above
    """Let closing the connection give it back to its owner."""
    connection.owner = owner


def read_url(url: str, settings: PoolSettings) -> tuple[str, str, str]:
    """Turn a URL into libpq's form, how messages name it, and the password to keep out of them.

    Raises:
        InvalidInput: the URL cannot be read; the message repeats no part of it.
    """
    from psycopg import Error
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    unreadable = InvalidInput(
        "the database URL cannot be read: write postgresql://USER:PASSWORD@HOST:PORT/NAME, with "
        "special characters in the password percent-encoded (@ as %40, / as %2F)"
    )
    try:
        parts = conninfo_to_dict(f"postgresql://{url.partition('://')[2]}")
    except Error:
        raise unreadable from None
    ports = str(parts.get("port") or "0").split(",")
    if "@" in f"{parts.get('host')}{parts.get('dbname')}" or not all(map(str.isdigit, ports)):
        raise unreadable  # an unquoted password has spilt over into the other parts
    idle_ms = milliseconds(settings.idle_in_transaction_timeout_seconds)
    limits = (
        f"-c statement_timeout={milliseconds(settings.statement_timeout_seconds)} "
        f"-c idle_in_transaction_session_timeout={idle_ms}"
    )
    settled: dict[str, Any] = {
        "application_name": "elders",
        "connect_timeout": settings.connect_timeout_seconds,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
        **parts,
        "client_encoding": "UTF8",
        "options": f"{parts.get('options') or ''} {limits}".strip(),
    }
    where = f"{parts.get('host', 'localhost')}:{parts.get('port', 5432)}/{parts.get('dbname', '')}"
    return make_conninfo(**settled), f"postgresql://{where}", str(parts.get("password") or "")
