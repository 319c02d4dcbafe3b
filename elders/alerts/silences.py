"""What people want to hear nothing of for a while: in the guild's store, heeded each second."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import structlog
from pydantic import TypeAdapter
from sqlalchemy import BigInteger, Column, Connection, String, Table, Text, delete, insert, select

from elders.alerts.matching import matcher
from elders.alerts.model import MICROS
from elders.alerts.policy import Silence
from elders.store import metadata
from foundation.clock import Clock, Micros
from foundation.database.database import Database
from foundation.errors import InvalidInput, NotFound
from foundation.ids import new_id

_log = structlog.get_logger(__name__)

_silences = Table(
    "guild_alert_silences",
    metadata,
    Column("key", String, primary_key=True),
    Column("matchers", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("by", String, nullable=False),
    Column("reason", Text, nullable=False),
)

_MATCHERS: Final = TypeAdapter(list[str])
_LONGEST_SECONDS: Final = 366 * 86_400


class Silences:
    """The store's door for silences; any process may use it. Sync: call it from a thread.

    Args:
        database: as `open_store` answers it once this module is imported.
        clock: what time it is.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, conditions: Sequence[str], *, seconds: float, by: str, why: str) -> Silence:
        """Have alerts not told for a while, critical ones too.

        Args:
            conditions: such as `service="api"`; an alert must fulfil all.
            seconds: how long.
            by: who wants it.
            why: for those who wonder.

        Raises:
            InvalidInput: there is no condition, one is none, or the time is none.
        """
        now = self._clock()
        matchers = tuple(matcher(text) for text in conditions)
        if not matchers or not 0 < seconds < _LONGEST_SECONDS:
            raise InvalidInput("a silence needs a condition, and a time of up to a year")
        until = Micros(now + int(seconds * MICROS))
        silence = Silence(new_id(), matchers, now, until, by, why)
        with self._database.write() as connection:
            connection.execute(delete(_silences).where(_silences.c.until <= now))
            connection.execute(
                insert(_silences).values(
                    key=silence.id,
                    matchers=_MATCHERS.dump_json([each.text for each in matchers]).decode(),
                    since=now,
                    until=until,
                    by=by,
                    reason=why,
                )
            )
        return silence

    def remove(self, silence: str) -> None:
        """End a silence.

        Raises:
            NotFound: there is none with this id.
        """
        with self._database.write() as connection:
            mine = (_silences.c.key == silence, _silences.c.until > self._clock())
            if not connection.execute(delete(_silences).where(*mine)).rowcount:
                raise NotFound(
                    f"there is no silence {silence[:80]!r}: it may have ended;"
                    " `elders guild silences` lists those that hold"
                )

    def all(self) -> list[Silence]:
        """List the silences that hold, the first to end first."""
        with self._database.read() as connection:
            return read_silences(connection, self._clock())


def read_silences(connection: Connection, now: Micros) -> list[Silence]:
    """List the silences that hold, the first to end first."""
    asked = select(_silences).where(_silences.c.until > now).order_by(_silences.c.until)
    found = (_silence(row) for row in connection.execute(asked))
    return [each for each in found if each is not None]


def _silence(row: Any) -> Silence | None:  # noqa: ANN401 - a row
    """Read a silence; one whose conditions nobody can read any more silences nothing."""
    try:
        matchers = tuple(matcher(text) for text in _MATCHERS.validate_json(row.matchers))
    except InvalidInput as error:
        _log.error("alerts.silence_unreadable", silence=row.key, reason=str(error))
        return None
    return Silence(row.key, matchers, Micros(row.since), Micros(row.until), row.by, row.reason)
