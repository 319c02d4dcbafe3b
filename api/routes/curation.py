"""Curation over HTTP: what waits for people, what they decide, and the log of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, HTTPException, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from api import examples_learning
from api.deciding import Curating
from api.problems import responses
from api.rendering_learning import (
    decision_out,
    label_out,
    labelled_out,
    links_out,
    pattern_out,
    quality_out,
)
from api.routes.asking import actor_of, base_of
from api.routes.bounds import Limit, SeqInPath, Since
from api.routes.once import ONCE, OnceRoute
from api.schemas_learning import (
    AnyDecisionIn,
    ApartIn,
    DecisionIn,
    DecisionOut,
    DecisionsOut,
    LabelIn,
    LabelsOut,
    MergeIn,
    RenameIn,
    ReplayedOut,
    SettleIn,
    SplitIn,
    TodoOut,
)
from foundation.errors import InvalidInput
from knowledge.curation import Decision

router = APIRouter(prefix="/v1", tags=["curation"], route_class=OnceRoute)

_LINES: Final = "application/x-ndjson"
_LOG: Final[dict[str, Any]] = {
    _LINES: {"schema": {"type": "string"}, "example": examples_learning.LOG}
}
_READ: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "A decision a line, as JSON.", "content": _LOG}
}


@router.get("/curation/todo", responses=responses(422, 503))
def todo(
    request: Request,
    limit: Limit = 50,
    meaning: Annotated[bool, Query(description="Compare embeddings of names too.")] = False,  # noqa: FBT002 - a query parameter
) -> TodoOut:
    """List what waits for people: at most `limit` of each sort."""
    waiting = _curation(request)
    return TodoOut(
        duplicate_entities=links_out(waiting.duplicate_entities(limit=limit, meaning=meaning)),
        contradictions=[pattern_out(each) for each in waiting.contradictions()[:limit]],
        low_quality=[labelled_out(each) for each in waiting.low_quality(limit=limit)],
        orphans=list(waiting.orphans(limit=limit)),
    )


@router.get("/curation/decisions", responses=responses(422, 503))
def decisions(
    request: Request,
    kind: Annotated[str | None, Query(description="Such as `entities.same`.")] = None,
    current: Annotated[bool, Query(description="Only those that hold.")] = True,  # noqa: FBT002 - a query parameter
    since: Since = 0,
    limit: Limit = 1_000,
) -> DecisionsOut:
    """List what people decided, oldest first; the last `seq` as `since` brings the next page."""
    found = _curation(request).decisions(kind=kind, current=current, after=since, limit=limit)
    return DecisionsOut(decisions=[decision_out(decision) for decision in found])


@router.post(
    "/curation/decisions",
    responses=responses(404, 408, 409, 413, 422, 503),
    openapi_extra={"parameters": ONCE},
)
def decide(
    request: Request,
    body: Annotated[
        DecisionIn,
        Body(examples=[{"kind": "merge", "first": "K8s", "second": "Kubernetes"}]),
    ],
) -> DecisionsOut:
    """Decide; a split may be several decisions. It outlives re-ingestion and can be undone."""
    made = _decided(_curation(request), body, actor_of(request))
    return DecisionsOut(decisions=[decision_out(decision) for decision in made])


@router.delete("/curation/decisions/{seq}", responses=responses(404, 409, 422, 503))
def undo(request: Request, seq: SeqInPath) -> DecisionOut:
    """Take a decision back; the answer is what it was."""
    return decision_out(_curation(request).undo(seq, actor=actor_of(request)))


@router.get("/curation/log", responses=_READ | responses(503), response_class=Response)
def log(request: Request) -> Response:
    """Download all that people decided, to be replayed into any base."""
    lines = "".join(f"{line}\n" for line in _curation(request).log())
    return Response(lines, media_type=_LINES)


@router.post(
    "/curation/replay",
    responses=responses(408, 409, 413, 415, 422, 503),
    openapi_extra={"requestBody": {"required": True, "content": _LOG}},
)
async def replay(request: Request) -> ReplayedOut:
    """Take a log of decisions in; what holds already is left alone."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _LINES:
        raise HTTPException(415, f"{kind or 'a body of no type'} is not taken: send {_LINES}")
    body = await request.body()
    done = await run_in_threadpool(_replay, _curation(request), body)
    return ReplayedOut(**{name: done.get(name, 0) for name in ReplayedOut.model_fields})


@router.get(
    "/documents/{document_id}/labels", tags=["documents"], responses=responses(404, 422, 503)
)
def labels(request: Request, document_id: str) -> LabelsOut:
    """Read what a document is (its kind, language, topics and flaws), and how well it reads."""
    curation = _curation(request)
    return LabelsOut(
        labels=[label_out(each) for each in curation.labels(document_id)],
        quality=quality_out(curation.quality(document_id)),
    )


def _replay(curation: Curating, body: bytes) -> Mapping[str, int]:
    try:
        lines = body.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        number = body.count(b"\n", 0, error.start) + 1
        raise InvalidInput(f"line {number} is not UTF-8: write it in UTF-8") from error
    return curation.replay(lines)


def _decided(curation: Curating, body: AnyDecisionIn, actor: str) -> Sequence[Decision]:
    match body:
        case MergeIn():
            return [curation.merge(body.first, body.second, actor=actor)]
        case ApartIn():
            return [curation.keep_apart(body.first, body.second, actor=actor)]
        case SplitIn():
            return curation.split(body.name, actor=actor)
        case RenameIn():
            return [curation.rename(body.name, body.label, actor=actor)]
        case SettleIn():
            return [curation.settle(body.key, body.note, actor=actor)]
        case LabelIn():
            said = (body.document, body.facet, body.value)
            return [curation.label(*said, collection=body.collection, actor=actor)]


def _curation(request: Request) -> Curating:
    curation: Curating = base_of(request).curation
    return curation
