"""What the Task Sage keeps of the Knowledge Sage's patterns, in the guild's own tables."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, insert, select

from elders.learned import Batch, Cursor, LearnedPattern
from elders.tasks.tables import cursors, patterns
from foundation.database.database import Database

PATTERN_KIND: Final = "task"
"""The kind of patterns to follow; `data` has type, median_seconds, p90_seconds and skills."""

_CURSOR: Final = "task_sage"


@dataclass(frozen=True, slots=True)
class KindPattern:
    """What documents tell of a kind of task.

    Attributes:
        median_seconds: half of them took less.
        p90_seconds: nine of ten took less.
        skills: in which share of the records each was named.
        confidence: 0 to 1.
    """

    median_seconds: float
    p90_seconds: float
    skills: Mapping[str, float]
    confidence: float


class TaskPatterns:
    """Handles batches of a `PatternFeed` and keeps its cursor, both durably.

    Taking a pattern twice is as taking it once, so the feed's "at least once" is enough.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def __call__(self, batch: Batch) -> None:
        """Take a batch: each pattern in place of the one with its key.

        Raises:
            Conflict, Unavailable: of the database; nothing of the batch was kept.
        """
        with self._database.write() as connection:
            if batch.fresh:
                connection.execute(delete(patterns))
            for each in batch.patterns:
                connection.execute(delete(patterns).where(patterns.c.key == each.key))
                if (row := _row(each)) is not None:
                    connection.execute(insert(patterns).values(row))

    def load(self) -> Cursor | None:
        """Answer how far the feed has come; None before its first batch."""
        with self._database.read() as connection:
            row = connection.execute(select(cursors).where(cursors.c.name == _CURSOR)).first()
        return Cursor(row.seq, row.purged) if row else None

    def store(self, cursor: Cursor) -> None:
        """Keep how far the feed has come."""
        with self._database.write() as connection:
            connection.execute(delete(cursors).where(cursors.c.name == _CURSOR))
            connection.execute(
                insert(cursors).values(name=_CURSOR, seq=cursor.seq, purged=cursor.purged)
            )

    def known(self) -> dict[str, KindPattern]:
        """Answer what holds now, by kind of task in small letters."""
        with self._database.read() as connection:
            rows = connection.execute(select(patterns).order_by(patterns.c.key)).all()
        return {
            row.kind: KindPattern(
                row.median_seconds, row.p90_seconds, dict(row.skills), row.confidence
            )
            for row in rows
        }


def _row(pattern: LearnedPattern) -> dict[str, Any] | None:
    """Read a pattern of tasks; None where it is another kind's, out of use, or says nothing."""
    if pattern.kind != PATTERN_KIND or pattern.state != "active":
        return None
    data = pattern.data
    kind, median, late = (data.get(name) for name in ("type", "median_seconds", "p90_seconds"))
    if not isinstance(kind, str) or not (_is_length(median) and _is_length(late)):
        return None
    skills = data.get("skills")
    shares = skills.items() if isinstance(skills, Mapping) else ()
    return {
        "key": pattern.key,
        "kind": kind.casefold(),
        "median_seconds": median,
        "p90_seconds": late,
        "skills": {str(name): float(share) for name, share in shares if _is_length(share)},
        "confidence": min(1.0, max(0.0, pattern.figures.confidence)),
    }


def _is_length(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and value > 0
