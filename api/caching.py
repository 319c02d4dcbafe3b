"""Put the cache together: where answers are kept, and what tells that they still hold."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import structlog

from api.notices import Notice
from api.retrieving import Retrieval
from api.serving import Serving
from foundation.breaker import Breakers
from foundation.clock import Clock
from foundation.database.engine import Database
from foundation.errors import GuildError, InvalidInput, Unavailable
from foundation.ids import Seq, content_hash
from foundation.settings import Settings
from knowledge.watermarks import Watermarks
from retrieval.cache.asked import AccessLog
from retrieval.cache.memory import MemoryStore
from retrieval.cache.model import Answer, CacheStore, How, Request, Statistics
from retrieval.cache.redis_store import RedisStore
from retrieval.cache.search import CachedSearch, Policy, Search
from retrieval.cache.semantic import SemanticIndex
from retrieval.cache.tiered import Tiered
from retrieval.cache.ttl import Lifetimes
from retrieval.cache.validity import Validity
from retrieval.model import Vector
from retrieval.ranking.ranker import OWN

_log = structlog.get_logger(__name__)

_FILE: Final = "asked.jsonl"
_OTHERS: Final = "asked-*.jsonl"
CLEARED: Final = "cache.cleared"
FORGOTTEN: Final = "cache.forgotten"
"""Written when no process of the home may keep an answer, or anything of what was purged."""

SIZE: Final = "cache.size"
"""How many bytes each process of the home may keep, until its owner begins anew."""

_DAY: Final = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Ground:
    """What a cache stands on.

    Attributes:
        glance: answers the newest committed seq, cheaply.
        serving: the embedding model in service.
        retrieval: the searches, and how far is what they read.
        writable: this process owns the home, and keeps the log of what is asked.
        breakers: where Redis's is.
    """

    settings: Settings
    home: Path
    database: Database
    glance: Callable[[], Seq]
    clock: Clock
    serving: Serving
    retrieval: Retrieval
    writable: bool
    breakers: Breakers


@dataclass(frozen=True, slots=True)
class Size:
    """How much memory answers may take: now, and as the settings allow."""

    most_bytes: int
    allowed_bytes: int


class Cache:
    """The searches of one home, remembered."""

    def __init__(self, ground: Ground, search: Search) -> None:
        """Put it together around a search.

        Raises:
            InvalidInput: the URL of the cache is none.
            Unavailable: the extra `redis` is not installed.
        """
        settings = ground.settings
        self._clock = ground.clock
        self._home = ground.home
        self._owns = ground.writable
        self._day = 0, ""
        self._shared = settings.cache_url is not None
        self._asked = AccessLog(ground.home / _FILE) if ground.writable else None
        self._warmed = settings.cache_warm_queries
        policy = Policy(
            configuration=_configuration(ground),
            lifetimes=Lifetimes(settings.cache_ttl_seconds),
            similar=_similar(ground),
            asked=self._asked,
        )
        self._near = MemoryStore(entries=settings.cache_entries, most_bytes=settings.cache_bytes)
        self._allowed = settings.cache_bytes
        if ground.writable:
            (ground.home / SIZE).unlink(missing_ok=True)
        marks = Watermarks(ground.database, ground.glance)
        self.validity = Validity(marks, ground.retrieval.positions)
        self._searches = CachedSearch(
            search,
            store=_store(ground, self._near),
            validity=self.validity,
            policy=policy,
            clock=lambda: ground.clock() / 1e6,
        )

    def answer(self, request: Request, *, fresh: bool = False) -> Answer:
        """Search, or answer what is known; `fresh` works it out in any case."""
        return self._searches.answer(self._dated(request), fresh=fresh)

    @property
    def shared(self) -> bool:
        """Tell whether other processes have the answers too."""
        return self._shared

    def statistics(self) -> Statistics:
        """Tell what the cache did and holds."""
        return self._searches.statistics()

    @property
    def size(self) -> Size:
        """Tell how much memory answers may take in each process."""
        return Size(self._near.most_bytes, self._allowed)

    def resize(self, most_bytes: int) -> None:
        """Let answers take so much memory in each process, until the owner begins anew.

        Args:
            most_bytes: as the settings allow at the most. Others of the home follow in a second.

        Raises:
            InvalidInput: the settings allow less.
            Unavailable: the home can't be written.
        """
        if most_bytes > self._allowed:
            raise InvalidInput(f"ELDERS_CACHE_BYTES allows {self._allowed} bytes: ask for less")
        self._near.resize(most_bytes)
        path = self._home / SIZE
        try:
            aside = path.with_name(f"{SIZE}.tmp")
            aside.write_text(str(most_bytes))
            aside.replace(path)
        except OSError as error:
            raise _unwritable(self._home, error) from error

    def take_size(self) -> None:
        """Let answers take as much memory as the owner of the home said last."""
        try:
            told = int((self._home / SIZE).read_text())
        except (OSError, ValueError):
            return
        self._near.resize(min(told, self._allowed))

    def watched_by(self, watcher: Callable[[How], None]) -> None:
        """Tell of each answer how it came about."""
        self._searches.watched_by(watcher)

    def log_to(self, name: str) -> None:
        """Note what is asked in a file of the home, for those who read it only."""
        self._asked = AccessLog(self._home / name)
        self._searches.log_to(self._asked)

    def clear(self) -> None:
        """Remove every answer: none of its bytes is kept, by other processes for a second.

        Raises:
            Unavailable: the home can't be written, so that others do not learn of it.
        """
        self._searches.clear()
        self._tell(CLEARED)

    def forget(self) -> None:
        """Keep nothing of what was purged: no answer, and no question that may quote it.

        Raises:
            Unavailable: as `clear`.
        """
        self._searches.clear()
        if self._asked:
            self._asked.clear()
        self._tell(FORGOTTEN)
        if self._owns:
            for path in self._home.glob(_OTHERS):
                path.unlink(missing_ok=True)

    def _tell(self, notice: str) -> None:
        """Have other processes of the home do the same, where this one owns it."""
        if not self._owns:
            return
        try:
            Notice(self._home / notice).mark()
        except OSError as error:
            raise _unwritable(self._home, error) from error

    def warm(self, ended: Callable[[], bool] = lambda: False) -> int:
        """Answer what was asked most before this process began; answer how many were.

        Args:
            ended: tells whether to stop.
        """
        done = 0
        for request in (self._asked.requests() if self._asked else [])[: self._warmed]:
            if ended():
                break
            try:
                self.answer(request)
            except GuildError:  # what it asks for may be gone
                continue
            done += 1
        _log.info("cache.warmed", requests=done)
        return done

    def close(self) -> None:
        """Write down what was asked, and let go of the store."""
        with ExitStack() as ending:
            ending.callback(self._searches.close)
            if self._asked and self._warmed:
                ending.callback(self._asked.save)

    def peek(self, request: Request) -> Answer | None:
        """Answer what is known, or None at once."""
        return self._searches.peek(self._dated(request))

    def _dated(self, request: Request) -> Request:
        number = self._clock() // _DAY
        if number != self._day[0]:
            day = datetime.fromtimestamp(number * 86_400, UTC).date().isoformat()
            self._day = number, day
        return replace(request, day=self._day[1])


def _unwritable(home: Path, error: OSError) -> Unavailable:
    return Unavailable(f"{home} can't be written ({error.strerror}): make room, and try again")


def _similar(ground: Ground) -> SemanticIndex | None:
    threshold = ground.settings.semantic_cache_threshold
    if threshold is None:
        return None

    def embed(text: str) -> Vector:
        return ground.serving.model().embedder.embed_query(text)

    return SemanticIndex(embed, threshold=threshold)


def _store(ground: Ground, near: MemoryStore) -> CacheStore:
    settings = ground.settings
    if settings.cache_url is None:
        return near
    prefix = f"elders:{content_hash(ground.database.location)[:16]}:"
    url = settings.cache_url.get_secret_value()
    return Tiered(near, RedisStore(url, prefix=prefix, breakers=ground.breakers))


def _configuration(ground: Ground) -> Callable[[], str]:
    """Name all that decides an answer beside the question and the knowledge."""
    settings = ground.settings
    weights = (settings.dense_weight, settings.synonym_weight, settings.semantic_cache_threshold)
    again = f"{settings.reranker} {settings.rerank_depth}"
    fixed = f"{version('elders-guild')} {settings.ranker} {again} {weights}"
    own = str(ground.home / OWN)

    def configuration() -> str:
        try:
            ranker = os.stat(own).st_mtime_ns  # noqa: PTH116 - in every search: half the time
        except OSError:
            ranker = 0
        return f"{ground.serving.name} {ranker} {fixed}"

    return configuration
