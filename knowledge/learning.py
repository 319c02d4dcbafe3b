"""The learning loop: from what is known to patterns, joined names and insights."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from foundation.clock import Clock
from foundation.database.bulk import bulk_insert
from foundation.database.engine import Database
from foundation.database.schema import changes, positions
from foundation.ids import Seq
from knowledge.follower import Feed
from knowledge.graph.joining import join_lookalikes, suggestions
from knowledge.graph.model import Link
from knowledge.insights import insights
from knowledge.lessons import read_lessons
from knowledge.log import PURGED, head, writing
from knowledge.model import INSIGHTS
from knowledge.patterns.store import PatternChanges, read_patterns, restate, write_findings
from knowledge.sage import KnowledgeSage

_NAME = "learner"
_REST = 9.0
"""Rests so many times as long as the last round took: learning takes a tenth of one core."""

_LONGEST_REST_SECONDS = 60.0
_SHORT_SECONDS = 0.1

_TAUGHT = ("patterns.", "entities.", "documents.labelled", "duplicates.")
"""Begin the kinds of changes that teach something although no passage moved."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What a round of learning did.

    Attributes:
        joined, parted: names that the machine holds for one entity now, or holds no more.
        insights: documents that were written, changed or deleted.
    """

    patterns: PatternChanges = field(default_factory=PatternChanges)
    joined: Sequence[Link] = ()
    parted: Sequence[Link] = ()
    insights: int = 0


class Learner:
    """Learns from all that is current; what it learns is a function of that alone.

    It is a follower (FollowerContract), and may be asked to `learn` at any time.
    """

    name = _NAME

    def __init__(
        self,
        database: Database,
        sage: KnowledgeSage,
        clock: Clock,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._sage = sage
        self._clock = clock
        self._monotonic = monotonic
        self._interrupted = threading.Event()
        self._rest = 0.0
        self._lock = threading.Lock()

    def learn(self) -> Learned:
        """Look for patterns in everything that is current, and tell what changed."""
        with self._lock:
            with self._database.read() as connection:
                reached = head(connection)
            learned = self._learn()
            self._store(reached)
            return learned

    def position(self) -> Seq:
        """Answer the seq up to which everything was learned from."""
        query = select(positions.c.seq).where(positions.c.name == _NAME)
        with self._database.read() as connection:
            return Seq(connection.execute(query).scalar_one_or_none() or 0)

    def apply(self, feed: Feed) -> None:
        """Learn, if the feed (or what people decided meanwhile) can teach anything."""
        if not self._teaches(feed):
            self._store(feed.upto)
            return
        if self._rest and self._interrupted.wait(self._rest):
            return
        began = self._monotonic()
        self.learn()
        took = self._monotonic() - began
        self._rest = min(_REST * took, _LONGEST_REST_SECONDS) if took > _SHORT_SECONDS else 0.0

    def interrupt(self) -> None:
        """Rest no longer: the process is about to end."""
        self._interrupted.set()

    def reset(self) -> None:
        """Learn from everything anew."""
        self._store(Seq(0))

    def _learn(self) -> Learned:
        while True:
            with self._database.read() as connection:
                reached = head(connection)
                lessons = read_lessons(connection)
                suggested = suggestions(connection)
            findings = list(lessons.mine())
            with writing(self._database, self._clock, _NAME) as ledger:
                if self._purged_since(ledger.connection, reached):
                    continue  # what was read is to be forgotten: it must not be written
                joined, parted = join_lookalikes(ledger, suggested)
                done = write_findings(ledger, findings)
            return Learned(done, joined, parted, self._tell())

    def restate(self, key: str) -> None:
        """Let what people decided about a pattern count at once."""
        with self._lock:
            with writing(self._database, self._clock, _NAME) as ledger:
                changed = restate(ledger, key)
            if changed:
                self._tell()

    def _tell(self) -> int:
        """Write insights; answer how many are different now."""
        with self._database.read() as connection:
            entries = insights(self._database, read_patterns(connection))
        written = self._sage.add(INSIGHTS, entries, actor=_NAME) if entries else []
        return sum(result.outcome.value not in ("unchanged", "failed") for result in written)

    def _purged_since(self, connection: Connection, reached: Seq) -> bool:
        query = select(changes.c.seq).where(changes.c.kind == PURGED, changes.c.seq > reached)
        return connection.execute(query.limit(1)).first() is not None

    def _teaches(self, feed: Feed) -> bool:
        if feed.purged or any(c.collection != INSIGHTS for c in (*feed.opened, *feed.closed)):
            return True
        query = select(changes.c.kind).where(
            changes.c.seq > feed.after, changes.c.seq <= feed.upto, changes.c.actor != _NAME
        )
        with self._database.read() as connection:
            kinds = connection.execute(query.distinct()).scalars()
            return any(kind.startswith(_TAUGHT) for kind in kinds)

    def _store(self, position: Seq) -> None:
        with self._database.write() as connection:
            row = {"name": _NAME, "seq": position}
            bulk_insert(connection, positions, [row], on_conflict="update")
