"""How busy workers were, by the hours of the clock: kept for weeks, however many tasks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, case, delete, insert, select, update

from elders.tasks.model import MICROS
from elders.tasks.tables import hours
from foundation.clock import Micros
from foundation.database.database import Database

HOUR: Final = 3_600 * MICROS
KEPT_HOURS: Final = 8 * 7 * 24

Busy = tuple[Micros, float]
"""From when on, and for how many seconds: within one hour of the clock."""


def parts(begun: Micros, ended: Micros) -> Iterator[Busy]:
    """Part work at the hours of the clock."""
    at = begun
    while at < ended:
        edge = Micros(min(ended, (at // HOUR + 1) * HOUR))
        yield at, (edge - at) / MICROS
        at = edge


def keep_busy(connection: Connection, begun: Micros, ended: Micros) -> None:
    """Write that somebody was busy, in the transaction that ends an attempt."""
    for since, seconds in parts(begun, ended):
        hour = since // HOUR
        more = {
            "busy_seconds": hours.c.busy_seconds + seconds,
            "since": case((hours.c.since < since, hours.c.since), else_=since),
        }
        known = update(hours).where(hours.c.hour == hour).values(more)
        if not connection.execute(known).rowcount:
            new = {"hour": hour, "since": since, "busy_seconds": seconds}
            connection.execute(insert(hours).values(new))


def forget_hours(connection: Connection, now: Micros) -> None:
    """Remove the hours of more than eight weeks ago."""
    connection.execute(delete(hours).where(hours.c.hour < now // HOUR - KEPT_HOURS))


def known_hours(database: Database) -> list[Busy]:
    """List each hour in which somebody was busy, from when on it was, the oldest first."""
    with database.read() as connection:
        rows = connection.execute(select(hours).order_by(hours.c.hour)).all()
    return [(Micros(row.since), row.busy_seconds) for row in rows]
