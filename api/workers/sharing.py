"""What a worker answers itself, and how much of what is allowed it may allow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from api.security.operations import Match, RouteTable
from foundation.security.settings import SecuritySettings
from foundation.settings import Settings

_HERE: Final = frozenset(
    {
        "GET /health",
        "GET /openapi.json",
        "POST /v1/search",
        "POST /v1/answer",
        "POST /v1/embeddings",
        "POST /v1/vector_stores/{vector_store_id}/search",
        "GET /v1/collections",
        "GET /v1/documents",
        "GET /v1/documents/{document_id}",
        "GET /v1/documents/{document_id}/versions",
        "GET /v1/documents/{document_id}/labels",
        "GET /v1/graph/entities",
        "GET /v1/graph/entities/{name:path}",
        "GET /v1/graph/paths",
        "GET /v1/graph/related",
        "POST /v1/graph/subgraph",
    }
)
"""Routes that read, and are asked often or take long. What is not listed, the owner answers."""

_TABLE: Final = RouteTable()


def answered_here(method: str, path: str) -> bool:
    """Tell whether a worker answers a request itself; also one for which there is no route."""
    match = _TABLE.find(method, path)
    return not isinstance(match, Match) or f"{match.route.method} {match.route.template}" in _HERE


def pool_of(settings: Settings, workers: int) -> Mapping[str, Any]:
    """Answer settings by which all workers together hold half as many connections as the owner."""
    most = settings.database_pool_max_connections // (2 * workers)
    return {"database_pool_min_connections": 1, "database_pool_max_connections": max(2, most)}


def uncounted(settings: SecuritySettings) -> SecuritySettings:
    """Let the owner count no rates: the workers did."""
    most = {f"{each}rate_limit_per_second": 100_000.0 for each in ("", "key_")}
    bursts = {f"{each}rate_limit_burst": 10_000_000 for each in ("", "key_")}
    return settings.model_copy(update={"rate_limit_url": None, **most, **bursts})


def shared_out(settings: SecuritySettings, workers: int) -> SecuritySettings:
    """Give one of several workers its share of the rates, where they do not count together."""
    if settings.rate_limit_url is not None:
        return settings
    return settings.model_copy(
        update={
            "rate_limit_per_second": settings.rate_limit_per_second / workers,
            "rate_limit_burst": max(1, settings.rate_limit_burst // workers),
            "key_rate_limit_per_second": settings.key_rate_limit_per_second / workers,
            "key_rate_limit_burst": max(1, settings.key_rate_limit_burst // workers),
        }
    )
