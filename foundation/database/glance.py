"""One number of the truth, read so often that a pooled transaction would cost too much."""

from __future__ import annotations

import sqlite3
import threading

from sqlalchemy import select

from foundation.database.engine import Database
from foundation.database.schema import counters
from foundation.ids import Seq

_QUERY = "SELECT seq FROM counters"
_PATIENCE_SECONDS = 1.0


class Glance:
    """Looks at the head of the log: on SQLite by a connection of its own, in microseconds.

    What any process committed before the call is seen. Threads may share it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._driver: sqlite3.Connection | None = None
        self._closed = database.dialect != "sqlite"

    def head(self) -> Seq:
        """Answer the newest committed seq.

        Raises:
            Unavailable: the database did not answer.
        """
        if not self._closed:
            try:
                with self._lock:
                    ((seq,),) = self._open().execute(_QUERY).fetchall()
                return Seq(seq)
            except (sqlite3.Error, ValueError):
                self._let_go()  # the usual way says what is wrong
        with self._database.read() as connection:
            return Seq(connection.execute(select(counters.c.seq)).scalar_one())

    def close(self) -> None:
        """Close the connection; who looks nevertheless goes the usual way."""
        self._closed = True
        self._let_go()

    def _open(self) -> sqlite3.Connection:
        if self._driver is None:
            self._driver = sqlite3.connect(
                self._database.location,
                timeout=_PATIENCE_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
            self._driver.execute("PRAGMA query_only=ON")
        return self._driver

    def _let_go(self) -> None:
        with self._lock:
            driver, self._driver = self._driver, None
            if driver is not None:
                driver.close()
