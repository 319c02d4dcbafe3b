"""Answers over HTTP: whole, or as server-sent events while they are found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from itertools import chain
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from api.examples_answers import EVENTS
from api.problems import body_of, responses
from api.routes.asking import base_of, shown
from api.routes.strict import StrictRoute
from api.schemas_answers import AnswerIn, AnswerOut, ContextOut, SentenceOut
from foundation.errors import GuildError
from retrieval.answers.answering import Event
from retrieval.answers.model import Answer, Context, Sentence

router = APIRouter(prefix="/v1", tags=["answers"], route_class=StrictRoute)

_EVENTS: Final = "text/event-stream"
_ANSWERED: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The answer; as server-sent events where they are asked for.",
        "content": {_EVENTS: {"schema": {"type": "string"}, "example": EVENTS}},
    }
}


@router.post(
    "/answer", response_model=AnswerOut, responses=_ANSWERED | responses(404, 408, 413, 422, 503)
)
def answer(
    request: Request, body: AnswerIn, accept: Annotated[str, Header()] = ""
) -> AnswerOut | Response:
    """Answer a question with citations, or say that nothing which is known answers it.

    By default an answer consists of sentences of the passages, word for word. Where a language
    model is set it writes one, and each sentence is checked against the passages that it cites.
    A stream brings `citations`, a `sentence` each, and `done` with the whole answer; should the
    model fail on the way, `error` with a problem.
    """
    options = body.model_dump(exclude={"question", "stream"})
    events = base_of(request).answer.stream(body.question, **options)
    if body.stream or _EVENTS in accept:
        first = next(events)  # what is wrong is told by the status, before anything is sent
        stream = _written(_watched(request, chain([first], events)))
        return StreamingResponse(stream, media_type=_EVENTS, headers={"Cache-Control": "no-store"})
    *_, whole = events
    _watch(request, whole)
    return AnswerOut.model_validate(asdict(whole))


def _watched(request: Request, events: Iterator[Event]) -> Iterator[Event]:
    for event in events:
        _watch(request, event)
        yield event


def _watch(request: Request, event: Event) -> None:
    """Tell of the documents that an event shows: a context shows all of its passages."""
    if isinstance(event, Sentence):
        return
    passages = event.passages if isinstance(event, Context) else event.citations
    shown(request, (passage.citation.document_id for passage in passages))


def _written(events: Iterator[Event]) -> Iterator[str]:
    try:
        for event in events:
            name, body = _shown(event)
            yield f"event: {name}\ndata: {body.model_dump_json()}\n\n"
    except GuildError as error:
        yield f"event: error\ndata: {json.dumps(body_of(error), ensure_ascii=False)}\n\n"


def _shown(event: Event) -> tuple[str, BaseModel]:
    if isinstance(event, Answer):
        return "done", AnswerOut.model_validate(asdict(event))
    if isinstance(event, Context):
        return "citations", ContextOut.model_validate(asdict(event))
    return "sentence", SentenceOut.model_validate(asdict(event))
