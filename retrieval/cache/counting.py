"""What the cache did: counted by many threads at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

from retrieval.cache.model import Entry, How, Statistics, Usage


class Counts:
    """Adds up how answers came about, and tells each to whoever watches."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: Counter[How] = Counter()
        self._negative = 0
        self._stale = 0
        self._age = 0.0
        self._saved = 0.0
        self.watched_by: Callable[[How], None] = lambda _how: None

    def hit(self, how: How, entry: Entry, now: float) -> None:
        """Count an answer that was kept."""
        with self._lock:
            self._answers[how] += 1
            self._negative += entry.empty
            self._age += max(0.0, now - entry.created)
            self._saved += entry.cost_ms
        self.watched_by(how)

    def other(self, how: How) -> None:
        """Count an answer that was worked out."""
        with self._lock:
            self._answers[how] += 1
        self.watched_by(how)

    def refused(self) -> None:
        """Count an entry that knowledge had outrun."""
        with self._lock:
            self._stale += 1

    def told(self, usage: Usage) -> Statistics:
        """Answer all figures, with what the store holds."""
        with self._lock:
            hits = {how.value: n for how, n in sorted(self._answers.items()) if how.hit}
            total = sum(hits.values())
            return Statistics(
                hits=hits,
                negative_hits=self._negative,
                misses=self._answers[How.MISS],
                coalesced=self._answers[How.COALESCED],
                stale=self._stale,
                bypassed=self._answers[How.BYPASS],
                evictions=usage.evictions,
                entries=usage.entries,
                bytes=usage.bytes,
                mean_age_seconds=self._age / total if total else 0.0,
                saved_ms=self._saved,
            )
