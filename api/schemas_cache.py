"""What goes out over HTTP about the cache."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from api import examples

_CACHE = {
    "hits": {"memory": 7012},
    "negative_hits": 31,
    "misses": 2988,
    "coalesced": 12,
    "stale": 205,
    "bypassed": 0,
    "evictions": 0,
    "entries": 2751,
    "bytes": 64318042,
    "most_bytes": 100000000,
    "allowed_bytes": 200000000,
    "mean_age_seconds": 412.5,
    "saved_ms": 182312.0,
}


class CacheOut(BaseModel):
    """Counts since the process began, and what is held now.

    `hits` by where answers lay, `negative_hits` of them said that nothing is found; `coalesced`
    requests waited for another one's retrieval; `stale` entries were refused because knowledge
    had changed; `saved_ms` is what the hits would have cost. Answers may take `most_bytes` of
    memory now, of the `allowed_bytes` of the settings.
    """

    model_config = ConfigDict(json_schema_extra=examples.shown(_CACHE))

    hits: dict[str, int]
    negative_hits: int
    misses: int
    coalesced: int
    stale: int
    bypassed: int
    evictions: int
    entries: int
    bytes: int
    most_bytes: int
    allowed_bytes: int
    mean_age_seconds: float
    saved_ms: float


class CacheIn(BaseModel):
    """How much memory answers may take in each process from now on."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=examples.shown({"most_bytes": 100000000})
    )

    most_bytes: int = Field(ge=1_000_000, description="As ELDERS_CACHE_BYTES says at the most.")
