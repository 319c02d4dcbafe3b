"""What was handled, in the store: so that what is delivered twice has its effect once."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Connection, String, Table, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from elders.store import metadata
from elders.tree.outbox import KEPT_SECONDS
from foundation.clock import Micros
from foundation.database.database import Database

_MICROS: Final = 1_000_000

_handled = Table(
    "guild_handled",
    metadata,
    Column("recipient", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("at", BigInteger, nullable=False, index=True),
)


def is_first(connection: Connection, recipient: str, key: str, *, at: Micros) -> bool:
    """Note that a recipient is done with a key, and tell whether nobody did so before.

    Do what the message asks for in the same transaction: then either both happened, or neither.

    Args:
        connection: within `Database.write`, of `open_store`, opened after this module was imported.
        recipient: whose effect it is.
        key: the message's.
        at: now.
    """
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    noted = make(_handled).values(recipient=recipient, key=key, at=at).on_conflict_do_nothing()
    return connection.execute(noted.returning(_handled.c.key)).first() is not None


class Handled:
    """Knows which messages were handled by whom, by their keys. Sync: call it from a thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def has(self, recipient: str, key: str) -> bool:
        """Tell whether a recipient is done with this key."""
        asked = select(_handled.c.at).where(
            _handled.c.recipient == recipient, _handled.c.key == key
        )
        with self._database.read() as connection:
            return connection.execute(asked).first() is not None

    def count(self, since: Micros) -> int:
        """Count what was handled since a moment, by everybody."""
        asked = select(func.count()).where(_handled.c.at >= since)
        with self._database.read() as connection:
            return int(connection.execute(asked).scalar_one())

    def add(self, recipient: str, key: str, now: Micros) -> None:
        """Note that a recipient is done with this key."""
        with self._database.write() as connection:
            is_first(connection, recipient, key, at=now)

    def forget(self, now: Micros) -> None:
        """Remove what was handled long ago."""
        oldest = now - KEPT_SECONDS * _MICROS
        with self._database.write() as connection:
            connection.execute(delete(_handled).where(_handled.c.at < oldest))
