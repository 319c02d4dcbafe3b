"""Which envelopes were accepted: each one once, whoever sends it again, and after every restart."""

from __future__ import annotations

import threading
from collections.abc import Callable
from enum import Enum
from typing import Any, Final

from sqlalchemy import BigInteger, Column, String, Table, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from elders.store import metadata
from foundation.clock import Clock, Micros
from foundation.database.database import Database
from foundation.ids import new_id

_LEASE_MICROS: Final = 15_000_000
_SWEEP_MICROS: Final = 60_000_000

RENEW_SECONDS: Final = 5.0
"""How often whoever works on an envelope says that they still do."""

envelopes = Table(
    "guild_envelopes",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("run", String(36), nullable=False),
    Column("held_until", BigInteger),
)
"""`held_until` is NULL for what was acted on; `run` is of the process that works on it."""


class Claim(Enum):
    """Whether an envelope is to be acted on."""

    MINE = "mine"
    """By whoever asked."""
    OTHERS = "others"
    """Somebody does so now; whether they will succeed is not known yet."""
    DONE = "done"
    """It was: this is a replay, or delivered twice."""


class Replays:
    """Accepts each envelope once: one INSERT of its id decides. Threads and processes may share it.

    What was accepted and not acted on, since that failed or the process ended, may be accepted
    again: otherwise a message that is delivered again after a crash would be lost. Rows are swept
    when their envelopes have expired, as those are refused without them.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        """Begin a run of a process.

        Args:
            database: of `open_store`, opened after this module was imported.
            clock: what time it is.
        """
        self._database = database
        self._clock = clock
        self._run = new_id()
        self._held: set[str] = set()
        self._lock = threading.Lock()
        self._swept_at = Micros(0)

    def claim(self, envelope_id: str, *, expires_at: int) -> Claim:
        """Accept an envelope, unless it was: then `finish` or `release` it.

        Args:
            envelope_id: its id.
            expires_at: from when on it is refused by its time.

        Raises:
            Unavailable: the store does not answer.
        """
        with self._database.read() as connection:
            found = connection.execute(_row(envelope_id)).first()
        if found is not None and found.held_until is None:
            return Claim.DONE
        with self._database.write() as connection:
            now = self._clock()
            self._sweep(connection, now)
            values = {"expires_at": expires_at, "run": self._run, "held_until": now + _LEASE_MICROS}
            make: Callable[[Table], Any] = (
                sqlite.insert if self._database.dialect == "sqlite" else postgresql.insert
            )
            insertion = make(envelopes).values(id=envelope_id, **values).on_conflict_do_nothing()
            if connection.execute(insertion.returning(envelopes.c.id)).first() is None:
                found = connection.execute(_row(envelope_id)).one()
                if found.held_until is None:
                    return Claim.DONE
                if not self._is_left(found, now):
                    return Claim.OTHERS
                connection.execute(_change(envelope_id).values(**values))
            with self._lock:  # before the commit: who sees the row must find it held
                self._held.add(envelope_id)
        return Claim.MINE

    def renew(self, envelope_id: str) -> None:
        """Say that it is still being worked on."""
        with self._database.write() as connection:
            until = self._clock() + _LEASE_MICROS
            connection.execute(self._mine(envelope_id).values(held_until=until))

    def finish(self, envelope_id: str) -> None:
        """Say that it was acted on: it is never accepted again."""
        try:
            with self._database.write() as connection:
                connection.execute(self._mine(envelope_id).values(held_until=None))
        finally:
            self._forget(envelope_id)

    def release(self, envelope_id: str) -> None:
        """Say that it was not acted on: it may be accepted again."""
        try:
            with self._database.write() as connection:
                connection.execute(
                    delete(envelopes).where(
                        envelopes.c.id == envelope_id,
                        envelopes.c.run == self._run,
                        envelopes.c.held_until.is_not(None),
                    )
                )
        finally:
            self._forget(envelope_id)

    def _forget(self, envelope_id: str) -> None:
        with self._lock:
            self._held.discard(envelope_id)

    def _is_left(self, row: Any, now: Micros) -> bool:  # noqa: ANN401 - a row
        """Tell whether nobody works any more on what was accepted."""
        with self._lock:
            mine = row.run == self._run and row.id not in self._held
        return mine or bool(row.held_until <= now)

    def _mine(self, envelope_id: str) -> Any:  # noqa: ANN401 - an update
        return _change(envelope_id).where(
            envelopes.c.run == self._run, envelopes.c.held_until.is_not(None)
        )

    def _sweep(self, connection: Any, now: Micros) -> None:  # noqa: ANN401 - a connection
        if now - self._swept_at >= _SWEEP_MICROS:
            connection.execute(delete(envelopes).where(envelopes.c.expires_at <= now))
            self._swept_at = now


def _row(envelope_id: str) -> Any:  # noqa: ANN401 - a select
    return select(envelopes).where(envelopes.c.id == envelope_id)


def _change(envelope_id: str) -> Any:  # noqa: ANN401 - an update
    return update(envelopes).where(envelopes.c.id == envelope_id)
