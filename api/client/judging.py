"""What people say of answers."""

from __future__ import annotations

from typing import Literal

from api.client.calls import Sent, asks
from api.schemas_feedback import FeedbackOut, IntentsOut, JudgementsOut


@asks("POST", "/v1/feedback", FeedbackOut.model_validate_json, once=True)
def give_feedback(
    query: str,
    kind: Literal["clicked", "useful", "wrong", "undo"],
    *,
    chunk_id: int | None = None,
    document: str | None = None,
    collection: str | None = None,
    rank: int | None = None,
    user: str | None = None,
) -> Sent:
    """Say what a passage (`chunk_id`) or a document was as an answer to a query."""
    body = {
        "query": query,
        "kind": kind,
        "chunk_id": chunk_id,
        "document": document,
        "collection": collection,
        "rank": rank,
        "user": user,
    }
    return Sent(body=body)


@asks("GET", "/v1/feedback", FeedbackOut.model_validate_json)
def feedback(
    *,
    query: str | None = None,
    current: bool | None = None,
    since: int | None = None,
    limit: int | None = None,
) -> Sent:
    """List feedback, oldest first; the last one's `seq` as `since` brings the next page."""
    return Sent(query={"query": query, "current": current, "since": since, "limit": limit})


@asks("POST", "/v1/feedback/intents", IntentsOut.model_validate_json, once=True)
def give_intent(query: str, intent: str, *, user: str | None = None) -> Sent:
    """Say what the asker of a query wanted; `undo` takes the last word back."""
    return Sent(body={"query": query, "intent": intent, "user": user})


@asks("GET", "/v1/feedback/intents", IntentsOut.model_validate_json)
def intents(
    *,
    query: str | None = None,
    current: bool | None = None,
    since: int | None = None,
    limit: int | None = None,
) -> Sent:
    """List what queries were after, oldest first; the last `seq` as `since` goes on."""
    return Sent(query={"query": query, "current": current, "since": since, "limit": limit})


@asks("GET", "/v1/feedback/judgements", JudgementsOut.model_validate_json)
def judgements(
    *, by: Literal["passage", "document"] | None = None, as_of: str | None = None
) -> Sent:
    """Read feedback as grades for training."""
    return Sent(query={"by": by, "as_of": as_of})
