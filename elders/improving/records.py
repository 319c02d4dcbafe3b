"""Improvement in the guild's store: what was measured, what is tried, and what came of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Integer,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)

from elders.improving.model import Record, Suggestion, Window
from elders.store import metadata
from foundation.clock import Clock, Micros
from foundation.database.database import Database

KEPT_SECONDS: Final = 7 * 86_400
HALF_LIFE_SECONDS: Final = 7 * 86_400
"""After which a trial counts half: what did not help once may help another time."""

_FADED: Final = 10
"""Half-lives after which a trial counts for nothing."""

_MICROS: Final = 1_000_000

_measures = Table(
    "guild_measures",
    metadata,
    Column("metric", String(200), primary_key=True),
    Column("at", BigInteger, primary_key=True),
    Column("value", Float, nullable=False),
)

_trials = Table(
    "guild_trials",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("kind", String(100), nullable=False, index=True),
    Column("knob", String(100), nullable=False),
    Column("metric", String(200), nullable=False),
    Column("before", Float, nullable=False),
    Column("after", Float, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("change", Float),
)

OPEN: Final = "open"
APPROVED: Final = "approved"
"""Open, and an elder said yes to it."""

HELPED: Final = "helped"
REVERTED: Final = "reverted"
UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Trial:
    """A knob that was turned, from `before` to `after`; until judged it is `open` or `approved`."""

    number: int
    kind: str
    knob: str
    metric: str
    before: float
    after: float
    at: Micros
    outcome: str
    change: float | None


class Improvements:
    """The store's door for improvement. Sync: call it from a thread."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def measured(self, values: Mapping[str, float]) -> None:
        """Keep what was measured now, and forget what is a week old."""
        now = self._clock()
        rows = [{"metric": name, "at": now, "value": value} for name, value in values.items()]
        oldest = now - KEPT_SECONDS * _MICROS
        with self._database.write() as connection:
            connection.execute(delete(_measures).where(_measures.c.at == now))
            if rows:
                connection.execute(insert(_measures), rows)
            connection.execute(delete(_measures).where(_measures.c.at < oldest))

    def window(self, since: Micros, until: Micros) -> Window:
        """Answer what was measured from a moment until before another."""
        asked = select(_measures).where(_measures.c.at >= since, _measures.c.at < until)
        found: dict[str, list[float]] = defaultdict(list)
        with self._database.read() as connection:
            for row in connection.execute(asked.order_by(_measures.c.at)):
                found[row.metric].append(row.value)
        return found

    def begin(self, suggestion: Suggestion, before: float, outcome: str = OPEN) -> int:
        """Note that a knob is about to be turned, by itself or approved; answer the number."""
        row = {
            "kind": suggestion.kind,
            "knob": suggestion.knob,
            "metric": suggestion.metric,
            "before": before,
            "after": suggestion.value,
            "at": self._clock(),
            "outcome": outcome,
        }
        with self._database.write() as connection:
            made = connection.execute(insert(_trials).values(row).returning(_trials.c.number))
            return int(made.scalar_one())

    def end(self, number: int, outcome: str, change: float | None) -> None:
        """Note what came of a trial."""
        with self._database.write() as connection:
            connection.execute(
                update(_trials)
                .where(_trials.c.number == number)
                .values(outcome=outcome, change=change)
            )

    def trials(self, *outcomes: str) -> list[Trial]:
        """List trials, all or those of these outcomes, the oldest first."""
        asked = select(_trials).order_by(_trials.c.number)
        if outcomes:
            asked = asked.where(_trials.c.outcome.in_(outcomes))
        with self._database.read() as connection:
            return [Trial(**row._mapping) for row in connection.execute(asked)]  # noqa: SLF001 - SQLAlchemy's own name

    def records(self) -> dict[str, Record]:
        """Count by kind how often it was tried, and how often it helped; old trials fade."""
        now = self._clock()
        half_life = HALF_LIFE_SECONDS * _MICROS
        judged = _trials.c.outcome.in_([HELPED, REVERTED])
        asked = select(_trials).where(judged, _trials.c.at > now - _FADED * half_life)
        found: dict[str, Record] = {}
        with self._database.read() as connection:
            for row in connection.execute(asked):
                weight = 0.5 ** ((now - row.at) / half_life)
                known = found.get(row.kind, Record())
                helped = weight if row.outcome == HELPED else 0.0
                found[row.kind] = Record(known.tried + weight, known.helped + helped)
        return found
