"""Whether the service lives, and whether it is ready."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.problems import responses
from api.schemas import FollowerOut, HealthOut, ReadyOut

router = APIRouter(tags=["health"])


@router.get("/health")
async def health() -> HealthOut:
    """Answer as long as the process lives."""
    return HealthOut(status="ok")


@router.get("/ready", responses=responses(503))
def ready(request: Request, response: Response) -> ReadyOut:
    """Answer 200 when the truth answers and all documents are found by their words, else 503."""
    lags = request.app.state.base.lags()
    behind = any(lag.behind or lag.error for lag in lags if lag.name == "lexical")
    response.status_code = 503 if behind else 200
    return ReadyOut(
        status="behind" if behind else "ready",
        seq=max(lag.head for lag in lags),
        followers=[
            FollowerOut(name=lag.name, position=lag.position, behind=lag.behind, error=lag.error)
            for lag in lags
        ],
    )
