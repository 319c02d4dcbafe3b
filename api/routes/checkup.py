"""How everything is, for those who run it."""

from __future__ import annotations

from fastapi import APIRouter, Request

from api.health import Checkup
from api.problems import responses
from api.rendering_health import health_out
from api.schemas_health import FullHealthOut

router = APIRouter(prefix="/v1/health", tags=["health"])


@router.get("/full", responses=responses(403, 503))
def full(request: Request) -> FullHealthOut:
    """Tell how the machine, the platform and the guild are, with reasons and advice.

    It is answered with 200 however bad it is, also where the database is away: `status` says so.
    """
    checkup: Checkup = request.app.state.checkup
    return health_out(checkup.look())
