"""Entries in Redis, which processes and machines share by its URL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import structlog

from foundation.breaker import Breakers, Limits, failing_with
from foundation.errors import CircuitOpen
from foundation.redis_client import connected
from retrieval.cache.codec import from_bytes, to_bytes
from retrieval.cache.model import Entry, Found, Holds, Usage

_log = structlog.get_logger(__name__)

_LIMITS: Final = Limits(failures=1, rest_seconds=5.0)
_PAGE: Final = 500

_COUNT_HIT: Final = "if redis.call('EXISTS', KEYS[1]) == 1 then return redis.call('HINCRBY', KEYS[1], 'hits', 1) end return 0"  # noqa: E501 - one statement of another language


class RedisStore:
    """Hashes with an entry and its hits, under one prefix (CacheStoreContract).

    The server bounds its memory itself: set `maxmemory` and `maxmemory-policy allkeys-lfu` there.
    While it does not answer, nothing is found or kept, and it is left alone for five seconds.
    """

    def __init__(
        self,
        url: str,
        *,
        prefix: str,
        breakers: Breakers | None = None,
    ) -> None:
        """Connect with the first call.

        Args:
            url: `redis://host:port/database`, `rediss://…` or `unix://…`.
            prefix: of the keys: what shares it shares its entries.
            breakers: where the server's is; by default none but its own.

        Raises:
            InvalidInput: the URL is none.
            Unavailable: the extra `redis` is not installed.
        """
        self._client, self._broken = connected(
            url, needs="a cache in Redis needs", setting="ELDERS_CACHE_URL"
        )
        self._prefix = prefix
        self._breaker = (breakers or Breakers()).of(
            "cache in Redis", limits=_LIMITS, judge=failing_with(*self._broken)
        )

    def get(self, key: str, holds: Holds) -> Found | None:
        """Answer an entry that has not expired and holds, and count the hit."""
        name = self._prefix + key
        data = self._asked(lambda: self._client.hget(name, "entry"))
        entry = from_bytes(data) if isinstance(data, bytes) else None
        if entry is None or not holds(entry):
            return None
        hits = self._asked(lambda: self._client.eval(_COUNT_HIT, 1, name))
        return Found(entry, int(hits or 1), "redis")

    def put(self, key: str, entry: Entry, seconds: float) -> None:
        """Keep an entry for so long, in place of what the key had."""
        name = self._prefix + key

        def store() -> None:
            with self._client.pipeline(transaction=True) as pipe:
                pipe.delete(name)
                pipe.hset(name, mapping={"entry": to_bytes(entry), "hits": 0})
                pipe.pexpire(name, max(1, int(seconds * 1e3)))
                pipe.execute()

        self._asked(store)

    def extend(self, key: str, seconds: float) -> None:
        """Let an entry, if it is there, live for so long from now; 0 removes it."""
        name = self._prefix + key
        self._asked(lambda: self._client.pexpire(name, max(0, int(seconds * 1e3))))

    def clear(self) -> None:
        """Remove every entry of this prefix."""

        def remove() -> None:
            for names in self._pages():
                self._client.unlink(*names)

        self._asked(remove)

    def usage(self) -> Usage:
        """Count the entries of this prefix, and their bytes."""

        def count() -> Usage:
            entries = size = 0
            for names in self._pages():
                entries += len(names)
                with self._client.pipeline(transaction=False) as pipe:
                    for name in names:
                        pipe.hstrlen(name, "entry")
                    size += sum(int(each) for each in pipe.execute())
            return Usage(entries, size)

        return self._asked(count) or Usage(0, 0)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _pages(self) -> list[list[bytes]]:
        names = list(self._client.scan_iter(match=f"{self._prefix}*", count=_PAGE))
        return [names[start : start + _PAGE] for start in range(0, len(names), _PAGE)]

    def _asked(self, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the call answers
        try:
            with self._breaker.guarding():
                return call()
        except CircuitOpen:
            return None
        except self._broken as error:
            _log.warning("cache.unavailable", reason=type(error).__name__)
            return None
