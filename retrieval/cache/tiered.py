"""A small near store before a large far one."""

from __future__ import annotations

from retrieval.cache.model import CacheStore, Entry, Found, Holds, Usage

_NEAR_SECONDS = 60.0


class Tiered:
    """What the far store answers is kept near for a minute, as objects (CacheStoreContract).

    Every look judges an entry by the truth, so that a near copy is never older than the far one
    in anything that matters; it just does not count its hits there.
    """

    def __init__(self, near: CacheStore, far: CacheStore) -> None:
        self._near = near
        self._far = far

    def get(self, key: str, holds: Holds) -> Found | None:
        """Answer an entry that has not expired and holds, and count the hit."""
        found = self._near.get(key, holds)
        if found is None:
            found = self._far.get(key, holds)
            if found is not None:
                self._near.put(key, found.entry, _NEAR_SECONDS)
        return found

    def put(self, key: str, entry: Entry, seconds: float) -> None:
        """Keep an entry in both."""
        self._near.put(key, entry, min(seconds, _NEAR_SECONDS))
        self._far.put(key, entry, seconds)

    def extend(self, key: str, seconds: float) -> None:
        """Let an entry, if it is there, live for so long from now; 0 removes it."""
        self._near.extend(key, min(seconds, _NEAR_SECONDS))
        self._far.extend(key, seconds)

    def clear(self) -> None:
        """Remove every entry of both."""
        self._near.clear()
        self._far.clear()

    def usage(self) -> Usage:
        """Count what the far store keeps; evictions are the near one's."""
        far = self._far.usage()
        return Usage(far.entries, far.bytes, self._near.usage().evictions)

    def close(self) -> None:
        """Close both."""
        self._near.close()
        self._far.close()
