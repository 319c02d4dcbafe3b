"""Which known things a question names: the graph's names, ready to be found in questions."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection, case, func, select

from foundation.database.engine import Database
from foundation.database.schema import chunks, mentions, names
from foundation.ids import Seq
from knowledge.extraction.model import Role
from knowledge.graph.linking import Linked, NameIndex, link
from knowledge.log import NOW
from retrieval.recent import Recent

MOST_NAMES: Final = 100_000
"""More would take long to read, and a GB to hold."""

_NONE: Final = NameIndex(())


class LinkedNames:
    """Follows the log with the names that passages have; a search waits for it once at the most."""

    def __init__(
        self, database: Database, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._recent: Recent[NameIndex] = Recent(
            "names", database, read_names, _NONE, monotonic=monotonic
        )

    def index(self) -> NameIndex:
        """Answer the names that are known; right after a change, those known before it."""
        return self._recent.get()

    def link(self, question: str) -> list[Linked]:
        """Find the names that a question speaks of, from left to right."""
        return link(question, self.index())

    def position(self) -> Seq:
        """Answer the seq up to which the names are known."""
        return self._recent.position()

    def refresh(self) -> None:
        """Bring the names to the head of the log now.

        Raises:
            Unavailable: the database did not answer.
        """
        self._recent.refresh()

    def close(self) -> None:
        """Wait for what is being read, and read no more."""
        self._recent.close()


def read_names(connection: Connection, before: NameIndex = _NONE) -> NameIndex:
    """Read the names of current passages; the index is kept where they are the same.

    Of very many those are kept that documents are named after, and then those used most.
    """
    titled = func.max(case((mentions.c.role == Role.TITLE.value, 1), else_=0))
    query = (
        select(names.c.id, names.c.surface)
        .join(mentions, mentions.c.name_id == names.c.id)
        .join(chunks, chunks.c.id == mentions.c.chunk_id)
        .where(NOW.holds(chunks), mentions.c.role != Role.WORDS.value)
        .group_by(names.c.id, names.c.surface)
        .order_by(titled.desc(), func.count().desc(), names.c.id)
        .limit(MOST_NAMES)
    )
    surfaces = {row.id: row.surface for row in connection.execute(query)}
    return before if before.surfaces == surfaces else NameIndex(surfaces.items())
