"""Run the followers of the change log: the embedder, then the indexes that need its vectors."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import structlog

from foundation.errors import GuildError
from foundation.ids import Seq
from knowledge.follower import Feed, FeedSource, Follower
from knowledge.vectors import VectorStore
from retrieval.embedders.model import Embedder

_log = structlog.get_logger(__name__)

WINDOW = 128
"""Passages embedded at once: enough to be sorted by length, few enough to stop soon."""


class EmbeddingFollower:
    """Embeds every passage once and writes its vector into the truth (FollowerContract)."""

    name = "embedder"

    def __init__(self, embedder: Callable[[], Embedder], store: VectorStore) -> None:
        self._embedder = embedder
        self._store = store
        self._interrupted = False
        self.embedded = 0

    def position(self) -> Seq:
        """Answer the seq up to which every chunk has its vector."""
        return self._store.position()

    def apply(self, feed: Feed) -> None:
        """Embed what is new; a passage whose text was embedded before costs nothing."""
        texts = {chunk.text_hash: chunk.passage for chunk in feed.opened}
        missing = self._store.missing(texts)
        for start in range(0, len(missing), WINDOW):
            if self._interrupted:
                return
            window = missing[start : start + WINDOW]
            matrix = self._embedder().embed_documents([texts[h] for h in window])
            rows = {h: row.astype("<f4").tobytes() for h, row in zip(window, matrix, strict=True)}
            self._store.store(rows)
            self.embedded += len(window)
        self._store.store({}, position=feed.upto)

    def interrupt(self) -> None:
        """End the step under way soon; what is embedded is kept, the position stays."""
        self._interrupted = True

    def reset(self) -> None:
        """Look at every chunk anew; vectors that exist are kept, they are the truth."""
        self._store.store({}, position=Seq(0))


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
    """How far a follower is behind the truth, in changes and in seconds of work where known."""

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
    """A follower with the log that it reads and the size of its steps (chunks)."""

    follower: Follower
    source: FeedSource
    step: int = 2_000
    interrupt: Callable[[], None] = lambda: None


class Followers:
    """All followers of one home; one thread each, so that BM25 never waits for the embedder."""

    def __init__(self, following: Sequence[Following], *, poll_seconds: float = 0.25) -> None:
        self._following = following
        self._poll_seconds = poll_seconds
        self._errors: dict[str, str] = {}
        self._wake = threading.Condition()
        self._stopping = False
        self._threads: list[threading.Thread] = []

    @property
    def names(self) -> list[str]:
        """List the followers' names, each after those whose work it needs."""
        return [each.follower.name for each in self._following]

    def start(self, names: Collection[str] = ()) -> None:
        """Let the named followers (all, if none is named) follow in the background until `stop`."""
        for each in self._following:
            if names and each.follower.name not in names:
                continue
            thread = threading.Thread(
                target=self._follow, args=(each,), name=f"follow-{each.follower.name}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def catch_up(self, names: Sequence[str]) -> None:
        """Bring the named followers up to date in this thread (they are not started)."""
        for each in self._following:
            if each.follower.name in names:
                while step(each):
                    pass

    def stop(self) -> None:
        """End after the steps under way; safe to call twice."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
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
        newest = max((each.source.head() for each in self._following), default=Seq(0))
        return [
            Lag(
                each.follower.name,
                each.follower.position(),
                newest,
                self._errors.get(each.follower.name, ""),
            )
            for each in self._following
        ]

    def wait(
        self,
        names: Sequence[str] = (),
        *,
        timeout_seconds: float | None = None,
        on_lag: Callable[[Sequence[Lag]], None] = lambda _: None,
    ) -> bool:
        """Wait until the named followers (all, if none is named) have caught up.

        What is committed while it waits is not waited for: under a steady stream of documents it
        would never end.

        Returns:
            False where the time ran out or a follower can't go on (see its lag's error).
        """
        waited = 0.0
        target: Seq | None = None
        while True:
            lags = [lag for lag in self.lags() if not names or lag.name in names]
            on_lag(lags)
            target = max((lag.head for lag in lags), default=Seq(0)) if target is None else target
            if all(lag.position >= target for lag in lags):
                return True
            if any(lag.error for lag in lags) or (
                timeout_seconds is not None and waited >= timeout_seconds
            ):
                return False
            with self._wake:
                self._wake.wait(self._poll_seconds)
            waited += self._poll_seconds

    def _follow(self, each: Following) -> None:
        while not self._stopping:
            try:
                moved = step(each)
                self._errors.pop(each.follower.name, None)
            except GuildError as error:
                self._errors[each.follower.name] = str(error)
                moved = False
            except Exception as error:  # noqa: BLE001 - a dead thread would be waited for for ever
                _log.exception("follower.failed", follower=each.follower.name)
                self._errors[each.follower.name] = f"unexpected {type(error).__name__}: {error}"
                moved = False
            with self._wake:
                if moved:
                    self._wake.notify_all()
                elif not self._stopping:
                    self._wake.wait(self._poll_seconds)


def step(each: Following) -> bool:
    """Apply one feed; answer whether there was any."""
    position = each.follower.position()
    if position >= each.source.head():
        return False
    each.follower.apply(each.source.feed(position, limit=each.step))
    return True
