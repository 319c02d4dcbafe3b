"""Work that is asked for twice is done once: answers by key, in the database, for a day."""

from __future__ import annotations

import threading
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select, update

from foundation.clock import Clock, Micros
from foundation.database.database import Database
from foundation.database.requests import idempotency
from foundation.errors import Conflict, InProgress, InvalidInput
from foundation.ids import content_hash, new_id

LARGEST_BODY: Final = 256 * 1024
"""Bytes of an answer, compressed: more than twice what is said of 1,000 documents."""

LARGEST_PLAIN: Final = 16 * 1024 * 1024
"""Bytes of an answer that is unpacked again."""

KEPT_SECONDS: Final = 24 * 3_600
_LEASE_SECONDS: Final = 3_600
_SOON_SECONDS: Final = 2
_MICROS: Final = 1_000_000
_RUNNING: Final = 0


@dataclass(frozen=True, slots=True)
class Answered:
    """How a request was answered."""

    status: int
    media_type: str
    body: bytes = field(repr=False)


class Idempotency:
    """Remembers answers by the hash of a key, so that a repeated request is not worked on again.

    Every process that opens the database honours them. What was begun and never ended is begun
    anew: at once where the home's owner has changed since (a home has one at a time), after an hour
    where another home's process did it. Threads may share it.

    Source: draft-ietf-httpapi-idempotency-key-header.
    """

    def __init__(self, database: Database, clock: Clock, *, home: Path) -> None:
        """Begin a run of a home's owner.

        Args:
            database: where answers are kept.
            clock: what time it is.
            home: where the home lies.
        """
        self._database = database
        self._clock = clock
        self._home = home
        self._run = new_id()
        self._working: set[str] = set()
        self._lock = threading.Lock()

    def begin(self, key: str, request: str) -> Answered | None:
        """Begin to work on a request, or answer what was answered before.

        Args:
            key: a hash of the key and of who sent it.
            request: a hash of what was sent.

        Returns:
            None where it is to be worked on: `finish` or `release` it.

        Raises:
            InProgress: it is being worked on.
            Conflict: its answer was not kept.
            InvalidInput: the key was used for another request.
        """
        home = content_hash(str(self._home.resolve()))  # here: it may look at the disk
        begun = False
        try:
            with self._database.write() as connection:
                now = self._clock()
                oldest = now - KEPT_SECONDS * _MICROS
                connection.execute(delete(idempotency).where(idempotency.c.started_at <= oldest))
                row = connection.execute(select(idempotency).where(idempotency.c.id == key)).first()
                if row is not None and not self._is_dead(row, home, now):
                    return _known(row, request)
                self._insert(connection, key, request, home, now)
                begun = True
                with self._lock:  # before the commit: who sees the row must find it alive
                    self._working.add(key)
        except BaseException:
            if begun:
                self._forget(key)
            raise
        return None

    def finish(self, key: str, answer: Answered) -> None:
        """Keep the answer; one that is too large is known to have been given, no more."""
        packed = zlib.compress(answer.body) if len(answer.body) <= LARGEST_PLAIN else b""
        kept = packed if 0 < len(packed) <= LARGEST_BODY else None
        change = update(idempotency).values(
            status=answer.status, media_type=answer.media_type, body=kept
        )
        self._end(key, change)

    def release(self, key: str) -> None:
        """Forget that it was begun, as nothing was done: the same key may come again."""
        self._end(key, delete(idempotency))

    def _end(self, key: str, change: Any) -> None:  # noqa: ANN401 - an update or a delete
        mine = (idempotency.c.id == key, idempotency.c.run == self._run)
        try:
            with self._database.write() as connection:
                connection.execute(change.where(*mine, idempotency.c.status == _RUNNING))
                self._forget(key)  # before the commit: whoever begins it next is not forgotten
        except BaseException:
            self._forget(key)  # whatever failed, the key is not stuck
            raise

    def _forget(self, key: str) -> None:
        with self._lock:
            self._working.discard(key)

    def _is_dead(self, row: Any, home: str, now: Micros) -> bool:  # noqa: ANN401 - a row
        """Tell whether nobody works any more on what was begun and not ended."""
        if row.status != _RUNNING:
            return False
        if row.home != home:
            return bool(row.started_at <= now - _LEASE_SECONDS * _MICROS)
        with self._lock:
            return row.run != self._run or row.id not in self._working

    def _insert(
        self, connection: Connection, key: str, request: str, home: str, now: Micros
    ) -> None:
        connection.execute(delete(idempotency).where(idempotency.c.id == key))
        connection.execute(
            insert(idempotency).values(
                id=key, request=request, home=home, run=self._run, started_at=now,
                status=_RUNNING, media_type="", body=None,
            )
        )  # fmt: skip


def forget_answers(connection: Connection) -> None:
    """Remove what answers said, all of them, as a purge must: that they were given stays known."""
    connection.execute(update(idempotency).values(body=None))


def _known(row: Any, request: str) -> Answered:  # noqa: ANN401 - a row
    if row.request != request:
        raise InvalidInput(
            "this Idempotency-Key was used for another request: send a new key with a new request"
        )
    if row.status == _RUNNING:
        raise InProgress(
            "the request with this Idempotency-Key is still being worked on: ask again later",
            retry_seconds=_SOON_SECONDS,
        )
    if row.body is None:
        raise Conflict(
            "the request with this Idempotency-Key was carried out, but its answer was not kept:"
            " look at what is there now"
        )
    return Answered(row.status, row.media_type, zlib.decompress(row.body))
