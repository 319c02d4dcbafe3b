"""Search over HTTP: answers go out as the bytes that the cache keeps."""

from __future__ import annotations

from typing import Any, Final

import pydantic_core
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from api.knowledge_base import KnowledgeBase
from api.problems import responses
from api.schemas import SearchIn, SearchOut, inlined
from retrieval.cache.model import How

router = APIRouter(prefix="/v1", tags=["search"])

_BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {"application/json": {"schema": inlined(SearchIn)}},
}


@router.post(
    "/search",
    response_model=SearchOut,
    responses=responses(404, 413, 422, 503),
    openapi_extra={"requestBody": _BODY},
)
async def search(request: Request) -> Response:
    """Find passages: hybrid by default, with citations.

    `filter` is Mongo-like, on metadata and built-in fields. `as_of` (an ISO time or a change
    number) searches what held then. The header `Cache-Status` (RFC 9211) says whether the answer
    was known; `fresh` has it worked out in any case.
    """
    body = await request.body()
    if not _is_json(request.headers.get("content-type", "")):
        raise HTTPException(422, "body: send JSON, with the content type application/json")
    return await run_in_threadpool(_answered, request.app.state.base, body)


def _is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )


def _answered(base: KnowledgeBase, body: bytes) -> Response:
    asked = _read(body)
    request = base.platform.request(
        asked.query,
        asked.k,
        asked.collections,
        asked.filter,
        asked.as_of,
        asked.mode,
        filtering=asked.filtering,
    )
    answer = base.cache.answer(request, fresh=asked.fresh)
    return Response(
        answer.body,
        media_type="application/json",
        headers={"Cache-Status": f"elders; {_STATUS[answer.how]}"},
    )


_STATUS: Final = {
    How.MEMORY: "hit",
    How.REDIS: "hit; detail=redis",
    How.SIMILAR: "hit; detail=similar",
    How.COALESCED: "fwd=miss; collapsed",
    How.MISS: "fwd=miss; stored",
    How.BYPASS: "fwd=request",
}


def _read(body: bytes) -> SearchIn:
    """Read a body strictly: no NaN, no half surrogate pairs, no unknown field.

    Raises:
        HTTPException: 422, it is no JSON; the message says where.
        RequestValidationError: it has another shape; each fault is named with its place.
    """
    try:
        given = pydantic_core.from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise HTTPException(422, f"the body is no JSON: {error}") from error
    try:
        return SearchIn.model_validate(given)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        raise RequestValidationError(
            [fault | {"loc": ("body", *fault["loc"])} for fault in faults]
        ) from None
