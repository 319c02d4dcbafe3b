"""Opening the truth: one file by default, a PostgreSQL server by its URL."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Final

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from foundation.database import migrations
from foundation.database.connecting import PoolSettings
from foundation.database.database import Backend, Database, Health
from foundation.database.postgres import PostgresBackend
from foundation.database.sqlite import SqliteBackend
from foundation.errors import InvalidInput

__all__ = ["Database", "Health", "PoolSettings", "open_database"]

FILE_NAME: Final = "truth.db"


def open_database(
    url: str | None,
    *,
    home: Path,
    migrate: bool = True,
    pool: PoolSettings = PoolSettings(),  # noqa: B008 - frozen
    lock_timeout_seconds: float = 30.0,
    rng: Random | None = None,
    sleep: Callable[[float], object] = time.sleep,
) -> Database:
    """Open the truth, by default the file `truth.db` in the home.

    Args:
        url: `postgresql://user:password@host:port/name`, `sqlite:////path/to/file`, or None.
        home: the folder of the default file; made if it is missing.
        migrate: bring the tables to this program's state; without it, they must be.
        pool: connections and timeouts, for PostgreSQL.
        lock_timeout_seconds: how long a writer waits for another one.
        rng: the jitter of retries.
        sleep: how to wait between retries.

    Raises:
        InvalidInput: the URL is of no known kind.
        Unavailable: the database does not answer, or is no database.
        Conflict: it is of a newer version of this program, or (without `migrate`) of an older one.
    """
    scheme = url.partition("://")[0].partition("+")[0].lower() if url else "sqlite"
    backend: Backend
    if url and scheme in ("postgresql", "postgres"):
        jitter = rng or Random()  # noqa: S311 - no secret
        backend = PostgresBackend(url, pool=pool, rng=jitter, sleep=sleep)
    elif scheme == "sqlite":
        path = _sqlite_path(url) if url else home / FILE_NAME
        backend = SqliteBackend(path, lock_timeout_seconds=lock_timeout_seconds, sleep=sleep)
    else:
        raise InvalidInput(
            "the database URL must begin with postgresql:// or sqlite://; check ELDERS_DATABASE_URL"
        )
    database = Database(backend, lock_timeout_seconds=lock_timeout_seconds)
    try:
        if migrate:
            migrations.upgrade(database)
        else:
            migrations.require_head(database)
    except BaseException:
        with suppress(SQLAlchemyError):
            database.close()
        raise
    return database


def _sqlite_path(url: str) -> Path:
    try:
        name = make_url(url).database
    except ArgumentError:
        name = None
    if not name or name == ":memory:":
        raise InvalidInput(
            "a SQLite URL must name a file, such as sqlite:////var/lib/elders/truth.db; a database "
            "in memory would be lost"
        )
    return Path(name)
