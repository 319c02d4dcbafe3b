"""Bringing the tables of a database to the state that this program knows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect

from foundation.database.database import Database
from foundation.database.revision import HEAD, current_revision
from foundation.database.schema import metadata
from foundation.errors import Conflict

if TYPE_CHECKING:
    from alembic.config import Config


def upgrade(database: Database) -> None:
    """Create or change the tables, in one transaction; processes that do it at once take turns.

    Raises:
        Conflict: the database was written by a newer version of this program.
    """
    with database.read() as connection:
        if current_revision(connection) == HEAD:
            return
    with database.changing_schema() as connection:
        if current_revision(connection) != HEAD:
            _run(connection, database.location)


def require_head(database: Database) -> None:
    """Refuse a database whose tables are not those that this program knows.

    Raises:
        Conflict: they are older or newer, or missing.
    """
    with database.read() as connection:
        revision = current_revision(connection)
    if revision != HEAD:
        raise Conflict(
            f"the database {database.location} is at revision {revision or 'none'}, this program "
            f"at {HEAD}: open it with its migrations (elders init), or use the program's version"
        )


def _run(connection: Connection, location: str) -> None:
    from alembic import command
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = _config()
    revision = current_revision(connection)
    if revision is None:
        _refuse_other_tables(connection, location)
    else:
        try:
            ScriptDirectory.from_config(config).get_revision(revision)
        except CommandError as error:
            raise Conflict(
                f"the database {location} was written by a newer version of this program (its "
                f"revision {revision} is not known here, the newest is {HEAD}): update the program"
            ) from error
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)


def _refuse_other_tables(connection: Connection, location: str) -> None:
    found = sorted(metadata.tables.keys() & set(inspect(connection).get_table_names()))
    if found:
        raise Conflict(
            f"the database {location} already holds tables of another program "
            f"({', '.join(found)}): use one of its own"
        )


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
