"""Where the guild keeps what must survive a restart: tables of its own, apart from the truth."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random
from typing import Final

from sqlalchemy import Column, Connection, Integer, MetaData, Table, insert, inspect, select, update

from foundation.database.connecting import PoolSettings
from foundation.database.database import Backend, Database
from foundation.database.sqlite import SqliteBackend
from foundation.errors import Conflict, Unavailable

metadata = MetaData()
"""Every table of the guild; each begins with `guild_`. Import the modules that define them."""

_VERSION: Final = 2
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
            found = _version(connection)
            if found == 1:
                _upgrade(connection)
                found = _VERSION
            if found in (None, _VERSION):
                metadata.create_all(connection)
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


def _version(connection: Connection) -> int | None:
    if not inspect(connection).has_table(_schema.name):
        return None
    return connection.execute(select(_schema.c.version)).scalar()


def _upgrade(connection: Connection) -> None:
    """Make tables of the first version ones of the second: messages tell from whom and to whom."""
    if inspect(connection).has_table("guild_outbox"):
        body = "json_extract(CAST(message AS TEXT), '$.{0}')"
        if connection.dialect.name != "sqlite":
            body = "convert_from(message, 'UTF8')::json ->> '{0}'"
        for name in ("sender", "recipient"):
            connection.exec_driver_sql(f"ALTER TABLE guild_outbox ADD COLUMN {name} VARCHAR")
            connection.exec_driver_sql(
                f"UPDATE guild_outbox SET {name} = {body.format(name)}"  # noqa: S608 - constants
            )
    connection.exec_driver_sql("DROP TABLE IF EXISTS guild_effects")
    connection.execute(update(_schema).values(version=_VERSION))


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
