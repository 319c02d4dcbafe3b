"""What the cache did, how much it may hold, and how to empty it."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter, Request

from api.caching import Cache
from api.problems import responses
from api.routes.asking import base_of
from api.routes.strict import StrictRoute
from api.schemas_cache import CacheIn, CacheOut

router = APIRouter(prefix="/v1", tags=["cache"], route_class=StrictRoute)


@router.get("/cache", responses=responses(503))
def statistics(request: Request) -> CacheOut:
    """Tell what this process's cache did since it began, and what it holds."""
    return _out(base_of(request).cache)


@router.put("/cache", responses=responses(408, 413, 422, 503))
def resize(request: Request, body: CacheIn) -> CacheOut:
    """Let answers take so much memory in every process, until the server is started again.

    The settings say how much at the most; the oldest of what is too much goes at once.
    """
    cache = base_of(request).cache
    cache.resize(body.most_bytes)
    return _out(cache)


@router.delete("/cache", responses=responses(503))
def clear(request: Request) -> CacheOut:
    """Remove every answer; with Redis, those that other processes keep there too."""
    cache = base_of(request).cache
    cache.clear()
    return _out(cache)


def _out(cache: Cache) -> CacheOut:
    return CacheOut.model_validate({**asdict(cache.statistics()), **asdict(cache.size)})
