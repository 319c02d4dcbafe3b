"""What an administrator, or the Incident Sage, has the platform allow less of for a while."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request

from api.problems import responses
from api.routes.asking import principal_of
from api.routes.strict import StrictRoute
from api.schemas_restrictions import ChangedRestrictionsOut, RestrictionsIn, RestrictionsOut
from foundation.clock import Micros, to_datetime
from foundation.errors import InvalidInput
from foundation.security.restrictions import (
    NONE,
    UNREAD,
    Restrictions,
    read,
    slot,
    slots,
    stricter,
    write,
)

router = APIRouter(prefix="/v1/admin", tags=["admin"], route_class=StrictRoute)

_MICROS = 1_000_000


Automatic = Annotated[
    str | None,
    Query(
        pattern="^[a-z]{1,40}$",
        description="An automatic's own restrictions, such as `throttle`; by default all that holds"
        " is told or lifted, and what administrators restrict is changed.",
    ),
]


@router.get("/restrictions", responses=responses(422, 503))
def restrictions(request: Request, automatic: Automatic = None) -> RestrictionsOut:
    """Tell what is allowed less of now: of what several have restricted, the stricter."""
    return _out(_held(request, automatic))


@router.put("/restrictions", responses=responses(408, 413, 422, 503))
def restrict(
    request: Request, body: RestrictionsIn, automatic: Automatic = None
) -> ChangedRestrictionsOut:
    """Have every process refuse more within two seconds, beside what others have restricted.

    All can be slowed down, nothing be written, or some do nothing. It takes the place of what
    administrators, or this automatic, had restricted before.
    """
    asker = principal_of(request).id
    if asker in body.suspended:
        raise InvalidInput("who asks would suspend itself: leave it out")
    seconds = body.seconds
    until = None if seconds is None else Micros(_now(request) + int(seconds * _MICROS))
    wanted = Restrictions(
        body.rate_factor, body.read_only, tuple(sorted(set(body.suspended))), body.reason, until
    )
    return _changed(request, {slot(_home(request), automatic): wanted}, automatic)


@router.delete("/restrictions", responses=responses(422, 503))
def lift(request: Request, automatic: Automatic = None) -> ChangedRestrictionsOut:
    """Have everything be allowed again, or what one automatic has restricted."""
    home = _home(request)
    lifted = slots(home) if automatic is None else [slot(home, automatic)]
    return _changed(request, dict.fromkeys(lifted, NONE), automatic)


def _changed(
    request: Request, wanted: Mapping[Path, Restrictions], automatic: str | None
) -> ChangedRestrictionsOut:
    before = _held(request, automatic)
    for path, each in wanted.items():
        write(path, each)
    return ChangedRestrictionsOut(now=_out(_held(request, automatic)), before=_out(before))


def _held(request: Request, automatic: str | None) -> Restrictions:
    home = _home(request)
    mine = slots(home) if automatic is None else [slot(home, automatic)]
    return stricter([_read(path) for path in mine], _now(request))


def _read(path: Path) -> Restrictions:
    """Read what is restricted; a file that can't be read restricts what it does meanwhile."""
    try:
        return read(path)
    except (OSError, InvalidInput):
        return UNREAD


def _home(request: Request) -> Path:
    home: Path = request.app.state.base.platform.parts.home.path
    return home


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
