"""What was measured of late, in the guild's store: bounded by age and number of rounds."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from typing import Final

from sqlalchemy import BigInteger, Column, LargeBinary, Table, delete, func, insert, select

from elders.incidents.model import MICROS, Round, read_series
from elders.store import metadata
from foundation.clock import Micros
from foundation.database.database import Database

KEPT_SECONDS: Final = 3 * 86_400.0
_MOST: Final = 100_000
_BEGINNING: Final = Micros(0)

_rounds = Table(
    "guild_rounds",
    metadata,
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("readings", LargeBinary, nullable=False),
)
"""`readings` is JSON, compressed: values by the text of their series."""


class Ring:
    """Rounds in the store. Calls block: use a thread.

    Args:
        store: as `open_store` answers it once this module is imported.
        kept_seconds: what is older is forgotten.
        most: rounds that are kept, whatever their age.
    """

    def __init__(
        self, store: Database, *, kept_seconds: float = KEPT_SECONDS, most: int = _MOST
    ) -> None:
        self._store = store
        self._kept_seconds = kept_seconds
        self._most = most

    def add(self, seen: Round) -> None:
        """Keep a round, and forget those that are too old or too many.

        A round of the same moment is replaced.

        Raises:
            Unavailable, Conflict: the store did not take it.
        """
        row = {"at": seen.at, "readings": write_readings(seen)}
        with self._store.write() as connection:
            connection.execute(delete(_rounds).where(_rounds.c.at == seen.at))
            connection.execute(insert(_rounds), [row])
            oldest = seen.at - int(self._kept_seconds * MICROS)
            connection.execute(delete(_rounds).where(_rounds.c.at < oldest))
            surplus = select(_rounds.c.at).order_by(_rounds.c.at.desc()).offset(self._most).limit(1)
            edge = connection.execute(surplus).scalar()
            if edge is not None:
                connection.execute(delete(_rounds).where(_rounds.c.at <= edge))

    def read(
        self, since: Micros = _BEGINNING, until: Micros | None = None, *, limit: int | None = None
    ) -> list[Round]:
        """List rounds from a time to another, both included, in their order.

        Args:
            since: the first moment.
            until: the last one; now, by default.
            limit: only so many, the newest ones.
        """
        query = select(_rounds).where(_rounds.c.at >= since).order_by(_rounds.c.at.desc())
        query = query if until is None else query.where(_rounds.c.at <= until)
        with self._store.read() as connection:
            rows = connection.execute(query.limit(limit)).all()
        return [read_round(Micros(row.at), row.readings) for row in reversed(rows)]

    def count(self) -> int:
        """Count the rounds."""
        with self._store.read() as connection:
            return connection.execute(select(func.count()).select_from(_rounds)).scalar_one()

    def remove(self, before: Micros) -> int:
        """Remove rounds before a time; answer how many."""
        with self._store.write() as connection:
            return connection.execute(delete(_rounds).where(_rounds.c.at < before)).rowcount

    def put_back(self, rounds: Sequence[Round]) -> None:
        """Add rounds that were removed, whatever their age."""
        with self._store.write() as connection:
            known = set(connection.execute(select(_rounds.c.at)).scalars())
            rows = [
                {"at": each.at, "readings": write_readings(each)}
                for each in rounds
                if each.at not in known
            ]
            if rows:
                connection.execute(insert(_rounds), rows)


def write_readings(seen: Round) -> bytes:
    """Write what was measured as compressed JSON."""
    told = {str(series): value for series, value in seen.values.items()}
    return zlib.compress(json.dumps(told, allow_nan=False).encode())


def read_round(at: Micros, readings: bytes) -> Round:
    """Read what `write_readings` wrote."""
    told = json.loads(zlib.decompress(readings))
    return Round(at, {read_series(name): float(value) for name, value in told.items()})
