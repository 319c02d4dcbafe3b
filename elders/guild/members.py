"""Who is there: each member's signs of life, in the guild's store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import BigInteger, Column, Integer, String, Table, delete, insert, select, update

from elders.levels import CLAUDE_ELDER, GRAND_ELDER, Sage
from elders.store import metadata
from foundation.clock import Clock, Micros
from foundation.database.database import Database
from foundation.errors import InvalidInput

MEMBERS: Final[Mapping[str, str]] = {
    **{each.removesuffix("_sage"): each.value for each in Sage},
    "claude-elder": CLAUDE_ELDER,
    "grand-elder": GRAND_ELDER,
}
"""By the name that commands take; as messages name them."""

_MICROS: Final = 1_000_000
_MISSED: Final = 3
"""Signs of life that may be missing before a member is taken for gone."""

_FORGOTTEN_SECONDS: Final = 86_400.0

_seats = Table(
    "guild_seats",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("process", String(200), primary_key=True),
    Column("since", BigInteger, nullable=False),
    Column("beat_at", BigInteger, nullable=False),
    Column("beat_seconds", Integer, nullable=False),
    Column("waiting", Integer),
    Column("dead", Integer),
)


@dataclass(frozen=True, slots=True)
class Queued:
    """Messages for one recipient: those that wait, and those that could not be delivered."""

    waiting: int
    dead: int


@dataclass(frozen=True, slots=True)
class Presence:
    """A member in a process.

    Attributes:
        process: host and number.
        since: when it took its seat.
        beat_at: when it last gave a sign of life.
        beat_seconds: how often it does.
        queued: as it said then, where messages stay within processes; None otherwise.
    """

    name: str
    process: str
    since: Micros
    beat_at: Micros
    beat_seconds: int
    queued: Queued | None = None

    def is_there(self, now: Micros) -> bool:
        """Tell whether it gave a sign lately."""
        return now - self.beat_at <= _MISSED * self.beat_seconds * _MICROS


def members_named(names: Iterable[str]) -> list[str]:
    """Read the names of members as commands take them; none at all are all of them.

    Raises:
        InvalidInput: there is no such member.
    """
    wanted = list(dict.fromkeys(names)) or list(MEMBERS)
    for each in wanted:
        if each not in MEMBERS:
            raise InvalidInput(f"{each[:80]!r} is no member: name one of {', '.join(MEMBERS)}")
    return [MEMBERS[each] for each in wanted]


class Presences:
    """The store's door for signs of life. Sync: call it from a thread."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def beat(
        self, name: str, process: str, *, beat_seconds: float, queued: Queued | None = None
    ) -> None:
        """Give a sign of life."""
        now = self._clock()
        mine = (_seats.c.name == name, _seats.c.process == process)
        told = {
            "beat_at": now,
            "beat_seconds": max(1, round(beat_seconds)),
            "waiting": queued and queued.waiting,
            "dead": queued and queued.dead,
        }
        long_ago = now - int(_FORGOTTEN_SECONDS * _MICROS)
        with self._database.write() as connection:
            if not connection.execute(update(_seats).where(*mine).values(told)).rowcount:
                connection.execute(
                    insert(_seats).values(name=name, process=process, since=now, **told)
                )
            connection.execute(delete(_seats).where(_seats.c.beat_at < long_ago))

    def leave(self, name: str, process: str) -> None:
        """Say that a member has left its seat in order."""
        mine = (_seats.c.name == name, _seats.c.process == process)
        with self._database.write() as connection:
            connection.execute(delete(_seats).where(*mine))

    def all(self) -> list[Presence]:
        """List whoever gave a sign within a day, by name."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(_seats).order_by(_seats.c.name, _seats.c.process)
            ).all()
        return [
            Presence(
                row.name,
                row.process,
                Micros(row.since),
                Micros(row.beat_at),
                row.beat_seconds,
                None if row.waiting is None else Queued(row.waiting, row.dead),
            )
            for row in rows
        ]
