"""Where the guild keeps what must survive a restart: tables of its own, apart from the truth."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random
from typing import Final

from sqlalchemy import Column, Integer, MetaData, Table, insert, select

from foundation.database.connecting import PoolSettings
from foundation.database.database import Backend, Database
from foundation.database.sqlite import SqliteBackend
from foundation.errors import Conflict, Unavailable

metadata = MetaData()
"""Every table of the guild; each begins with `guild_`. Import the modules that define them."""

_VERSION: Final = 1
_FILE: Final = "guild.db"
_WAIT_SECONDS: Final = 30.0
_LOCK: Final = f"SELECT pg_advisory_xact_lock({0x6775696C64})"
"""Of the guild's writers on PostgreSQL ("guild"); the truth's tables need not be there."""

_schema = Table("guild_schema", metadata, Column("version", Integer, primary_key=True))


def open_store(folder: Path, url: str | None = None) -> Database:
    """Open the guild's tables, made where they are missing.

    Args:
        folder: where the file `guild.db` lies by default; made if it is missing.
        url: of a PostgreSQL server in place of the file.

    Raises:
        Conflict: they are of another version of this program.
        Unavailable: the database does not answer, or the disk refuses.
    """
    database = Database(_backend(folder, url), lock_timeout_seconds=_WAIT_SECONDS)
    try:
        with database.write() as connection:
            metadata.create_all(connection)
            found = connection.execute(select(_schema.c.version)).scalar()
            if found is None:
                connection.execute(insert(_schema).values(version=_VERSION))
    except BaseException:
        database.close()
        raise
    if found not in (None, _VERSION):
        database.close()
        raise Conflict(
            f"{database.location} holds tables of version {found}, and this program knows"
            f" {_VERSION}: use the program that made them"
        )
    return database


def _backend(folder: Path, url: str | None) -> Backend:
    if url is None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable(f"{folder} can't be made: {error.strerror or error}") from error
        return SqliteBackend(folder / _FILE, lock_timeout_seconds=_WAIT_SECONDS)
    from foundation.database.postgres import PostgresBackend

    jitter = Random()  # noqa: S311 - no secret
    return PostgresBackend(url, pool=PoolSettings(), rng=jitter, sleep=time.sleep, lock=_LOCK)
