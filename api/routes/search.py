"""Search over HTTP."""

from __future__ import annotations

from fastapi import APIRouter, Request

from api.problems import responses
from api.rendering import search_out
from api.routes.strict import StrictRoute
from api.schemas import SearchIn, SearchOut

router = APIRouter(prefix="/v1", tags=["search"], route_class=StrictRoute)


@router.post("/search", responses=responses(404, 413, 422, 503))
def search(request: Request, body: SearchIn) -> SearchOut:
    """Find passages: hybrid by default, with citations.

    `filter` is Mongo-like, on metadata and built-in fields. `as_of` (an ISO time or a change
    number) searches what held then.
    """
    view = request.app.state.base.search(
        body.query,
        k=body.k,
        collections=body.collections,
        filter=body.filter,
        as_of=body.as_of,
        mode=body.mode,
        filtering=body.filtering,
    )
    return search_out(view.result)
