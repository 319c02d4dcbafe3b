"""What was done already: so that what is delivered twice has its effect once."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Connection, String, Table, delete
from sqlalchemy.dialects import postgresql, sqlite

from elders.store import metadata
from foundation.clock import Micros

effects = Table(
    "guild_effects",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("at", BigInteger, nullable=False, index=True),
)

KEPT_SECONDS: Final = 7 * 24 * 3_600
"""Longer than any message is delivered again."""


def is_first(connection: Connection, key: str, *, at: Micros) -> bool:
    """Note a message's key, and tell whether nobody did so before.

    Do what the message asks for in the same transaction: then either both happened, or neither.

    Args:
        connection: within `Database.write`, of `open_store`, opened after this module was imported.
        key: the message's.
        at: now.
    """
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    insertion = make(effects).values(key=key, at=at).on_conflict_do_nothing()
    return connection.execute(insertion.returning(effects.c.key)).first() is not None


def sweep(connection: Connection, *, now: Micros) -> None:
    """Forget keys of long ago."""
    connection.execute(delete(effects).where(effects.c.at <= now - KEPT_SECONDS * 1_000_000))
