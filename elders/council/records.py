"""Learning cycles in the guild's store: every step as it is reached, so that a crash loses none."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    Row,
    String,
    Table,
    Text,
    insert,
    select,
    update,
)

from elders.council.model import Stage
from elders.learned import Cursor
from elders.store import metadata
from foundation.clock import Clock, Micros
from foundation.database.database import Database
from foundation.errors import Conflict, NotFound

_cycles = Table(
    "guild_cycles",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("stage", String(20), nullable=False, index=True),
    Column("begun_at", BigInteger, nullable=False, index=True),
    Column("changed_at", BigInteger, nullable=False),
    Column("since_seq", BigInteger, nullable=False),
    Column("since_purged", BigInteger, nullable=False),
)

_steps = Table(
    "guild_cycle_steps",
    metadata,
    Column("cycle", String(100), primary_key=True),
    Column("stage", String(20), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("made", Text, nullable=False),
)
"""What each stage made, as JSON."""

_parts = Table(
    "guild_cycle_parts",
    metadata,
    Column("cycle", String(100), primary_key=True),
    Column("part", String(100), primary_key=True),
    Column("made", Text, nullable=False),
)
"""What a stage made of single patterns before it was through."""

_told = Table(
    "guild_told",
    metadata,
    Column("member", String(100), primary_key=True),
    Column("cycle", String(100), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("learnings", Integer, nullable=False),
)

Made = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cycle:
    """A cycle as it is.

    Attributes:
        id: given by who began it: begun twice with the same, it is one.
        since: after which change of patterns it looks.
    """

    id: str
    stage: Stage
    begun_at: Micros
    changed_at: Micros
    since: Cursor


class Cycles:
    """The store's door for cycles. Sync: call it from a thread. Processes may share it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def begin(self, cycle_id: str) -> Cycle:
        """Begin a cycle where the last one that analysed ended; one that is there goes on."""
        with self._database.write() as connection:
            known = connection.execute(select(_cycles).where(_cycles.c.id == cycle_id)).first()
            if known is None:
                since = _last_cursor(connection)
                now = self._clock()
                connection.execute(
                    insert(_cycles).values(
                        id=cycle_id, stage=Stage.BEGUN, begun_at=now, changed_at=now,
                        since_seq=since.seq, since_purged=since.purged,
                    )
                )  # fmt: skip
                return Cycle(cycle_id, Stage.BEGUN, now, now, since)
        return _cycle(known)

    def reach(self, cycle: Cycle, stage: Stage, made: Made) -> Cycle:
        """Note that a stage is reached, with what it made, in one transaction.

        Raises:
            Conflict: another process took the cycle on meanwhile.
        """
        now = self._clock()
        with self._database.write() as connection:
            moved = connection.execute(
                update(_cycles)
                .where(_cycles.c.id == cycle.id, _cycles.c.stage == cycle.stage.value)
                .values(stage=stage.value, changed_at=now)
            )
            if not moved.rowcount:
                raise Conflict(f"the cycle {cycle.id} went on elsewhere: read it again")
            connection.execute(
                insert(_steps).values(
                    cycle=cycle.id, stage=stage.value, at=now, made=json.dumps(made)
                )
            )
        return Cycle(cycle.id, stage, cycle.begun_at, now, cycle.since)

    def made(self, cycle_id: str, stage: Stage) -> Made:
        """Answer what a stage made.

        Raises:
            NotFound: it was not reached.
        """
        asked = select(_steps.c.made).where(
            _steps.c.cycle == cycle_id, _steps.c.stage == stage.value
        )
        with self._database.read() as connection:
            found = connection.execute(asked).scalar()
        if found is None:
            raise NotFound(f"the cycle {cycle_id[:80]!r} has not reached {stage}")
        return dict(json.loads(found))

    def part(self, cycle_id: str, part: str) -> Made | None:
        """Answer what was made of one pattern; None if nothing yet."""
        asked = select(_parts.c.made).where(_parts.c.cycle == cycle_id, _parts.c.part == part)
        with self._database.read() as connection:
            found = connection.execute(asked).scalar()
        return None if found is None else dict(json.loads(found))

    def keep_part(self, cycle_id: str, part: str, made: Made) -> None:
        """Keep what was made of one pattern, in place of an earlier one."""
        mine = (_parts.c.cycle == cycle_id, _parts.c.part == part)
        text = json.dumps(made)
        with self._database.write() as connection:
            if not connection.execute(update(_parts).where(*mine).values(made=text)).rowcount:
                connection.execute(insert(_parts).values(cycle=cycle_id, part=part, made=text))

    def unfinished(self) -> list[Cycle]:
        """List the cycles that have not told everybody, the oldest first."""
        asked = select(_cycles).where(_cycles.c.stage != Stage.TOLD.value)
        with self._database.read() as connection:
            rows = connection.execute(asked.order_by(_cycles.c.begun_at, _cycles.c.id)).all()
        return [_cycle(row) for row in rows]

    def latest(self) -> Cycle | None:
        """Answer the cycle begun last."""
        asked = select(_cycles).order_by(_cycles.c.begun_at.desc(), _cycles.c.id.desc()).limit(1)
        with self._database.read() as connection:
            row = connection.execute(asked).first()
        return None if row is None else _cycle(row)

    def steps(self, cycle_id: str) -> Sequence[tuple[Stage, Micros]]:
        """List which stages a cycle reached, and when."""
        asked = select(_steps.c.stage, _steps.c.at).where(_steps.c.cycle == cycle_id)
        with self._database.read() as connection:
            rows = connection.execute(asked.order_by(_steps.c.at)).all()
        order: Final = list(Stage)
        found = [(Stage(row.stage), Micros(row.at)) for row in rows]
        return sorted(found, key=lambda each: order.index(each[0]))

    def hear(self, member: str, cycle_id: str, learnings: int) -> bool:
        """Note that a member was told of a cycle; answer whether that was news."""
        mine = (_told.c.member == member, _told.c.cycle == cycle_id)
        with self._database.write() as connection:
            if connection.execute(select(_told.c.at).where(*mine)).first():
                return False
            connection.execute(
                insert(_told).values(
                    member=member, cycle=cycle_id, at=self._clock(), learnings=learnings
                )
            )
        return True

    def told(self, cycle_id: str) -> list[str]:
        """List who heard of a cycle."""
        asked = select(_told.c.member).where(_told.c.cycle == cycle_id).order_by(_told.c.member)
        with self._database.read() as connection:
            return list(connection.execute(asked).scalars())


def _last_cursor(connection: Connection) -> Cursor:
    """Answer where the last analysis ended; at the beginning, if there was none."""
    asked = select(_steps.c.made).where(_steps.c.stage == Stage.ANALYSED.value)
    found = connection.execute(asked.order_by(_steps.c.at.desc()).limit(1)).scalar()
    return Cursor(0, 0) if found is None else Cursor(**json.loads(found)["next"])


def _cycle(row: Row[Any]) -> Cycle:
    since = Cursor(row.since_seq, row.since_purged)
    return Cycle(row.id, Stage(row.stage), Micros(row.begun_at), Micros(row.changed_at), since)
