"""Entries in this process: bounded in number and bytes, and the often used stay."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from retrieval.cache.frequency import Frequencies
from retrieval.cache.model import Entry, Found, Holds, Usage

_WINDOW_SHARE: Final = 0.05
_PROTECTED_SHARE: Final = 0.8
_LARGEST_SHARE: Final = 0.1
_PER_BODY_BYTE: Final = 3
_OVERHEAD: Final = 2_000
"""An entry holds its answer as objects too, of about twice the size of its bytes."""


@dataclass(slots=True)
class _Held:
    entry: Entry
    size: int
    expires: float
    hits: int = 0


class MemoryStore:
    """A segmented LRU with admission by frequency (CacheStoreContract).

    A new entry begins in a small window. What falls out of it must be asked for more often than
    the oldest of those on probation, or it goes; who is hit on probation is protected. So a crawl
    through a thousand questions does not drive out the hundred that everybody asks.

    Source: Einziger, Friedman & Manes, TinyLFU, 2017.
    """

    def __init__(
        self, *, entries: int, most_bytes: int, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = entries
        self._most_bytes = most_bytes
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._frequencies = Frequencies(entries)
        self._window: OrderedDict[str, _Held] = OrderedDict()
        self._probation: OrderedDict[str, _Held] = OrderedDict()
        self._protected: OrderedDict[str, _Held] = OrderedDict()
        self._bytes = 0
        self._evictions = 0

    def get(self, key: str, holds: Holds) -> Found | None:
        """Answer an entry that has not expired and holds, and count the hit."""
        with self._lock:
            self._frequencies.note(key)
            held = self._find(key)
        if held is None:
            return None
        if held.expires <= self._monotonic() or not holds(held.entry):
            with self._lock:
                if self._find(key) is held:
                    self._drop(key)
            return None
        with self._lock:
            held.hits += 1
            self._touch(key)
            return Found(held.entry, held.hits, "memory")

    def put(self, key: str, entry: Entry, seconds: float) -> None:
        """Keep an entry for so long, in place of what the key had; a very large one is not kept."""
        size = _OVERHEAD + _PER_BODY_BYTE * len(entry.body)
        with self._lock:
            self._drop(key)
            if size > self._most_bytes * _LARGEST_SHARE:
                return
            self._window[key] = _Held(entry, size, self._monotonic() + seconds)
            self._bytes += size
            self._settle()

    def extend(self, key: str, seconds: float) -> None:
        """Let an entry, if it is there, live for so long from now; 0 removes it."""
        with self._lock:
            held = self._find(key)
            if seconds <= 0.0:
                self._drop(key)
            elif held is not None:
                held.expires = self._monotonic() + seconds

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            for segment in (self._window, self._probation, self._protected):
                segment.clear()
            self._bytes = 0

    @property
    def most_bytes(self) -> int:
        """Tell how much entries may take."""
        return self._most_bytes

    def resize(self, most_bytes: int) -> None:
        """Let entries take so much from now on; what is too much goes at once."""
        with self._lock:
            self._most_bytes = most_bytes
            self._settle()

    def usage(self) -> Usage:
        """Count what is kept."""
        with self._lock:
            return Usage(self._count(), self._bytes, self._evictions)

    def close(self) -> None:
        """Forget everything."""
        self.clear()

    def _count(self) -> int:
        return len(self._window) + len(self._probation) + len(self._protected)

    def _find(self, key: str) -> _Held | None:
        return self._protected.get(key) or self._probation.get(key) or self._window.get(key)

    def _drop(self, key: str) -> None:
        for segment in (self._window, self._probation, self._protected):
            held = segment.pop(key, None)
            if held is not None:
                self._bytes -= held.size

    def _touch(self, key: str) -> None:
        """Move what was hit to where it stays longer."""
        if key in self._protected:
            self._protected.move_to_end(key)
        elif key in self._window:
            self._window.move_to_end(key)
        elif key in self._probation:
            self._protected[key] = self._probation.pop(key)
            while len(self._protected) > self._most * _PROTECTED_SHARE:
                demoted, held = self._protected.popitem(last=False)
                self._probation[demoted] = held

    def _settle(self) -> None:
        """Make room: within the window first, then by frequency, then by age."""
        while len(self._window) > max(1, int(self._most * _WINDOW_SHARE)):
            key, held = self._window.popitem(last=False)
            self._probation[key] = held
            if self._full() and len(self._probation) > 1:
                oldest = next(iter(self._probation))
                often = self._frequencies.of
                self._evict(oldest if often(key) > often(oldest) else key)
        while self._full():
            for segment in (self._probation, self._protected, self._window):
                if segment:
                    self._evict(next(iter(segment)))
                    break

    def _full(self) -> bool:
        return self._count() > self._most or self._bytes > self._most_bytes

    def _evict(self, key: str) -> None:
        self._drop(key)
        self._evictions += 1
