"""What the cache speaks of: requests with their keys, entries with their tags, and figures."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b
from typing import Any, Final, Protocol

from foundation.clock import Micros
from foundation.ids import Seq
from foundation.security.policy import Access
from knowledge.log import NOW, AsOf
from retrieval.diversity import RELEVANCE_ALONE, Diversity
from retrieval.model import SearchResult

_DIGEST_BYTES: Final = 20


def normalised(query: str) -> str:
    """Write a query in one way: composed characters, single spaces.

    Case is kept, and so are compatibility forms: names are told by them.
    """
    return " ".join(unicodedata.normalize("NFC", query).split())


@dataclass(frozen=True, slots=True)
class Request:
    """All that a search's answer depends on, beside the knowledge and the configuration.

    Attributes:
        text: the query, normalised. What is understood of it follows from it, the knowledge and
            the day.
        collections: those searched; None for all but the insights.
        access: what the caller may see.
        day: ISO date on which it is asked: "the last two weeks" are counted from it.
    """

    text: str
    k: int = 10
    mode: str = "default"
    collections: Sequence[str] | None = None
    filter: Mapping[str, Any] | None = None
    at: AsOf = NOW
    filtering: bool = True
    diversity: Diversity = RELEVANCE_ALONE
    access: Access = Access.everything
    day: str = ""

    @property
    def fixed(self) -> bool:
        """Tell whether a change of the past is asked about: what held then stays so."""
        return self.at.seq is not None

    def family(self, configuration: str) -> str | None:
        """Answer what all requests share that differ in their text alone.

        None where that has no canonical form: such a request is not cached.
        """
        known = None if self.collections is None else sorted(set(self.collections))
        condition = None if self.filter == {} else self.filter
        parts = [
            configuration, self.k, self.mode, known, condition, self.at.seq, self.at.time,
            self.filtering, self.diversity.balance, self.diversity.per_source,
            self.access.permissions(), self.day,
        ]  # fmt: skip
        try:
            text = json.dumps(parts, sort_keys=True, separators=(",", ":"), allow_nan=False)
        except (TypeError, ValueError, RecursionError):
            return None
        return text if _has_text_keys(self.filter) else None

    def key(self, configuration: str) -> str | None:
        """Answer the digest under which an answer is kept; None where it is not to be."""
        family = self.family(configuration)
        if family is None:
            return None
        text = json.dumps(self.text)
        return blake2b(f"{text}{family}".encode(), digest_size=_DIGEST_BYTES).hexdigest()


def _has_text_keys(value: object) -> bool:
    """JSON writes the key 1 as "1": what differs for a filter must not be the same here."""
    if isinstance(value, Mapping):
        return all(isinstance(k, str) and _has_text_keys(v) for k, v in value.items())
    return not isinstance(value, list | tuple) or all(map(_has_text_keys, value))


@dataclass(frozen=True, slots=True)
class Tag:
    """The state of knowledge before an answer was worked out.

    Attributes:
        seq: the newest change then.
        recorded: when that was recorded; it tells one log from another.
        positions: how far each follower was, in an order that is the program's.
    """

    seq: Seq
    recorded: Micros
    positions: Sequence[int]


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer that is kept, as an object and as the bytes that go out.

    Attributes:
        created: seconds since 1970.
        cost_ms: what it took to find; a hit saves so much.
        dynamic: it is about what changed a short time before.
    """

    result: SearchResult
    body: bytes
    tag: Tag
    created: float
    cost_ms: float
    dynamic: bool = False

    @property
    def empty(self) -> bool:
        """Tell whether nothing was found."""
        return not self.result.hits


@dataclass(frozen=True, slots=True)
class Found:
    """An entry that may be answered: where it lay, and how often it was, this time included."""

    entry: Entry
    hits: int
    where: str


Holds = Callable[[Entry], bool]
"""Tells whether an entry may still be answered."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a store holds; `evictions` since it was opened."""

    entries: int
    bytes: int
    evictions: int = 0


class CacheStore(Protocol):
    """Where entries are kept. Implementations pass `CacheStoreContract`; threads may share one.

    What can't be kept or read counts as absent: a cache that fails slows a search, no more.
    """

    def get(self, key: str, holds: Holds) -> Found | None:
        """Answer an entry that has not expired and holds, and count the hit."""
        ...

    def put(self, key: str, entry: Entry, seconds: float) -> None:
        """Keep an entry for so long, in place of what the key had."""
        ...

    def extend(self, key: str, seconds: float) -> None:
        """Let an entry, if it is there, live for so long from now; 0 removes its bytes."""
        ...

    def clear(self) -> None:
        """Remove every entry's bytes."""
        ...

    def usage(self) -> Usage:
        """Count what is kept."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class How(StrEnum):
    """How an answer came about."""

    MEMORY = "memory"
    REDIS = "redis"
    SIMILAR = "similar"
    COALESCED = "coalesced"
    MISS = "miss"
    BYPASS = "bypass"

    @property
    def hit(self) -> bool:
        """Tell whether it was kept, and nothing was worked out."""
        return self in (How.MEMORY, How.REDIS, How.SIMILAR)


@dataclass(frozen=True, slots=True)
class Answer:
    """A search's result, as an object and as the bytes that go out."""

    result: SearchResult
    body: bytes
    how: How


@dataclass(frozen=True, slots=True)
class Statistics:
    """What the cache did since the process began, and what it holds now.

    Attributes:
        hits: by where the answer lay: memory, redis, similar (a question that means the same).
        negative_hits: hits of which the answer was that nothing is found.
        coalesced: requests that waited for another one's retrieval.
        stale: entries refused because knowledge had changed.
        bypassed: requests that asked for a fresh answer, or have no key.
        mean_age_seconds: of what was answered from the cache.
        saved_ms: what hits would have cost.
    """

    hits: Mapping[str, int] = field(default_factory=dict)
    negative_hits: int = 0
    misses: int = 0
    coalesced: int = 0
    stale: int = 0
    bypassed: int = 0
    evictions: int = 0
    entries: int = 0
    bytes: int = 0
    mean_age_seconds: float = 0.0
    saved_ms: float = 0.0
