"""Search and answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict, Unpack

from pydantic import TypeAdapter

from api.client.calls import Sent, asks, streams
from api.client.events import Event
from api.client.exchange import problem_failure
from api.schemas import SearchOut
from api.schemas_answers import AnswerOut, ContextOut, SentenceOut


class Looking(TypedDict, total=False):
    """Where to look and what for; what is left out is as the server has it.

    `filter` is Mongo-like, `as_of` an ISO time or a change number, `diversity` from 0 (relevance
    alone) to 1, `per_source` passages of one document at the most.
    """

    k: int
    collections: Sequence[str] | None
    filter: Mapping[str, Any] | None
    as_of: str | int | None
    mode: str
    diversity: float
    per_source: int | None


class Searching(Looking, total=False):
    """Options of a search; `fresh` does not answer from the cache."""

    fresh: bool
    filtering: bool


class Asking(Looking, total=False):
    """Options of a question; `tokens` is what the passages may take together."""

    method: Literal["auto", "extract", "generate"]
    tokens: int


@asks("POST", "/v1/search", SearchOut.model_validate_json, repeatable=True)
def search(query: str, **options: Unpack[Searching]) -> Sent:
    """Find passages, best first, with citations."""
    return Sent(body={"query": query, **options})


@asks("POST", "/v1/answer", AnswerOut.model_validate_json, repeatable=True)
def answer(question: str, **options: Unpack[Asking]) -> Sent:
    """Answer a question with citations, or say that nothing which is known answers it."""
    return Sent(body={"question": question, **options})


def _part(event: Event) -> ContextOut | SentenceOut | AnswerOut:
    match event.name:
        case "citations":
            return ContextOut.model_validate_json(event.data)
        case "sentence":
            return SentenceOut.model_validate_json(event.data)
        case "done":
            return AnswerOut.model_validate_json(event.data)
    raise problem_failure(_PROBLEM.validate_json(event.data))


_PROBLEM: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


@streams("POST", "/v1/answer", _part)
def answer_parts(question: str, **options: Unpack[Asking]) -> Sent:
    """Answer a question bit by bit: passages that may be cited, sentences, the whole answer."""
    return Sent(body={"question": question, "stream": True, **options})
