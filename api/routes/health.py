"""Whether the service lives, and whether it is ready."""

from __future__ import annotations

import shutil
from pathlib import Path

from fastapi import APIRouter, Request, Response

from api.knowledge_base import KnowledgeBase
from api.problems import responses
from api.schemas import FollowerOut, HealthOut, ReadyOut
from foundation.errors import Unavailable

router = APIRouter(tags=["health"])


@router.get("/health")
async def health() -> HealthOut:
    """Answer as long as the process lives."""
    return HealthOut(status="ok")


@router.get("/ready", responses=responses(503))
def ready(request: Request, response: Response) -> ReadyOut:
    """Answer 200 when the truth answers, all is found by its words, and there is room, else 503.

    Raises:
        Unavailable: the truth does not answer, or the disk.
    """
    base: KnowledgeBase = request.app.state.base
    lags = base.lags()
    behind = any(lag.behind or lag.error for lag in lags if lag.name == "lexical")
    full = _free_bytes(base.platform.parts.home.path) < base.platform.parts.ready_free_bytes
    response.status_code = 503 if behind or full else 200
    return ReadyOut(
        status="full" if full else "behind" if behind else "ready",
        seq=max(lag.head for lag in lags),
        followers=[
            FollowerOut(name=lag.name, position=lag.position, behind=lag.behind, error=lag.error)
            for lag in lags
        ],
    )


def _free_bytes(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError as error:
        raise Unavailable(f"the home's disk can't be asked: {error.strerror}") from error
