"""Reports to those above: kept until the level's digest is due, the critical ones told at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from elders.levels import Level, elder
from elders.messages import Message
from elders.store import metadata
from elders.tree.hierarchy import BY_DEFAULT, Superiors, superior
from elders.tree.outbox import KEPT_SECONDS, put
from foundation.clock import Clock, Micros
from foundation.database.database import Database
from foundation.errors import InvalidInput
from foundation.ids import new_id

PERIOD_SECONDS: Final[Mapping[Level, int]] = {
    Level.SERVANT: 15 * 60,
    Level.SAGE: 60 * 60,
    Level.CLAUDE_ELDER: 6 * 60 * 60,
    Level.GRAND_ELDER: 24 * 60 * 60,
}
"""How often the members of each level send a digest, counted from midnight UTC."""

DIGEST: Final = "report.digest"
CRITICAL: Final = "report.critical"
_MICROS: Final = 1_000_000
_EXAMPLE: Final = 500
"""Characters of a text that a digest shows."""

_KINDS: Final = 200
"""How many kinds a digest tells, the frequent ones first; of the rest it says how many they are."""

_LONGEST_TEXT: Final = 100_000
_LONGEST_KIND: Final = 100


class Weight(StrEnum):
    """Whether a report can wait for the digest."""

    ROUTINE = "routine"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Report:
    """What a member tells those above.

    Attributes:
        sender: whose report it is.
        kind: such as "task.done": a digest counts by it.
        key: filed twice with the same key, it is one report.
    """

    sender: str
    kind: str
    text: str
    weight: Weight = Weight.ROUTINE
    key: str = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Told:
    """A report as a digest gives it as an example."""

    at: Micros
    text: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The reports of one kind in a digest."""

    count: int
    first: Told
    last: Told


_reports = Table(
    "guild_reports",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("key", String, nullable=False, unique=True),
    Column("level", Integer, nullable=False),
    Column("sender", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("told_by", String, index=True),
)
"""`told_by` is the key of the message that tells it; null while it waits."""


class Reports:
    """Keeps reports and puts digests into the outbox. Sync: call it from a thread.

    A digest tells all that a member filed before the end of a period; it and the mark that they
    are told are one transaction, so that each report is in one digest, and in no second one.
    The grand elder's goes to the grand elder: nobody is above, and people read it there.

    Args:
        database: the guild's store.
        clock: what time it is.
        superiors: the servants' Sages.
        period_seconds: how often each level tells.
        senders: whose digests are told from here; None for everybody's.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        senders: Collection[str] | None = None,
        superiors: Superiors = BY_DEFAULT,
        period_seconds: Mapping[Level, int] = PERIOD_SECONDS,
    ) -> None:
        self._database = database
        self._clock = clock
        self._superiors = superiors
        self._period = period_seconds
        self._senders = senders

    def file(self, report: Report) -> bool:
        """Keep a report, or have it told at once where it is critical.

        Returns:
            Whether it was new.

        Raises:
            InvalidInput: the sender is no member, or its text or kind is too long.
        """
        if len(report.text) > _LONGEST_TEXT or not 0 < len(report.kind) <= _LONGEST_KIND:
            raise InvalidInput(
                f"a report has a kind of 1 to {_LONGEST_KIND} characters and a text of at most"
                f" {_LONGEST_TEXT}: tell where the rest can be read"
            )
        level = elder(report.sender).level
        known = select(_reports.c.number).where(_reports.c.key == report.key)
        with self._database.write() as connection:
            if connection.execute(known).first():
                return False
            now = self._clock()
            at_once = None
            if report.weight is Weight.CRITICAL:
                body = {"kind": report.kind, "text": report.text, "at": now}
                at_once = f"report:{report.key}"
                self._send(connection, report.sender, CRITICAL, body, at_once)
            connection.execute(
                insert(_reports).values(
                    key=report.key, level=int(level), sender=report.sender, kind=report.kind,
                    text=report.text, at=now, told_by=at_once,
                )
            )  # fmt: skip
        return True

    def tell_due(self) -> list[str]:
        """Put every digest that is due into the outbox; answer their keys."""
        due = {
            level: Micros(self._clock() // (seconds * _MICROS) * (seconds * _MICROS))
            for level, seconds in self._period.items()
        }
        with self._database.read() as connection:
            if not any(self._due(connection, *each) for each in due.items()):
                return []
        with self._database.write() as connection:
            return [
                key
                for level, until in due.items()
                for sender in self._due(connection, level, until)
                if (key := self._tell(connection, sender, until))
            ]

    def _due(self, connection: Connection, level: Level, until: Micros) -> list[str]:
        asked = select(_reports.c.sender).where(
            _reports.c.told_by.is_(None), _reports.c.level == int(level), _reports.c.at < until
        )
        if self._senders is not None:
            asked = asked.where(_reports.c.sender.in_(self._senders))
        return list(connection.execute(asked.distinct().order_by(_reports.c.sender)).scalars())

    def waiting(self, level: Level) -> int:
        """Count the reports of a level that no digest told yet."""
        asked = select(func.count()).where(
            _reports.c.told_by.is_(None), _reports.c.level == int(level)
        )
        with self._database.read() as connection:
            return int(connection.execute(asked).scalar_one())

    def forget(self) -> None:
        """Remove what was told long ago."""
        oldest = self._clock() - KEPT_SECONDS * _MICROS
        old = (_reports.c.told_by.is_not(None), _reports.c.at < oldest)
        with self._database.write() as connection:
            connection.execute(delete(_reports).where(*old))

    def _tell(self, connection: Connection, sender: str, until: int) -> str | None:
        key = f"digest:{sender}:{until}"
        mine = (
            _reports.c.told_by.is_(None), _reports.c.sender == sender, _reports.c.at < until,
        )  # fmt: skip
        kinds = _summaries(connection, mine)
        counted = select(func.count()).select_from(_reports).where(*mine)
        total = int(connection.execute(counted).scalar_one())
        body = {
            "until": until,
            "total": total,
            "others": total - sum(summary.count for summary in kinds.values()),
            "kinds": {kind: asdict(summary) for kind, summary in kinds.items()},
        }
        if not self._send(connection, sender, DIGEST, body, key):
            return None
        connection.execute(update(_reports).where(*mine).values(told_by=key))
        return key

    def _send(
        self, connection: Connection, sender: str, topic: str, body: dict[str, Any], key: str
    ) -> bool:
        recipient = superior(sender, self._superiors) or sender
        message = Message(sender, recipient, topic, body, self._clock(), key=key)
        return put(connection, message, key)


def _summaries(connection: Connection, mine: tuple[Any, ...]) -> dict[str, Summary]:
    number = _reports.c.number
    grouped = connection.execute(
        select(_reports.c.kind, func.count(), func.min(number), func.max(number))
        .where(*mine)
        .group_by(_reports.c.kind)
        .order_by(func.count().desc(), _reports.c.kind)
        .limit(_KINDS)
    ).all()
    shown = {each for row in grouped for each in row[2:]}
    rows = connection.execute(select(_reports).where(number.in_(shown)))
    told = {row.number: Told(Micros(row.at), row.text[:_EXAMPLE]) for row in rows}
    return {kind: Summary(count, told[first], told[last]) for kind, count, first, last in grouped}
