"""What there is: documents, collections and duplicates, and what is held in quarantine."""

from __future__ import annotations

from collections.abc import Sequence

from api.client.calls import Sent, asks
from api.schemas import ResultOut
from api.schemas_lists import (
    CollectionsOut,
    DiscardedOut,
    DocumentsOut,
    DuplicatesOut,
    QuarantineOut,
)


@asks("GET", "/v1/documents", DocumentsOut.model_validate_json)
def documents(
    *, collection: str | None = None, limit: int | None = None, cursor: str | None = None
) -> Sent:
    """List current documents without their texts; `next` is the cursor of the next page."""
    return Sent(query={"collection": collection, "limit": limit, "cursor": cursor})


@asks("GET", "/v1/collections", CollectionsOut.model_validate_json)
def collections(*, after: str | None = None, limit: int | None = None) -> Sent:
    """List collections after a name, and count their current documents."""
    return Sent(query={"after": after, "limit": limit})


@asks("GET", "/v1/duplicates", DuplicatesOut.model_validate_json)
def duplicates(
    *,
    collection: str | None = None,
    decision: str | None = None,
    after: str | None = None,
    limit: int | None = None,
) -> Sent:
    """List groups of duplicates: `merged`, `kept` apart, or for `review`."""
    query = {"collection": collection, "decision": decision, "after": after, "limit": limit}
    return Sent(query=query)


@asks("POST", "/v1/duplicates/merge", DuplicatesOut.model_validate_json, once=True)
def merge_documents(documents: Sequence[str], *, collection: str | None = None) -> Sent:
    """Say that documents say the same; the first one counts."""
    return Sent(body={"documents": list(documents), "collection": collection})


@asks("POST", "/v1/duplicates/{group_id}/split", DuplicatesOut.model_validate_json, once=True)
def split_document(group_id: str, document: str, *, collection: str | None = None) -> Sent:
    """Take a document out of its group for good; `merge_documents` takes that back."""
    body = {"document": document, "collection": collection}
    return Sent(path={"group_id": group_id}, body=body)


@asks("GET", "/v1/quarantine", QuarantineOut.model_validate_json)
def held(*, after: str | None = None, limit: int | None = None) -> Sent:
    """List documents that are held, with what was found in them."""
    return Sent(query={"after": after, "limit": limit})


@asks("POST", "/v1/quarantine/{name}/release", ResultOut.model_validate_json)
def release_held(name: str) -> Sent:
    """Take a held document in, now and whenever it comes again unchanged."""
    return Sent(path={"name": name})


@asks("DELETE", "/v1/quarantine/{name}", DiscardedOut.model_validate_json)
def discard_held(name: str) -> Sent:
    """Throw a held document away; it is held again when it comes again."""
    return Sent(path={"name": name})
