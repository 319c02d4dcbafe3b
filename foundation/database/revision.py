"""Which state the tables of a database are in."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, inspect

HEAD: Final = "0008"
"""The newest revision. Known here, so that opening an up-to-date database imports no Alembic."""


def current_revision(connection: Connection) -> str | None:
    """Answer the database's revision; None if it holds no tables of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if revision is None else str(revision)
