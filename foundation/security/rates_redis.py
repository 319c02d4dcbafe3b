"""Token buckets in Redis, which processes and machines share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import structlog

from foundation.breaker import Breakers, Limits, failing_with
from foundation.errors import CircuitOpen, Unavailable
from foundation.redis_client import connected
from foundation.security.rates import Buckets, Rate, Taken

_log = structlog.get_logger(__name__)

_LIMITS: Final = Limits(failures=1, rest_seconds=1.0)
_MICROS: Final = 1_000_000

# All in microseconds of the server's clock, so that the machines' clocks need not agree.
# KEYS[1]: when the bucket is full again. ARGV: between two tokens, for a whole bucket, and now
# (empty: ask the server). Answers whether there was one, microseconds missing, and to wait.
_TAKE: Final = """
local now = tonumber(ARGV[3])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local each, whole = tonumber(ARGV[1]), tonumber(ARGV[2])
local full = math.max(now, tonumber(redis.call('GET', KEYS[1])) or now)
local after = full + each
if after - now > whole + 0.5 then
  return {0, string.format('%.3f', full - now), string.format('%.3f', after - now - whole)}
end
local ttl = math.ceil((after - now) / 1000)
redis.call('SET', KEYS[1], string.format('%.3f', after), 'PX', ttl)
return {1, string.format('%.3f', after - now), '0'}
"""


class RedisBuckets:
    """Buckets under one prefix; each expires when it is full (BucketsContract).

    While the server does not answer it is left alone for a second: whoever asks is told at once.
    """

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "elders:rate:",
        now_micros: Callable[[], int] | None = None,
        breakers: Breakers | None = None,
    ) -> None:
        """Connect with the first call.

        Args:
            url: `redis://host:port/database`, `rediss://…` or `unix://…`.
            prefix: of the keys: what shares it shares its buckets.
            now_micros: the time, in place of the server's clock.
            breakers: where the server's is; by default none but its own.

        Raises:
            InvalidInput: the URL is none.
            Unavailable: the extra `redis` is not installed.
        """
        self._client, self._broken = connected(
            url, needs="rates shared in Redis need", setting="ELDERS_RATE_LIMIT_URL"
        )
        self._script = self._client.register_script(_TAKE)
        self._prefix = prefix
        self._now_micros = now_micros
        self._breaker = (breakers or Breakers()).of(
            "rates in Redis", limits=_LIMITS, judge=failing_with(*self._broken)
        )

    def take(self, rate: Rate, key: str) -> Taken:
        """Take one token.

        Raises:
            Unavailable: the server did not answer.
        """
        each = _MICROS / rate.per_second
        now = "" if self._now_micros is None else self._now_micros()
        answer = self._asked(
            lambda: self._script(
                keys=[f"{self._prefix}{rate.name}:{key}"], args=[each, each * rate.burst, now]
            )
        )
        allowed, missing, wait = int(answer[0]) == 1, float(answer[1]), float(answer[2])
        left = max(0.0, rate.burst - missing / each)
        remaining = int(left + 1e-6) if allowed else 0
        seconds = (remaining + 1 - left) / rate.per_second if allowed else wait / _MICROS
        return Taken(allowed, remaining, seconds)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _asked(self, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the script answers
        try:
            with self._breaker.guarding():
                return call()
        except CircuitOpen:
            pass
        except self._broken as error:
            _log.warning("rates.unavailable", reason=type(error).__name__)
        raise Unavailable("Redis, which counts requests, does not answer: try again later")


class LocalWhileAway:
    """Shared buckets, and this process's own while those can't be had."""

    def __init__(self, shared: Buckets, local: Buckets) -> None:
        self._shared = shared
        self._local = local

    def take(self, rate: Rate, key: str) -> Taken:
        """Take one token, from wherever one can be had."""
        try:
            return self._shared.take(rate, key)
        except Unavailable:
            return self._local.take(rate, key)

    def close(self) -> None:
        """Let go of connections."""
        self._shared.close()
        self._local.close()
