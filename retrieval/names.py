"""Which known things a question names: the graph's names, ready to be found in questions."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy import select

from foundation.database.engine import Database
from foundation.database.schema import names
from foundation.errors import GuildError
from foundation.ids import Seq
from knowledge.graph.linking import Linked, NameIndex, link
from knowledge.log import head

_log = structlog.get_logger(__name__)

_LOOK_SECONDS: Final = 1.0
_REST: Final = 10.0
"""Rests so many times as long as the last build took: it costs a tenth of one core at the most."""

_PATIENCE_SECONDS: Final = 2.0
"""The very first search waits so long: a command that searches once should know the names too."""


@dataclass(frozen=True, slots=True)
class Known:
    """The names of one moment: their index, and how each is spelt by its number."""

    index: NameIndex
    surfaces: Mapping[int, str]


class Names:
    """Follows the log with the names that passages have; a search waits for it once at the most.

    A search looks at the log at most once a second, and what is new is read in the background.
    """

    def __init__(
        self, database: Database, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._monotonic = monotonic
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="names")
        self._starting = threading.Lock()
        self._building = threading.Lock()
        self._work: Future[None] | None = None
        self._closed = False
        self._known = Known(NameIndex(()), {})
        self._seq: Seq | None = None
        self._due = monotonic()

    def link(self, question: str) -> list[Linked]:
        """Find the names that a question speaks of, from left to right."""
        if self._monotonic() >= self._due:
            self._start()
        return link(question, self._known.index)

    def surface(self, name: int) -> str:
        """Answer how a name is spelt, "" where it is not known."""
        return self._known.surfaces.get(name, "")

    def refresh(self) -> None:
        """Bring the names to the head of the log now.

        Raises:
            Unavailable: the database did not answer.
        """
        with self._building:
            began = self._monotonic()
            with self._database.read() as connection:
                newest = head(connection)
                if newest != self._seq:
                    found = connection.execute(select(names.c.id, names.c.surface)).all()
                    surfaces = {row.id: row.surface for row in found}
                    self._known = Known(NameIndex(surfaces.items()), surfaces)
                    self._seq = newest
            ended = self._monotonic()
            self._due = ended + max(_LOOK_SECONDS, _REST * (ended - began))

    def close(self) -> None:
        """Wait for what is being read, and read no more."""
        with self._starting:
            self._closed = True
        self._pool.shutdown()

    def _start(self) -> None:
        with self._starting:
            if self._closed or (self._work is not None and not self._work.done()):
                return
            first = self._work is None
            self._work = work = self._pool.submit(self._follow)
        if first:
            wait([work], _PATIENCE_SECONDS)

    def _follow(self) -> None:
        try:
            self.refresh()
        except GuildError as error:
            self._due = self._monotonic() + _REST * _LOOK_SECONDS
            _log.warning("names.failed", reason=str(error))
