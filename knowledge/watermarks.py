"""Up to which change each collection is touched: what was known before that may be out of date."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, case, func, select

from foundation.clock import Micros
from foundation.database.engine import Database
from foundation.database.schema import changes
from foundation.ids import Seq
from knowledge.log import PURGED, head
from knowledge.model import INSIGHTS

_LOOKED_BACK: Final = 10_000
"""Changes that a new process reads; collections not among them count as touched just before."""

_OPINIONS: Final = "feedback."
"""What people say of answers changes no knowledge."""


@dataclass(frozen=True, slots=True)
class Touch:
    """The newest change of something, and when it was recorded."""

    seq: Seq
    at: Micros

    def newer(self, other: Touch) -> Touch:
        """Answer the newer of two."""
        return self if self.seq >= other.seq else other


_NEVER: Final = Touch(Seq(0), Micros(0))


@dataclass(frozen=True, slots=True)
class Marks:
    """The newest change of each collection, as of one state of the log.

    Attributes:
        head: the newest change of all.
        floor: of collections that are not named.
        shared: of what belongs to no collection: names, patterns, decisions.
        purged: the last purge, wherever it was.
        own: by collection.
        ordinary: of all collections that a search sees which names none.
    """

    head: Touch
    floor: Touch
    shared: Touch = _NEVER
    purged: Touch = _NEVER
    own: Mapping[str, Touch] = field(default_factory=dict)
    ordinary: Touch = _NEVER

    def of(self, collections: Collection[str] | None) -> Touch:
        """Answer the newest change that an answer from these collections may depend on.

        Args:
            collections: those searched; None for all but the insights.
        """
        if collections is None:
            return self.ordinary
        newest = self.shared.newer(self.purged)
        for name in collections:
            newest = newest.newer(self.own.get(name, self.floor))
        return newest


class Watermarks:
    """Follows the log with the marks; each look sees what was committed before it."""

    def __init__(self, database: Database, glance: Callable[[], Seq]) -> None:
        """Begin with nothing.

        Args:
            database: the truth.
            glance: answers the newest committed seq, cheaply.
        """
        self._database = database
        self._glance = glance
        self._lock = threading.Lock()
        self._marks: Marks | None = None
        self._recorded: dict[Seq, Micros | None] = {}

    def marks(self) -> Marks:
        """Answer the marks as of now.

        Raises:
            Unavailable: the database did not answer.
        """
        known = self._marks
        if known is not None and self._glance() == known.head.seq:
            return known
        with self._lock, self._database.read() as connection:
            newest = head(connection)
            known = self._marks
            if known is None or newest < known.head.seq:  # an older state was restored
                self._recorded.clear()
                known = None
            if known is None or newest > known.head.seq:
                known = self._marks = _read(connection, newest, known)
            return known

    def recorded(self, seq: Seq) -> Micros | None:
        """Answer when a change was recorded; None where the log has no such change.

        Two logs that agree on it are the same log up to there, as a rule: a restored or copied
        home is told from another by it.

        Raises:
            Unavailable: the database did not answer.
        """
        if seq == 0:
            return Micros(0)
        if seq not in self._recorded:
            with self._database.read() as connection:
                at = _recorded(connection, seq)
            if len(self._recorded) > _LOOKED_BACK:
                self._recorded.clear()
            self._recorded[seq] = at
        return self._recorded[seq]


def _recorded(connection: Connection, seq: Seq) -> Micros | None:
    return connection.execute(select(changes.c.at).where(changes.c.seq == seq)).scalar_one_or_none()


def _read(connection: Connection, newest: Seq, before: Marks | None) -> Marks:
    """Read what was touched since the marks were made; of a long log only its end."""
    after = Seq(max(0, newest - _LOOKED_BACK)) if before is None else before.head.seq
    floor = Touch(after, _recorded(connection, after) or Micros(0))
    known = before or Marks(floor, floor, floor, floor, {}, floor)
    query = (
        select(
            changes.c.collection,
            func.max(changes.c.seq).label("seq"),
            func.max(changes.c.at).label("at"),
            func.max(case((changes.c.kind == PURGED, changes.c.seq), else_=0)).label("purged"),
        )
        .where(changes.c.seq > after, changes.c.kind.not_like(f"{_OPINIONS}%"))
        .group_by(changes.c.collection)
    )
    own = dict(known.own)
    shared, purged, ordinary = known.shared, known.purged, known.ordinary
    for row in connection.execute(query):
        touch = Touch(Seq(row.seq), Micros(row.at))
        if row.purged:
            purged = purged.newer(Touch(Seq(row.purged), touch.at))
        if row.collection:
            own[row.collection] = touch
        else:
            shared = shared.newer(touch)
        if row.collection != INSIGHTS:
            ordinary = ordinary.newer(touch)
    stamp = Touch(newest, _recorded(connection, newest) or Micros(0))
    ordinary = ordinary.newer(shared).newer(purged)
    return Marks(stamp, known.floor, shared, purged, own, ordinary)
