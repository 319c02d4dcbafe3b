"""How often somebody may ask: token buckets, in this process or shared through Redis."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from foundation.errors import InvalidInput

_MOST_PER_SECOND: Final = 100_000
_MOST_BURST: Final = 10_000_000
_SLACK: Final = 1e-9  # of a request: what adding floating point numbers may lose


@dataclass(frozen=True, slots=True)
class Rate:
    """What a bucket holds and how fast it fills.

    Attributes:
        name: of the policy, as clients read it.
        per_second: tokens that come back in a second; each request takes one.
        burst: tokens in a full bucket.
    """

    name: str
    per_second: float = 1_000.0
    burst: int = 5_000

    def __post_init__(self) -> None:
        """Refuse what no bucket can be.

        Raises:
            InvalidInput: a figure is out of bounds, or the name is not plain.
        """
        if not (0 < self.per_second <= _MOST_PER_SECOND and 1 <= self.burst <= _MOST_BURST):
            raise InvalidInput(
                f"a rate of {self.per_second:g} a second with a burst of {self.burst}: the rate is"
                f" above 0 and at most {_MOST_PER_SECOND:,}, the burst 1 to {_MOST_BURST:,}"
            )
        if not (self.name.isascii() and self.name.isalnum()):
            raise InvalidInput(f"{self.name!r}: a rate's name is of plain letters and digits")


@dataclass(frozen=True, slots=True)
class Taken:
    """What a bucket answered.

    Attributes:
        allowed: whether there was a token.
        remaining: tokens that are left.
        wait_seconds: until there is one more.
    """

    allowed: bool
    remaining: int
    wait_seconds: float


class Buckets(Protocol):
    """Buckets by name and key. Implementations pass `BucketsContract`.

    A bucket that was never asked is full. Taking from an empty one changes nothing, so that who
    keeps asking is not kept out the longer for it. Threads may share it.
    """

    def take(self, rate: Rate, key: str) -> Taken:
        """Take one token.

        Raises:
            Unavailable: it can't be told whether there is one.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class MemoryBuckets:
    """Buckets of this process alone (BucketsContract).

    A bucket is one number, the moment at which it will be full again: the generic cell rate
    algorithm, which decides as a token bucket does. A full one needs no memory. Where more than
    `most` are not full, those that were first asked longest ago are forgotten: an attacker with so
    many addresses gains nothing by that beyond what the addresses have.

    Source: ITU-T I.371, annex A (the virtual scheduling algorithm).
    """

    def __init__(
        self, *, monotonic: Callable[[], float] = time.monotonic, most: int = 100_000
    ) -> None:
        self._monotonic = monotonic
        self._most = most
        self._full_at: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def take(self, rate: Rate, key: str) -> Taken:
        """Take one token."""
        name = (rate.name, key)
        with self._lock:
            now = self._monotonic()
            full_at = max(now, self._full_at.get(name, now))
            taken, after = draw(rate, full_at - now)
            if taken.allowed:
                if name not in self._full_at and len(self._full_at) >= self._most:
                    self._sweep(now)
                self._full_at[name] = now + after
            return taken

    def close(self) -> None:
        """Do nothing: there is no connection."""

    def __len__(self) -> int:
        """Count the buckets that are remembered."""
        return len(self._full_at)

    def _sweep(self, now: float) -> None:
        left = {name: at for name, at in self._full_at.items() if at > now}
        surplus = len(left) - self._most * 9 // 10
        for name in list(left)[: max(0, surplus)]:
            del left[name]
        self._full_at = left


def draw(rate: Rate, missing_seconds: float) -> tuple[Taken, float]:
    """Take a token from a bucket that will be full after so many seconds.

    Returns:
        What was taken, and after how many seconds the bucket is full now.
    """
    missing = missing_seconds * rate.per_second
    left = rate.burst - missing
    if left + _SLACK < 1:
        return Taken(allowed=False, remaining=0, wait_seconds=(1 - left) / rate.per_second), (
            missing_seconds
        )
    left = max(0.0, left - 1)
    whole = math.floor(left + _SLACK)
    taken = Taken(allowed=True, remaining=whole, wait_seconds=(whole + 1 - left) / rate.per_second)
    return taken, (rate.burst - left) / rate.per_second


def limit_headers(taken: Sequence[tuple[Rate, Taken]]) -> list[tuple[bytes, bytes]]:
    """Write the standard header fields for all buckets that a request was taken from.

    Source: draft-ietf-httpapi-ratelimit-headers-11. `q` tokens come back in `w` seconds; `r` are
    left for the next `t` seconds.
    """
    policies, limits = [], []
    for rate, each in taken:
        window = math.ceil(rate.burst / rate.per_second)
        policies.append(f'"{rate.name}";q={rate.burst};w={window}')
        limits.append(f'"{rate.name}";r={each.remaining};t={whole_seconds(each)}')
    return [
        (b"ratelimit-policy", ", ".join(policies).encode()),
        (b"ratelimit", ", ".join(limits).encode()),
    ]


def whole_seconds(taken: Taken) -> int:
    """Answer after how many whole seconds, one at the least, there is one more token."""
    return max(1, math.ceil(taken.wait_seconds - _SLACK))
