"""Many ask the same at once: one of them works it out, the others wait for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

V = TypeVar("V")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Flight(Generic[T, V]):
    tag: T
    result: Future[V] = field(default_factory=Future)


class SingleFlight(Generic[T, V]):
    """Lets one caller a key work, and hands what comes of it, an error too, to all who wait.

    Who comes after the knowledge has changed does not take what was begun before.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[str, _Flight[T, V]] = {}

    def do(
        self,
        key: str,
        *,
        joins: Callable[[T], bool],
        begin: Callable[[], T],
        work: Callable[[T], V],
    ) -> tuple[V, bool]:
        """Answer the work's result, and whether somebody else did it.

        Args:
            key: what is asked for.
            joins: tells whether work that was begun with a tag is good enough.
            begin: makes the tag, before the work begins.
            work: works it out.
        """
        mine: _Flight[T, V] | None = None
        while True:
            with self._lock:
                flight = self._flights.get(key)
            if flight is not None and joins(flight.tag):
                return flight.result.result(), True
            mine = mine or _Flight(begin())
            with self._lock:
                if self._flights.get(key) is flight:
                    self._flights[key] = mine
                    break
        try:
            mine.result.set_result(work(mine.tag))
        except BaseException as error:
            mine.result.set_exception(error)
            raise
        finally:
            with self._lock:
                if self._flights.get(key) is mine:
                    del self._flights[key]
        return mine.result.result(), False
