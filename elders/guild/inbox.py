"""What members were told and nobody settled yet, for people to read: kept in the guild's store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    delete,
    insert,
    select,
    update,
)

from elders.levels import GRAND_ELDER
from elders.messages import Message, decode
from elders.store import metadata
from elders.tree.cases import Cases
from elders.tree.outbox import KEPT_SECONDS
from elders.tree.reports import DIGEST
from foundation.clock import Clock, Micros
from foundation.database.database import Database
from foundation.errors import NotFound

_MICROS: Final = 1_000_000
_SHOWN: Final = 1_000

_letters = Table(
    "guild_inbox",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("member", String, nullable=False),
    Column("key", String, nullable=False, index=True),
    Column("topic", String, nullable=False),
    Column("arrived_at", BigInteger, nullable=False),
    Column("settled_at", BigInteger, index=True),
    Column("message", LargeBinary, nullable=False),
    UniqueConstraint("member", "key"),
)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in a member's inbox.

    Attributes:
        waits: whether it rises further until somebody settles it.
    """

    message: Message
    arrived_at: Micros
    waits: bool


class Inbox:
    """The store's door for what members were told. Sync: call it from a thread."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._cases = Cases(database, clock)

    def put(self, message: Message) -> None:
        """Keep a message in its recipient's inbox, once for each key."""
        mine = (_letters.c.member == message.recipient, _letters.c.key == message.key)
        with self._database.write() as connection:
            if connection.execute(select(_letters.c.number).where(*mine)).first() is None:
                connection.execute(
                    insert(_letters).values(
                        member=message.recipient, key=message.key, topic=message.topic,
                        arrived_at=self._clock(), message=message.encode(),
                    )
                )  # fmt: skip

    def unsettled(self, member: str | None = None, *, limit: int = _SHOWN) -> list[Letter]:
        """List what nobody settled yet, the oldest first; of one member or of all."""
        asked = select(_letters).where(_letters.c.settled_at.is_(None))
        if member is not None:
            asked = asked.where(_letters.c.member == member)
        waiting = {(case.message.recipient, case.message.key) for case in self._cases.waiting()}
        with self._database.read() as connection:
            rows = connection.execute(asked.order_by(_letters.c.number).limit(limit)).all()
        return [
            Letter(decode(row.message), Micros(row.arrived_at), (row.member, row.key) in waiting)
            for row in rows
        ]

    def settle(self, key: str, *, by: str = GRAND_ELDER) -> None:
        """Take a matter up: it rises no more, and is in no inbox any more.

        Args:
            key: the matter's.
            by: who takes it up: its holder, or somebody of a higher level.

        Raises:
            NotFound: nothing with this key waits for anybody.
            Forbidden: it is with somebody higher.
        """
        acknowledged = True
        try:
            self._cases.acknowledge(key, by)
        except NotFound:
            acknowledged = False
        mine = (_letters.c.key == key, _letters.c.settled_at.is_(None))
        with self._database.write() as connection:
            settled = connection.execute(
                update(_letters).where(*mine).values(settled_at=self._clock())
            ).rowcount
        if not (acknowledged or settled):
            raise NotFound(f"nothing with the key {key[:80]!r} waits for anybody: check the key")

    def forget(self) -> None:
        """Remove what was settled more than 30 days ago, and digests that are as old."""
        oldest = self._clock() - KEPT_SECONDS * _MICROS
        old = (_letters.c.settled_at < oldest) | (
            (_letters.c.topic == DIGEST) & (_letters.c.arrived_at < oldest)
        )
        with self._database.write() as connection:
            connection.execute(delete(_letters).where(old))
