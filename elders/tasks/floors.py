"""How many workers there are to be at the least, by who asks: undoing one leaves the others."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from sqlalchemy import delete, func, insert, select

from elders.tasks.model import MICROS
from elders.tasks.scaling import LONGEST_SECONDS, Floor
from elders.tasks.tables import floors
from foundation.clock import Clock
from foundation.database.database import Database
from foundation.errors import InvalidInput

_LONGEST: Final = LONGEST_SECONDS * MICROS


class Floors:
    """The store's door for floors. Threads and processes may share it."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def ask(self, floor: Floor) -> None:
        """Keep a floor in place of its source's, unless that one was asked for later.

        What was asked for longer ago than floors last is forgotten.

        Raises:
            InvalidInput: it is said to be asked for more than that ahead.
        """
        now = self._clock()
        if floor.asked_at > now + _LONGEST:
            raise InvalidInput("workers can't be asked for in the future: set the sender's clock")
        mine = floors.c.source == floor.source
        with self._database.write() as connection:
            row = connection.execute(select(floors).where(mine)).first()
            if row is None or floor.replaces(Floor(**row._mapping)):  # noqa: SLF001 - SQLAlchemy's own name
                connection.execute(delete(floors).where(mine))
                connection.execute(insert(floors).values(asdict(floor)))
            connection.execute(delete(floors).where(floors.c.asked_at <= now - _LONGEST))

    def least(self) -> int:
        """Answer the highest floor that holds now; 0 without one."""
        asked = select(func.max(floors.c.workers)).where(floors.c.until > self._clock())
        with self._database.read() as connection:
            return connection.execute(asked).scalar() or 0
