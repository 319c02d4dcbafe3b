"""What was told, what became of it, and what is still to be sent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, delete, func, select, update

from elders.alerts.learning import Rate, Response, rates
from elders.alerts.model import MICROS, Kind, Notice
from elders.alerts.tables import deliveries, notices, read_notice, written
from foundation.clock import Micros
from foundation.database.database import Database
from foundation.errors import NotFound

KEPT: Final = 1_000
"""Notices that are remembered."""

GIVE_UP_SECONDS: Final = 86_400.0
_FIRST_SECONDS: Final = 5.0
_LONGEST_SECONDS: Final = 600.0
_GROWTH: Final = 4.0
_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notice that is to be sent to somebody by a sink."""

    number: int
    notice: Notice
    receiver: str
    sink: str
    made_at: Micros
    attempts: int


@dataclass(frozen=True, slots=True)
class Told:
    """A notice of the history.

    Attributes:
        rule: whose alert it mainly is.
        response: what became of it; None while that is open.
        responder: who said so.
    """

    notice: Notice
    rule: str
    response: Response | None
    responder: str | None


class History:
    """The last 1,000 notices and what is to be sent. Sync: call it from a thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def told(self, limit: int = KEPT) -> list[Told]:
        """List notices, the newest first."""
        asked = select(notices).order_by(notices.c.at.desc(), notices.c.key.desc()).limit(limit)
        with self._database.read() as connection:
            return [
                Told(
                    read_notice(row.data),
                    row.rule,
                    Response(row.response) if row.response else None,
                    row.responder,
                )
                for row in connection.execute(asked)
            ]

    def respond(self, composite: str, response: Response, by: str) -> Collection[str]:
        """Say what became of a matter, and of those that turned out to be it; the last word counts.

        Returns:
            The ids of all of them.

        Raises:
            NotFound: nothing of it was told, or too long ago.
        """
        asked = select(notices.c.data).where(notices.c.composite == composite)
        with self._database.write() as connection:
            told = [read_notice(data) for data in connection.execute(asked).scalars()]
            if not told:
                raise NotFound(f"of no alert {composite[:80]!r} was told lately: check its id")
            ids = {composite, *(each for notice in told for each in notice.absorbs)}
            values = {"response": response.value, "responder": by}
            connection.execute(update(notices).where(notices.c.composite.in_(ids)).values(values))
        return ids

    def enrich(self, notice: Notice, now: Micros) -> None:
        """Keep a notice with what was found out for it; it is to be sent now."""
        mine, waits = notices.c.key == notice.key, deliveries.c.next_at.is_not(None)
        with self._database.write() as connection:
            connection.execute(update(notices).where(mine).values(data=written(notice)))
            sent = (deliveries.c.key == notice.key, waits, deliveries.c.attempts == 0)
            connection.execute(update(deliveries).where(*sent).values(next_at=now))

    def due(self, sink: str, now: Micros) -> list[Delivery]:
        """List what a sink is to send now, the oldest first.

        Of one matter nobody is told anything before what came earlier: not its end before its
        beginning.
        """
        before = deliveries.alias()
        earlier = select(before.c.number).where(
            before.c.composite == deliveries.c.composite,
            before.c.next_at.is_not(None),
            before.c.number < deliveries.c.number,
            before.c.sink == deliveries.c.sink,
            before.c.receiver == deliveries.c.receiver,
        )
        asked = (
            select(deliveries, notices.c.data)
            .join(notices, notices.c.key == deliveries.c.key)
            .where(deliveries.c.sink == sink, deliveries.c.next_at <= now, ~earlier.exists())
            .order_by(deliveries.c.number)
            .limit(_AT_ONCE)
        )
        with self._database.read() as connection:
            rows = connection.execute(asked).all()
        return [
            Delivery(
                row.number,
                read_notice(row.data),
                row.receiver,
                row.sink,
                Micros(row.made_at),
                row.attempts,
            )
            for row in rows
        ]

    def sent(self, delivery: Delivery) -> None:
        """Note that a notice is safe with its receiver's sink."""
        with self._database.write() as connection:
            mine = deliveries.c.number == delivery.number
            done = {"next_at": None, "attempts": delivery.attempts + 1}
            connection.execute(update(deliveries).where(mine).values(done))

    def failed(self, delivery: Delivery, reason: str, now: Micros) -> bool:
        """Have a notice sent again later; after a day it is given up: answer whether it is."""
        pause = min(_LONGEST_SECONDS, _FIRST_SECONDS * _GROWTH ** min(delivery.attempts, 10))
        over = now - delivery.made_at >= GIVE_UP_SECONDS * MICROS
        values = {
            "attempts": delivery.attempts + 1,
            "next_at": None if over else now + int(pause * MICROS),
            "given_up": reason if over else None,
        }
        with self._database.write() as connection:
            mine = deliveries.c.number == delivery.number
            connection.execute(update(deliveries).where(mine).values(values))
        return over

    def given_up(self) -> list[tuple[Notice, str, str]]:
        """List what could not be sent, each with its receiver and the reason."""
        asked = (
            select(notices.c.data, deliveries.c.receiver, deliveries.c.given_up)
            .join(notices, notices.c.key == deliveries.c.key)
            .where(deliveries.c.given_up.is_not(None))
            .order_by(deliveries.c.number)
        )
        with self._database.read() as connection:
            return [(read_notice(row[0]), row[1], row[2]) for row in connection.execute(asked)]

    def rates(self) -> dict[str, Rate]:
        """Judge each rule by what became of its matters; none, while nobody ever responded."""
        asked = select(notices.c.rule, notices.c.response).where(
            notices.c.number == 1, notices.c.response.is_not(None)
        )
        with self._database.read() as connection:
            rows = connection.execute(asked).all() if _heeded(connection) else []
        return rates((row.rule, Response(row.response)) for row in rows)


def close(connection: Connection, notice: Notice) -> None:
    """Note that a matter is over: where nobody said anything of it, it was ignored.

    What turned out to be it became what it became. While nobody ever responds to anything silence
    says nothing, and is not noted.
    """
    if notice.kind is not Kind.RESOLVED or not _heeded(connection):
        return
    ended = notices.c.composite.in_([notice.composite, *notice.absorbs])
    open_still = (ended, notices.c.response.is_(None))
    said = (notices.c.composite == notice.composite, notices.c.responder.is_not(None))
    asked = select(notices.c.response, notices.c.responder).where(*said).limit(1)
    word = connection.execute(asked).first()
    response, by = (word.response, word.responder) if word else (Response.IGNORED.value, None)
    values = {"response": response, "responder": by}
    connection.execute(update(notices).where(*open_still).values(values))


def _heeded(connection: Connection) -> bool:
    """Tell whether anybody responded to anything that is remembered."""
    asked = select(notices.c.key).where(notices.c.responder.is_not(None)).limit(1)
    return connection.execute(asked).first() is not None


def trim(connection: Connection) -> None:
    """Forget what is beyond the last 1,000 notices, unless it is still to be sent."""
    total = int(connection.execute(select(func.count()).select_from(notices)).scalar_one())
    if total <= KEPT:
        return
    waiting = select(deliveries.c.key).where(deliveries.c.next_at.is_not(None))
    oldest = (
        select(notices.c.key)
        .where(notices.c.key.not_in(waiting))
        .order_by(notices.c.at, notices.c.key)
        .limit(total - KEPT)
    )
    keys = list(connection.execute(oldest).scalars())
    connection.execute(delete(deliveries).where(deliveries.c.key.in_(keys)))
    connection.execute(delete(notices).where(notices.c.key.in_(keys)))
