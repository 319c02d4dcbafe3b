"""Something read from the truth that searches use and never wait for: recent, not always new."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Final, Generic, TypeVar

import structlog
from sqlalchemy import Connection

from foundation.database.engine import Database
from foundation.errors import GuildError
from foundation.ids import Seq
from knowledge.log import head

_log = structlog.get_logger(__name__)

_LOOK_SECONDS: Final = 1.0
_REST: Final = 10.0
"""Rests so many times as long as the last reading took: that is a tenth of one core at the most."""

_PATIENCE_SECONDS: Final = 0.5
"""The very first search waits so long: a command that searches once should know it too."""

T = TypeVar("T")
Read = Callable[[Connection, T], T]
"""Reads what holds now; it is given what held before, to keep what did not change."""


class Recent(Generic[T]):
    """Follows the log with a value; who asks for it never waits for it but once.

    The log is looked at once a second at the most, and what changed there is read in the
    background: the old value serves while the new one is gathered. A value is replaced as a whole
    and must never change.
    """

    def __init__(
        self,
        name: str,
        database: Database,
        read: Read[T],
        first: T,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        patience_seconds: float = _PATIENCE_SECONDS,
    ) -> None:
        self._name = name
        self._database = database
        self._read = read
        self._value = first
        self._monotonic = monotonic
        self._patience_seconds = patience_seconds
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._starting = threading.Lock()
        self._building = threading.Lock()
        self._work: Future[None] | None = None
        self._closed = False
        self._seq: Seq | None = None
        self._due = monotonic()

    def get(self) -> T:
        """Answer the newest value that was read."""
        if self._monotonic() >= self._due:
            self._start()
        return self._value

    def position(self) -> Seq:
        """Answer the seq that the value is of, 0 where none was read; one in use stays recent."""
        if self._work is not None and self._monotonic() >= self._due:
            self._start()
        return self._seq or Seq(0)

    def refresh(self) -> None:
        """Bring the value to the head of the log now.

        Raises:
            Unavailable: the database did not answer.
        """
        with self._building:
            began = self._monotonic()
            with self._database.read() as connection:
                newest = head(connection)
                if newest != self._seq:
                    self._value, self._seq = self._read(connection, self._value), newest
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
            wait([work], self._patience_seconds)

    def _follow(self) -> None:
        try:
            self.refresh()
        except GuildError as error:
            self._due = self._monotonic() + _REST * _LOOK_SECONDS
            _log.warning("recent.failed", what=self._name, reason=str(error))
