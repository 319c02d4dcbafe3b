"""Search over HTTP: answers go out as the bytes that the cache keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pydantic_core
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from api.knowledge_base import KnowledgeBase
from api.problems import responses
from api.routes.asking import base_of, shown
from api.routes.together import Together
from api.schemas import SearchIn, SearchOut, inlined
from retrieval.cache.model import Answer, How
from retrieval.cache.model import Request as Wanted
from retrieval.diversity import Diversity

router = APIRouter(prefix="/v1", tags=["search"])


_SHORT_BYTES: Final = 64 << 10
"""A body that is read on the trip that all searches share; a longer one keeps nobody waiting."""

_BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {"application/json": {"schema": inlined(SearchIn)}},
}


@router.post(
    "/search",
    response_model=SearchOut,
    responses=responses(404, 408, 413, 422, 503),
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
    base: KnowledgeBase = base_of(request)
    if len(body) <= _SHORT_BYTES:
        asked = await request.app.state.looking.do((base, body))
    else:
        asked = await run_in_threadpool(_look, (base, body))
    answer = asked.answer or await request.app.state.base.platform.patience.awaited(
        base.cache, asked.request, fresh=asked.fresh
    )
    shown(request, (hit.citation.document_id for hit in answer.result.hits))
    return Response(
        answer.body, media_type="application/json", headers={"Cache-Status": _STATUS[answer.how]}
    )


def _is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was read; `answer` is None where it is to be worked out."""

    request: Wanted
    fresh: bool
    answer: Answer | None


def looking() -> Together[tuple[KnowledgeBase, bytes], Asked]:
    """Make what reads bodies and looks into the cache, for many requests at once.

    With each body comes the knowledge base as its sender may see it.
    """
    return Together(_look)


def _look(asked: tuple[KnowledgeBase, bytes]) -> Asked:
    base, body = asked
    given = _read(body)
    request = base.platform.request(
        given.query,
        given.k,
        given.collections,
        given.filter,
        given.as_of,
        given.mode,
        filtering=given.filtering,
        diversity=Diversity(1.0 - given.diversity, given.per_source),
    )
    return Asked(request, given.fresh, None if given.fresh else base.cache.peek(request))


_STATUS: Final = {
    How.MEMORY: "elders; hit",
    How.REDIS: "elders; hit; detail=redis",
    How.SIMILAR: "elders; hit; detail=similar",
    How.COALESCED: "elders; fwd=miss; collapsed",
    How.MISS: "elders; fwd=miss; stored",
    How.BYPASS: "elders; fwd=request",
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
