"""Searches that remember their answers for as long as these are right."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from retrieval.cache.codec import body_of
from retrieval.cache.counting import Counts
from retrieval.cache.frozen import frozen
from retrieval.cache.model import Answer, CacheStore, Entry, Found, How, Request, Statistics, Tag
from retrieval.cache.single_flight import SingleFlight
from retrieval.cache.ttl import Lifetimes
from retrieval.cache.validity import Validity
from retrieval.model import SearchResult

_RECENT_SECONDS: Final = 3_600.0
"""What changed within the last hour is taken to change again."""

Search = Callable[[Request], SearchResult]


class Similar(Protocol):
    """Finds a request that was answered before and means the same; see `SemanticIndex`."""

    def find(self, family: str, text: str) -> str | None:
        """Answer the key of such a request, if there is one."""
        ...

    def add(self, family: str, text: str, key: str) -> None:
        """Remember a request that was answered."""
        ...

    def clear(self) -> None:
        """Forget every request."""
        ...


class Asked(Protocol):
    """Notes what is asked for; see `AccessLog`."""

    def note(self, key: str, request: Request) -> None:
        """Count a request."""
        ...


@dataclass(frozen=True, slots=True)
class Policy:
    """How the cache behaves.

    Attributes:
        configuration: answers what beside request and knowledge decides an answer: the model in
            service, the ranker, weights. Another one has other keys.
        similar: None leaves questions that are worded differently apart.
        asked: None keeps no log for warming up.
    """

    configuration: Callable[[], str] = str
    lifetimes: Lifetimes = field(default_factory=Lifetimes)
    similar: Similar | None = None
    asked: Asked | None = None


class CachedSearch:
    """Wraps a search: what was answered before is answered again while it holds.

    An answer is never given after a change of what it depends on, which is looked up in the
    truth with every request; identical requests at one moment are worked out once; errors are
    not kept.
    """

    def __init__(
        self,
        search: Search,
        *,
        store: CacheStore,
        validity: Validity,
        policy: Policy | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._search = search
        self._store = store
        self._validity = validity
        self._policy = policy or Policy()
        self._clock = clock
        self._flights: SingleFlight[Tag, tuple[Entry, How]] = SingleFlight()
        self._counts = Counts()

    def answer(self, request: Request, *, fresh: bool = False) -> Answer:
        """Search, or answer what is known.

        Args:
            request: what is asked.
            fresh: work it out in any case; the answer replaces what was kept.
        """
        configuration = self._policy.configuration()
        key = request.key(configuration)
        if key is None:
            self._counts.other(How.BYPASS)
            result = self._search(request)
            return Answer(result, body_of(result), How.BYPASS)
        if fresh:
            self._counts.other(How.BYPASS)
            return self._told(self._work_out(key, request, self._validity.tag()), How.BYPASS)
        answer = self._remembered(key, request, configuration)
        if self._policy.asked:
            self._policy.asked.note(key, request)
        return answer

    def _remembered(self, key: str, request: Request, configuration: str) -> Answer:
        found = self._kept(key, request)
        if found is not None:
            return self._hit(key, found, How(found.where))
        similar = self._policy.similar
        family = request.family(configuration) if similar else None
        if similar and family and (other := similar.find(family, request.text)):
            found = self._kept(other, request)
            if found is not None:
                return self._hit(other, found, How.SIMILAR)
        answer = self._missed(key, request)
        if similar and family:
            similar.add(family, request.text, key)
        return answer

    def peek(self, request: Request) -> Answer | None:
        """Answer what is known of just this request, or None at once."""
        key = request.key(self._policy.configuration())
        found = self._kept(key, request) if key else None
        if key is None or found is None:
            return None
        if self._policy.asked:
            self._policy.asked.note(key, request)
        return self._hit(key, found, How(found.where))

    def clear(self) -> None:
        """Remove every answer: none of its bytes is kept."""
        self._store.clear()
        if self._policy.similar:
            self._policy.similar.clear()

    def statistics(self) -> Statistics:
        """Tell what the cache did and holds."""
        return self._counts.told(self._store.usage())

    def watched_by(self, watcher: Callable[[How], None]) -> None:
        """Tell of each answer how it came about."""
        self._counts.watched_by = watcher

    def log_to(self, asked: Asked) -> None:
        """Note from now on what is asked."""
        self._policy = replace(self._policy, asked=asked)

    def close(self) -> None:
        """Close the store."""
        self._store.close()

    def _kept(self, key: str, request: Request) -> Found | None:
        def holds(entry: Entry) -> bool:
            good = self._validity.holds(entry.tag, request)
            if not good:
                self._counts.refused()
            return good

        return self._store.get(key, holds)

    def _hit(self, key: str, found: Found, how: How) -> Answer:
        entry, lifetimes = found.entry, self._policy.lifetimes
        now = self._clock()
        if lifetimes.changes_at(found.hits):
            life = lifetimes.of(key, hits=found.hits, dynamic=entry.dynamic, empty=entry.empty)
            self._store.extend(key, max(1.0, entry.created + life - now))
        self._counts.hit(how, entry, now)
        return self._told(entry, how)

    def _missed(self, key: str, request: Request) -> Answer:
        def work(tag: Tag) -> tuple[Entry, How]:
            found = self._kept(key, request)  # another one may have ended just before
            if found is not None:
                return found.entry, How.COALESCED
            return self._work_out(key, request, tag), How.MISS

        (entry, how), joined = self._flights.do(
            key,
            joins=lambda tag: self._validity.holds(tag, request),
            begin=self._validity.tag,
            work=work,
        )
        how = How.COALESCED if joined else how
        self._counts.other(how)
        return self._told(entry, how)

    def _work_out(self, key: str, request: Request, tag: Tag) -> Entry:
        started = time.perf_counter()
        result = frozen(self._search(request))
        cost = (time.perf_counter() - started) * 1e3
        now = self._clock()
        dynamic = self._validity.changed_within(_RECENT_SECONDS, request, now)
        entry = Entry(result, body_of(result), tag, now, cost, dynamic)
        life = self._policy.lifetimes.of(key, hits=0, dynamic=dynamic, empty=entry.empty)
        self._store.put(key, entry, life)
        if not self._validity.holds(tag, request):
            self._store.extend(key, 0.0)  # what a purge removes must not be kept behind its back
        return entry

    def _told(self, entry: Entry, how: How) -> Answer:
        return Answer(entry.result, entry.body, how)
