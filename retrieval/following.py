"""Run the followers of the change log, each in a thread: they catch up, rest, and try again."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import structlog

from foundation.errors import GuildError
from foundation.ids import Seq
from foundation.operations.tracing import span
from knowledge.follower import Feed, FeedSource, Follower

_log = structlog.get_logger(__name__)

PATIENCE = 5
"""Failures in a row after which nobody waits for a follower any more; it still tries again."""

_LONGEST_REST_SECONDS = 2.0

_SLOWEST = 7
"""Doublings of the delay between failures: 32 seconds, where a follower polls 4 times a second."""


class UpTo:
    """The log as far as another follower has come: vectors exist up to the embedder's position."""

    def __init__(self, source: FeedSource, position: Callable[[], Seq]) -> None:
        self._source = source
        self._position = position

    def head(self) -> Seq:
        """Answer how far the other follower has come."""
        return self._position()

    def feed(self, after: Seq, *, limit: int, upto: Seq | None = None) -> Feed:
        """Read what came after `after`, not beyond the other follower's position."""
        reached = self._position()
        return self._source.feed(after, limit=limit, upto=min(reached, upto or reached))


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a follower is behind the truth, in changes; `error` says what it failed at last."""

    name: str
    position: Seq
    head: Seq
    error: str = ""

    @property
    def behind(self) -> int:
        """Count the changes not yet applied."""
        return max(0, self.head - self.position)


@dataclass(frozen=True, slots=True)
class Following:
    """A follower with the log that it reads and the size of its steps (chunks).

    After a step it `rests` so many times as long as the step took, unless somebody waits for it:
    one whose steps cost much, however little they apply, then takes a part of a core, no more.

    One that is `in_memory` has no state that outlives the process: where it does not run, nobody
    waits for it, and whoever needs it brings it up to date.
    """

    follower: Follower
    source: FeedSource
    step: int = 2_000
    interrupt: Callable[[], None] = lambda: None
    in_memory: bool = False
    rests: float = 0.0


@dataclass(frozen=True, slots=True)
class _Failure:
    """What a follower fails at, and how often it has in a row."""

    reason: str
    times: int


class Followers:
    """All followers of one home; one thread each, so that BM25 never waits for the embedder.

    A follower that fails is tried again, ever more slowly; nothing it raises ends its thread.
    """

    def __init__(
        self,
        following: Sequence[Following],
        *,
        poll_seconds: float = 0.25,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._following = following
        self._poll_seconds = poll_seconds
        self._monotonic = monotonic
        self._failures: dict[str, _Failure] = {}
        self._wake = threading.Condition()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._started: set[str] = set()
        self._awaited: Counter[str] = Counter()

    @property
    def names(self) -> list[str]:
        """List the followers' names, each after those whose work it needs."""
        return [each.follower.name for each in self._waited_for()]

    def start(self, names: Collection[str] = ()) -> None:
        """Let the named followers (all, if none is named) follow in the background until `stop`."""
        for each in self._following:
            if names and each.follower.name not in names:
                continue
            thread = threading.Thread(
                target=self._follow, args=(each,), name=f"follow-{each.follower.name}", daemon=True
            )
            self._threads.append(thread)
            self._started.add(each.follower.name)
            thread.start()

    def catch_up(self, names: Collection[str]) -> None:
        """Bring the named followers up to date in this thread (they are not started).

        Some of them write into the truth, which is more for the others to follow: it is done when
        none of them moves any more.

        Raises:
            GuildError: a follower can't go on; those before it have caught up.
        """
        named = [each for each in self._following if each.follower.name in names]
        moved = True
        while moved:
            moved = False
            for each in named:
                while step(each):
                    moved = True

    def stop(self) -> None:
        """End after the steps under way, for good; safe to call twice."""
        self._stopping.set()
        self.notify()
        for each in self._following:
            each.interrupt()
        for thread in self._threads:
            thread.join()
        self._threads = []

    def notify(self) -> None:
        """Say that something was committed."""
        with self._wake:
            self._wake.notify_all()

    def lags(self) -> list[Lag]:
        """Tell how far each follower is, measured against the truth itself."""
        following = self._waited_for()
        newest = max((each.source.head() for each in following), default=Seq(0))
        return [self._lag(each, newest) for each in following]

    def wait(
        self,
        names: Collection[str] = (),
        *,
        timeout_seconds: float | None = None,
        on_lag: Callable[[Sequence[Lag]], None] = lambda _: None,
    ) -> bool:
        """Wait until the named followers (all, if none is named) have caught up.

        What is committed while it waits is not waited for: under a steady stream of documents it
        would never end. A follower that fails is waited for until it has failed several times in
        a row.

        Returns:
            False where the time ran out, a follower can't go on (see its lag's error), or all of
            them were stopped meanwhile.
        """
        deadline = None if timeout_seconds is None else self._monotonic() + timeout_seconds
        awaited = Counter(names or self.names)
        with self._wake:
            self._awaited.update(awaited)
            self._wake.notify_all()
        try:
            return self._wait(names, deadline, on_lag)
        finally:
            with self._wake:
                self._awaited.subtract(awaited)

    def _wait(
        self,
        names: Collection[str],
        deadline: float | None,
        on_lag: Callable[[Sequence[Lag]], None],
    ) -> bool:
        target: Seq | None = None
        while True:
            lags = [lag for lag in self.lags() if not names or lag.name in names]
            on_lag(lags)
            target = max((lag.head for lag in lags), default=Seq(0)) if target is None else target
            if all(lag.position >= target for lag in lags):
                return True
            if self._stopping.is_set() or any(self._has_given_up(lag.name) for lag in lags):
                return False
            if deadline is not None and self._monotonic() >= deadline:
                return False
            with self._wake:
                self._wake.wait(self._poll_seconds)

    def _waited_for(self) -> list[Following]:
        started = self._started
        return [f for f in self._following if not f.in_memory or f.follower.name in started]

    def _lag(self, each: Following, newest: Seq) -> Lag:
        try:
            return Lag(each.follower.name, each.follower.position(), newest, self._error(each))
        except GuildError as error:
            return Lag(each.follower.name, Seq(0), newest, str(error))

    def _error(self, each: Following) -> str:
        failure = self._failures.get(each.follower.name)
        return failure.reason if failure else ""

    def _has_given_up(self, name: str) -> bool:
        failure = self._failures.get(name)
        return failure is not None and failure.times >= PATIENCE

    def _follow(self, each: Following) -> None:
        while not self._stopping.is_set():
            began = self._monotonic()
            moved = self._try(each)
            failure = self._failures.get(each.follower.name)
            if failure:
                self._stopping.wait(self._poll_seconds * 2 ** min(failure.times - 1, _SLOWEST))
                continue
            with self._wake:
                if moved:
                    self._wake.notify_all()
                    self._rest(each, self._monotonic() - began)
                elif not self._stopping.is_set():
                    self._wake.wait(self._poll_seconds)

    def _rest(self, each: Following, took: float) -> None:
        """Leave the machine to others for a while; the lock is held."""
        now = self._monotonic()
        until = now + min(each.rests * took, _LONGEST_REST_SECONDS)
        while now < until and not self._awaited[each.follower.name] and not self._stopping.is_set():
            self._wake.wait(until - now)
            now = self._monotonic()

    def _try(self, each: Following) -> bool:
        """Take a step; whatever goes wrong is kept for the lag and logged."""
        name = each.follower.name
        try:
            moved = step(each)
        except GuildError as error:
            self._failed(name, str(error))
        except Exception as error:  # noqa: BLE001 - a dead thread would be waited for for ever
            self._failed(name, f"unexpected {type(error).__name__}: {error}", exc_info=True)
        else:
            self._failures.pop(name, None)
            return moved
        return False

    def _failed(self, name: str, reason: str, *, exc_info: bool = False) -> None:
        known = self._failures.get(name)
        times = known.times + 1 if known else 1
        self._failures[name] = _Failure(reason, times)
        if known is None or known.reason != reason:
            _log.warning("follower.failed", follower=name, reason=reason, exc_info=exc_info)


def step(each: Following) -> bool:
    """Apply one feed; answer whether the follower got further."""
    position = each.follower.position()
    if position >= each.source.head():
        return False
    with span("follow", follower=each.follower.name, position=position):
        each.follower.apply(each.source.feed(position, limit=each.step))
    return each.follower.position() > position
