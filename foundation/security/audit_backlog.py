"""What waits for the audit log: bounded, in order, and nothing is lost in silence."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import islice
from typing import Final

from foundation.clock import Clock, Micros
from foundation.errors import Unavailable
from foundation.ids import new_id
from foundation.security.audit_entry import Entry, Prepared, Result, prepare

LOST: Final = "audit.lost"
"""The operation of the entry that says how many others found no room."""

_LONGEST_PAUSE_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class TrailLimits:
    """How much waits, and for how long.

    Attributes:
        batch: entries in one transaction at the most; so many waiting ones are written at once.
        interval_seconds: how long an entry waits for others.
        capacity: entries that may wait.
        patience_seconds: how long a caller waits for room before an entry counts as lost.
        checkpoint_entries: entries of this process after which a checkpoint is signed.
        checkpoint_seconds: the time after which one is signed, if there are new entries at all.
        drain_seconds: how long closing tries to write what still waits.
    """

    batch: int = 100
    interval_seconds: float = 1.0
    capacity: int = 10_000
    patience_seconds: float = 1.0
    checkpoint_entries: int = 1_000
    checkpoint_seconds: float = 60.0
    drain_seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class TrailState:
    """How the trail fares.

    Attributes:
        waiting: entries not yet written.
        written: entries of this process that were.
        lost: entries of this process that found no room.
        problem: why nothing is written at the moment; empty where all is well.
    """

    waiting: int
    written: int
    lost: int
    problem: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry in the queue; `done` is there where somebody waits for it."""

    prepared: Prepared
    since: float
    done: Future[None] | None


class Backlog:
    """A queue between many callers and one writer.

    Where it is full a caller waits a moment for room. An entry that finds none is counted, and the
    count becomes an entry of its own as soon as the database takes entries again; a critical one
    is refused.
    """

    def __init__(
        self, limits: TrailLimits, *, clock: Clock, monotonic: Callable[[], float]
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._queue: deque[Waiting] = deque()
        self._admitted = self._settled = self._written = self._failures = 0
        self._lost = self._untold = 0
        self._lost_since = Micros(0)
        self._urgent = 0
        self._pause = self._retry_at = 0.0
        self._problem = ""
        self._closing_until: float | None = None
        self._ended = False

    def admit(self, prepared: Prepared, *, critical: bool) -> Future[None] | None:
        """Queue an entry; for a critical one answer what ends when it is on the disk.

        Raises:
            Unavailable: the trail is closed, or (for a critical one) there is no room.
        """
        with self._changed:
            self._changed.wait_for(self._has_room, timeout=self._limits.patience_seconds)
            if self._closing_until is not None:
                raise Unavailable("the audit trail is closed: nothing is recorded any more")
            if not self._has_room():
                self._turn_away(critical=critical)
                return None
            done: Future[None] | None = Future() if critical else None
            self._queue.append(Waiting(prepared, self._monotonic(), done))
            self._admitted += 1
            self._urgent += critical
            if critical or len(self._queue) in (1, self._limits.batch):
                self._changed.notify_all()
            return done

    def take(self, *, until: float) -> list[Waiting] | None:
        """Wait until something is due, and show the next batch; it stays queued until `settle`.

        Args:
            until: when to come back with an empty batch, by the monotonic clock; may be infinite.

        Returns:
            None when the trail is closed and nothing is left, or could be written in time.
        """
        with self._changed:
            while True:
                now = self._monotonic()
                if self._has_ended(now):
                    self._ended = True
                    self._changed.notify_all()
                    return None
                if self._due(now) <= now:
                    self._tell_losses(now)
                    return list(islice(self._queue, self._limits.batch))
                if max(until, self._retry_at) <= now:
                    return []
                wake = min(self._due(now), max(until, self._retry_at))
                self._changed.wait(None if math.isinf(wake) else max(0.001, wake - now))

    def settle(self, batch: list[Waiting]) -> None:
        """Take a batch out: it is written."""
        with self._changed:
            for _ in batch:
                self._queue.popleft()
            self._settled += len(batch)
            self._written += len(batch)
            self._urgent -= sum(each.done is not None for each in batch)
            self._pause = self._retry_at = 0.0
            self._problem = ""
            self._changed.notify_all()
        for each in batch:
            if each.done:
                each.done.set_result(None)

    def fail(self, error: Exception) -> None:
        """Refuse all critical entries that wait; the others are tried again, ever more slowly."""
        with self._changed:
            refused = [each for each in self._queue if each.done]
            self._queue = deque(each for each in self._queue if not each.done)
            self._settled += len(refused)
            self._urgent -= len(refused)
            self._failures += 1
            self._problem = str(error)
            self._pause = min(_LONGEST_PAUSE_SECONDS, self._pause * 2 or 0.5)
            self._retry_at = self._monotonic() + self._pause
            self._changed.notify_all()
        for each in refused:
            if each.done:
                each.done.set_exception(error)

    def flush(self) -> bool:
        """Wait until all that is queued now is written; False where that failed."""
        with self._changed:
            self._urgent += 1
            self._changed.notify_all()
            wanted, failures = self._admitted, self._failures
            try:
                self._changed.wait_for(
                    lambda: self._settled >= wanted or self._failures > failures or self._ended
                )
            finally:
                self._urgent -= 1
            return self._settled >= wanted and self._failures == failures

    def close(self) -> None:
        """Take nothing in any more, and let the writer come to an end."""
        with self._changed:
            if self._closing_until is None:
                self._closing_until = self._monotonic() + self._limits.drain_seconds
            self._changed.notify_all()

    def state(self) -> TrailState:
        """Say how many wait, were written, were lost, and what is wrong."""
        with self._changed:
            return TrailState(len(self._queue), self._written, self._lost, self._problem)

    def _has_room(self) -> bool:
        return len(self._queue) < self._limits.capacity or self._closing_until is not None

    def _has_ended(self, now: float) -> bool:
        closing = self._closing_until
        given_up = bool(self._problem) and closing is not None and now >= closing
        return closing is not None and (given_up or not (self._queue or self._untold))

    def _due(self, now: float) -> float:
        """Answer when the next batch is to be written, by the monotonic clock."""
        closing = self._closing_until
        if not self._queue and not self._untold:
            return math.inf
        if self._problem and not self._urgent:
            return self._retry_at if closing is None else min(self._retry_at, closing)
        if self._urgent or closing is not None or len(self._queue) >= self._limits.batch:
            return now
        return self._queue[0].since + self._limits.interval_seconds if self._queue else now

    def _turn_away(self, *, critical: bool) -> None:
        reason = self._problem or f"{self._limits.capacity:,} entries wait to be written"
        if critical:
            raise Unavailable(f"the audit log has no room ({reason}): try again later")
        if not self._untold:
            self._lost_since = self._clock()
        self._lost += 1
        self._untold += 1

    def _tell_losses(self, now: float) -> None:
        """Put an entry before all others that says how many found no room."""
        if not self._untold:
            return
        entry = Entry(
            id=new_id(),
            at=self._lost_since,
            operation=LOST,
            action="record",
            resource="audit log",
            result=Result.FAILED,
            duration_micros=self._clock() - self._lost_since,
            metadata={"entries": self._untold},
        )
        self._queue.appendleft(Waiting(prepare(entry, dict), now, None))
        self._admitted += 1
        self._untold = 0
