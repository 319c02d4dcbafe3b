"""What members were told and nobody settled yet, for people to read: kept in the guild's store."""

from __future__ import annotations

from collections.abc import Sequence
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
    case,
    delete,
    func,
    insert,
    select,
    update,
)

from elders.alerts.sinks.tree import TOPIC as ALERT
from elders.improving.wording import SUGGESTED
from elders.incidents.learn import LEARNED
from elders.levels import GRAND_ELDER
from elders.messages import Message, decode
from elders.store import metadata
from elders.tree.cases import Cases, waits_with
from elders.tree.council import ASKED
from elders.tree.outbox import KEPT_SECONDS
from elders.tree.reports import CRITICAL, DIGEST
from elders.tree.tree import DECISION, REQUEST
from foundation.clock import Clock, Micros
from foundation.database.database import Database
from foundation.errors import NotFound

_MICROS: Final = 1_000_000
_SHOWN: Final = 100

_TELLING: Final = (ALERT, DIGEST, LEARNED, SUGGESTED)
"""Topics that wait for no answer, or are asked anew: they go by themselves, unless they rose."""

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


@dataclass(frozen=True, slots=True)
class Unsettled:
    """What nobody settled yet: so much of it as was asked for, and how many were left out."""

    letters: Sequence[Letter]
    left_out: int


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

    def unsettled(
        self, member: str | None = None, *, topic: str | None = None, limit: int = _SHOWN
    ) -> Unsettled:
        """List what nobody settled yet, of one member and topic or of all, what is urgent first.

        That is what rises and critical reports, then what waits for an answer, then the rest; of
        each the newest first.
        """
        waits = waits_with(_letters.c.member, _letters.c.key)
        urgency = case(
            (waits | (_letters.c.topic == CRITICAL), 0),
            (_letters.c.topic.in_((DECISION, REQUEST, ASKED, SUGGESTED)), 1),
            else_=2,
        )
        asked = select(_letters, waits.label("waits"), func.count().over().label("total"))
        asked = asked.where(_letters.c.settled_at.is_(None))
        if member is not None:
            asked = asked.where(_letters.c.member == member)
        if topic is not None:
            asked = asked.where(_letters.c.topic == topic)
        with self._database.read() as connection:
            rows = connection.execute(
                asked.order_by(urgency, _letters.c.number.desc()).limit(limit)
            ).all()
        letters = [
            Letter(decode(row.message), Micros(row.arrived_at), bool(row.waits)) for row in rows
        ]
        return Unsettled(letters, rows[0].total - len(rows) if rows else 0)

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
        """Remove what is older than 30 days and was settled, or only told something.

        What rises, and any topic that may wait for an answer, stays until it is settled.
        """
        oldest = self._clock() - KEPT_SECONDS * _MICROS
        told = (
            _letters.c.topic.in_(_TELLING)
            & (_letters.c.arrived_at < oldest)
            & ~waits_with(_letters.c.member, _letters.c.key)
        )
        with self._database.write() as connection:
            connection.execute(delete(_letters).where((_letters.c.settled_at < oldest) | told))
