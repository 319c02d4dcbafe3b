"""What became of the latest attempts: what forecasts and success rates are learned from."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import Connection, Integer, Row, delete, func, insert, select

from elders.tasks.hours import forget_hours, keep_busy
from elders.tasks.model import MICROS, Outcome, read_task, read_traits
from elders.tasks.success import Tally
from elders.tasks.tables import outcomes
from foundation.clock import Micros
from foundation.database.database import Database

KEPT: Final = 10_000
_SLACK: Final = 500
"""So many more before the oldest are forgotten: not one by one."""


def keep_outcome(connection: Connection, row: Row[Any], *, succeeded: bool, now: Micros) -> None:
    """Write what became of an attempt, and how long it kept a worker busy, as it ends.

    Args:
        connection: of the transaction that ends it.
        row: the task's, of `tables.tasks`, as it was during the attempt.
        succeeded: whether it is done.
        now: when it ended.
    """
    number = connection.execute(
        insert(outcomes)
        .values(
            task=row.id,
            traits=asdict(read_task(row.told).traits),
            kind=row.kind,
            worker=row.worker,
            succeeded=succeeded,
            started_at=row.assigned_at,
            seconds=max(0.0, (now - row.assigned_at) / MICROS),
        )
        .returning(outcomes.c.number)
    ).scalar_one()
    keep_busy(connection, row.assigned_at, now)
    if number % _SLACK == 0:
        forget_hours(connection, now)
        connection.execute(delete(outcomes).where(outcomes.c.number <= number - KEPT))


def latest(database: Database, *, after: int = 0, limit: int = KEPT) -> list[Outcome]:
    """List the latest outcomes that have a number above `after`, the oldest of them first."""
    with database.read() as connection:
        rows = connection.execute(
            select(outcomes)
            .where(outcomes.c.number > after)
            .order_by(outcomes.c.number.desc())
            .limit(limit)
        ).all()
    return [
        Outcome(
            row.number,
            row.task,
            read_traits(row.traits),
            row.worker,
            row.succeeded,
            Micros(row.started_at),
            row.seconds,
        )
        for row in reversed(rows)
    ]


def tallies(database: Database) -> list[Tally]:
    """Count how often each worker tried each kind of task, and succeeded."""
    with database.read() as connection:
        rows = connection.execute(
            select(
                outcomes.c.worker,
                outcomes.c.kind,
                func.count(),
                func.sum(outcomes.c.succeeded.cast(Integer)),
            )
            .group_by(outcomes.c.worker, outcomes.c.kind)
            .order_by(outcomes.c.worker, outcomes.c.kind)
        ).all()
    return [Tally(worker, kind, tried, int(good)) for worker, kind, tried, good in rows]
