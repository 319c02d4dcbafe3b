"""Feedback over HTTP: what people say of what a search found."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Query, Request

from api.feedback import Judging
from api.problems import responses
from api.rendering_feedback import feedback_out, intents_out, judgements_out
from api.routes.asking import actor_of, base_of
from api.routes.bounds import AsOf, Limit, Since
from api.routes.once import ONCE, OnceRoute
from api.schemas_feedback import FeedbackIn, FeedbackOut, IntentIn, IntentsOut, JudgementsOut

router = APIRouter(prefix="/v1", tags=["feedback"], route_class=OnceRoute)

OfQuery = Annotated[
    str | None, Query(min_length=1, max_length=4_000, description="Only of this query.")
]


@router.post(
    "/feedback",
    responses=responses(404, 408, 409, 413, 422, 503),
    openapi_extra={"parameters": ONCE},
)
def give(
    request: Request,
    body: Annotated[
        FeedbackIn,
        Body(
            examples=[{"query": "how do I install it?", "kind": "useful", "chunk_id": 1, "rank": 2}]
        ),
    ],
) -> FeedbackOut:
    """Say what an answer was: `clicked`, `useful` or `wrong`; `undo` takes back all of it.

    Said again by the same `user` it changes nothing. The answer is what holds now, or what was
    taken back.
    """
    done = _feedback(request)(
        body.query,
        body.chunk_id,
        body.kind,
        document=body.document,
        collection=body.collection,
        rank=body.rank,
        actor=actor_of(request, body.user),
    )
    return feedback_out(done)


@router.get("/feedback", responses=responses(422, 503))
def said(
    request: Request,
    query: OfQuery = None,
    current: Annotated[bool, Query(description="Only what holds.")] = True,  # noqa: FBT002 - a query parameter
    since: Since = 0,
    limit: Limit = 100,
) -> FeedbackOut:
    """List feedback, oldest first; the last one's `seq` as `since` brings the next page."""
    found = _feedback(request).list(query=query, current=current, after=since, limit=limit)
    return feedback_out(found)


@router.post(
    "/feedback/intents",
    responses=responses(404, 408, 409, 413, 422, 503),
    openapi_extra={"parameters": ONCE},
)
def intend(
    request: Request,
    body: Annotated[
        IntentIn, Body(examples=[{"query": "the page hangs", "intent": "troubleshooting"}])
    ],
) -> IntentsOut:
    """Say what the asker of a query wanted, and let others like it be understood so, too.

    Whoever says it, the last word holds. The answer is what holds now, or what was taken back.
    """
    said = _feedback(request).intent(body.query, body.intent, actor=actor_of(request, body.user))
    return intents_out([said])


@router.get("/feedback/intents", responses=responses(422, 503))
def intended(
    request: Request,
    query: OfQuery = None,
    current: Annotated[bool, Query(description="Only what holds.")] = True,  # noqa: FBT002 - a query parameter
    since: Since = 0,
    limit: Limit = 100,
) -> IntentsOut:
    """List what queries were after, oldest first; the last `seq` as `since` goes on."""
    found = _feedback(request).intents(query=query, current=current, after=since, limit=limit)
    return intents_out(found)


@router.get("/feedback/judgements", responses=responses(422, 503))
def judgements(
    request: Request, by: Literal["passage", "document"] = "passage", as_of: AsOf = None
) -> JudgementsOut:
    """Read feedback as grades for training: clicks count with caution about where they fell."""
    return judgements_out(_feedback(request).judgements(by=by, as_of=as_of))


def _feedback(request: Request) -> Judging:
    feedback: Judging = base_of(request).feedback
    return feedback
