"""What is to be sent, in the store: a crash does not lose it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from elders.messages import Message, decode
from elders.store import metadata
from foundation.clock import Micros
from foundation.database.database import Database

KEPT_SECONDS: Final = 30 * 86_400
"""How long it is known that a message was sent, or handled."""

_MICROS: Final = 1_000_000
_AT_ONCE: Final = 100

_outbox = Table(
    "guild_outbox",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("dedup", String, nullable=False, unique=True),
    Column("sender", String, nullable=False),
    Column("recipient", String, nullable=False),
    Column("message", LargeBinary, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("sent_at", BigInteger, index=True),
    Column("refused", Text),
)


def put(connection: Connection, message: Message, dedup: str) -> bool:
    """Have a message sent once this transaction is committed.

    Args:
        connection: in a write transaction.
        message: what is to be sent.
        dedup: what was put under the same is not put again.

    Returns:
        Whether it was new.
    """
    known = select(_outbox.c.number).where(_outbox.c.dedup == dedup)
    if connection.execute(known).first():
        return False
    connection.execute(
        insert(_outbox).values(
            dedup=dedup, sender=message.sender, recipient=message.recipient,
            message=message.encode(), made_at=message.at,
        )
    )  # fmt: skip
    return True


class Outbox:
    """Reads what is to be sent. The same message may be sent twice, with the same id and key.

    Args:
        database: the guild's store.
        senders: whose messages it reads; None for everybody's.
    """

    def __init__(self, database: Database, senders: Collection[str] | None = None) -> None:
        self._database = database
        self._senders = senders

    def waiting(
        self, limit: int = _AT_ONCE, *, skipped: Collection[str] = ()
    ) -> list[tuple[int, Message]]:
        """List what was not sent yet, the oldest first, each with its number.

        Args:
            limit: how many at the most.
            skipped: recipients whose messages are left out.
        """
        asked = select(_outbox).where(_outbox.c.sent_at.is_(None), _outbox.c.refused.is_(None))
        if self._senders is not None:
            asked = asked.where(_outbox.c.sender.in_(self._senders))
        if skipped:
            asked = asked.where(_outbox.c.recipient.not_in(skipped))
        with self._database.read() as connection:
            rows = connection.execute(asked.order_by(_outbox.c.number).limit(limit)).all()
        return [(row.number, decode(row.message)) for row in rows]

    def put_all(self, messages: Sequence[Message]) -> list[Message]:
        """Have messages sent, each once for its key and recipient; answer those that are new."""
        with self._database.write() as connection:
            return [
                each for each in messages
                if put(connection, each, f"{each.topic}:{each.key}:{each.recipient}")
            ]  # fmt: skip

    def refused(self) -> list[tuple[Message, str]]:
        """List what the transport refused for good, each with its reason: kept, not sent."""
        asked = select(_outbox).where(_outbox.c.refused.is_not(None)).order_by(_outbox.c.number)
        with self._database.read() as connection:
            return [(decode(row.message), row.refused) for row in connection.execute(asked)]

    def sent(self, number: int, now: Micros) -> None:
        """Note that a message is safe with its transport."""
        self._note(number, sent_at=now)

    def refuse(self, number: int, reason: str) -> None:
        """Lay a message aside that the transport will never take."""
        self._note(number, refused=reason)

    def forget(self, now: Micros) -> None:
        """Remove what was sent long ago."""
        oldest = now - KEPT_SECONDS * _MICROS
        with self._database.write() as connection:
            connection.execute(delete(_outbox).where(_outbox.c.sent_at < oldest))

    def _note(self, number: int, **values: object) -> None:
        with self._database.write() as connection:
            connection.execute(update(_outbox).where(_outbox.c.number == number).values(values))
