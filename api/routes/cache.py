"""What the cache did, and how to empty it."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter, Request

from api.problems import responses
from api.routes.asking import base_of
from api.schemas_cache import CacheOut

router = APIRouter(prefix="/v1", tags=["cache"])


@router.get("/cache", responses=responses(503))
def statistics(request: Request) -> CacheOut:
    """Tell what this process's cache did since it began, and what it holds."""
    return CacheOut.model_validate(asdict(base_of(request).cache.statistics()))


@router.delete("/cache", responses=responses(503))
def clear(request: Request) -> CacheOut:
    """Remove every answer; with Redis, those that other processes keep there too."""
    cache = base_of(request).cache
    cache.clear()
    return CacheOut.model_validate(asdict(cache.statistics()))
