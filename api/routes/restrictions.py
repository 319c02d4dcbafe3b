"""What an administrator, or the Incident Sage, has the platform allow less of for a while."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request

from api.problems import responses
from api.routes.asking import principal_of
from api.routes.strict import StrictRoute
from api.schemas_restrictions import ChangedRestrictionsOut, RestrictionsIn, RestrictionsOut
from foundation.clock import Micros, to_datetime
from foundation.errors import InvalidInput
from foundation.security.restrictions import FILE, NONE, Restrictions, read, write

router = APIRouter(prefix="/v1/admin", tags=["admin"], route_class=StrictRoute)

_MICROS = 1_000_000


@router.get("/restrictions", responses=responses(503))
def restrictions(request: Request) -> RestrictionsOut:
    """Tell what is allowed less of now."""
    return _out(_held(request))


@router.put("/restrictions", responses=responses(422, 503))
def restrict(request: Request, body: RestrictionsIn) -> ChangedRestrictionsOut:
    """Have every process refuse more within two seconds, in the place of what held before.

    All can be slowed down, nothing be written, or some do nothing.
    """
    asker = principal_of(request).id
    if asker in body.suspended:
        raise InvalidInput("who asks would suspend itself: leave it out")
    seconds = body.seconds
    until = None if seconds is None else Micros(_now(request) + int(seconds * _MICROS))
    wanted = Restrictions(
        body.rate_factor, body.read_only, tuple(sorted(set(body.suspended))), body.reason, until
    )
    return _changed(request, wanted)


@router.delete("/restrictions", responses=responses(503))
def lift(request: Request) -> ChangedRestrictionsOut:
    """Have everything be allowed again that was before."""
    return _changed(request, NONE)


def _changed(request: Request, wanted: Restrictions) -> ChangedRestrictionsOut:
    before = _held(request)
    write(_path(request), wanted)
    return ChangedRestrictionsOut(now=_out(wanted), before=_out(before))


def _held(request: Request) -> Restrictions:
    return read(_path(request)).at(_now(request))


def _path(request: Request) -> Path:
    home: Path = request.app.state.base.platform.parts.home.path
    return home / FILE


def _now(request: Request) -> Micros:
    now: Micros = request.app.state.base.platform.parts.clock()
    return now


def _out(held: Restrictions) -> RestrictionsOut:
    return RestrictionsOut(
        rate_factor=held.rate_factor,
        read_only=held.read_only,
        suspended=list(held.suspended),
        reason=held.reason,
        until=None if held.until is None else to_datetime(held.until).isoformat(),
    )
