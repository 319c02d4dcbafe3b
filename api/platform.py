"""A home with everything in it running: what every door opens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foundation.clock import Clock
from foundation.database.engine import Database
from foundation.ids import Seq
from foundation.locking import HomeLock
from ingest.pipeline import Pipeline
from knowledge.library import Library
from knowledge.log import AsOf, parse_as_of
from knowledge.reading import Reader
from knowledge.sage import KnowledgeSage
from retrieval.attributes import Attributes
from retrieval.doctor import Doctor
from retrieval.filters import parse_filter
from retrieval.following import Followers, Lag
from retrieval.model import Scope, SearchResult
from retrieval.sage import Question, RagSage, check_question

INDEXES = ("lexical", "exact", "chroma")


@dataclass(frozen=True, slots=True)
class Home:
    """Where everything of one home lies."""

    path: Path

    @property
    def followers(self) -> Path:
        """Derived state, which may be deleted whenever nobody holds the home."""
        return self.path / "followers"


@dataclass(frozen=True, slots=True)
class Parts:
    """What the composition root puts together."""

    home: Home
    database: Database
    clock: Clock
    lock: HomeLock | None
    holder: Callable[[], str]
    knowledge: KnowledgeSage
    library: Library
    reader: Reader
    pipeline: Pipeline
    attributes: Attributes
    followers: Followers
    rag: RagSage
    doctor: Doctor
    review_threshold: float
    forgetting: Callable[[], None]
    closing: Sequence[Callable[[], None]] = ()


class Platform:
    """The Sages of one home, with their followers at work.

    Without the home's lock (another process has it) it reads: searches work, nothing is followed.
    """

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self._started = False
        self._closed = False
        self._closing = threading.Lock()

    @property
    def follows(self) -> bool:
        """Tell whether this process owns the home's derived state."""
        return self.parts.lock is not None

    def start(self) -> None:
        """Begin to follow the change log in the background, where this process may."""
        if self.follows:
            self._started = True
            self.parts.followers.start()

    def settle(self) -> None:
        """Make what was committed findable by words; the rest follows when it can.

        Without followers in the background, the indexes are brought up to date here and now: all
        but the embedder, which takes its time.
        """
        if self._started:
            self.wait(["lexical"])
        elif self.follows:
            self.parts.followers.catch_up(INDEXES)

    def close(self) -> None:
        """Stop the followers, close every file and give the home back; safe to call twice."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
        self.parts.followers.stop()
        self.parts.rag.close()
        for close in self.parts.closing:
            close()
        self.parts.database.close()
        if self.parts.lock:
            self.parts.lock.release()

    def moment(self, as_of: str | int | None) -> AsOf:
        """Read an `as_of` against the log and the clock."""
        if as_of is None or as_of == "":
            return AsOf()
        return parse_as_of(as_of, head=self.parts.reader.head(), now=self.parts.clock())

    def search(
        self,
        query: str,
        *,
        k: int = 10,
        collections: Sequence[str] | None = None,
        filter: Mapping[str, Any] | None = None,  # noqa: A002 - the field's common name
        as_of: str | int | None = None,
        mode: str = "default",
    ) -> SearchResult:
        """Find passages.

        Args:
            query: a question or keywords, in any language.
            k: how many passages, 1 to 1,000.
            collections: only these; None means all.
            filter: Mongo-like conditions on metadata and built-in fields.
            as_of: a change seq or an ISO time: search what held then.
            mode: "default" (hybrid), "dense" or "lexical".

        Raises:
            InvalidInput: a bad query, k, filter, field or as_of.
            NotFound: an unknown collection.
        """
        text = check_question(query, k, mode)
        parsed = parse_filter(filter) if filter else None
        at = self.moment(as_of)
        documents = self.parts.attributes.mask(parsed, collections, at)
        scope = Scope(documents=documents, seq=at.seq, time=at.time)
        return self.parts.rag.search(Question(text=text, k=k, scope=scope, at=at, mode=mode))

    def forget(self) -> None:
        """Let no follower keep a byte of what was purged: their files are built anew."""
        self.settle()
        if self._started:
            self.wait(["exact", "chroma"])
        self.parts.forgetting()

    def wait(
        self,
        names: Sequence[str] = (),
        *,
        timeout_seconds: float | None = None,
        on_lag: Callable[[Sequence[Lag]], None] = lambda _: None,
    ) -> bool:
        """Wait until the named followers (all, by default) have caught up."""
        self.parts.followers.notify()
        return self.parts.followers.wait(names, timeout_seconds=timeout_seconds, on_lag=on_lag)

    def head(self) -> Seq:
        """Answer the newest committed seq."""
        return self.parts.reader.head()
