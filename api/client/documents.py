"""Documents: push, read, delete."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from api.client.calls import Sent, asks
from api.schemas import DocumentOut, NewDocument, ResultOut, ResultsOut, VersionsOut
from api.schemas_learning import LabelsOut


@asks("POST", "/v1/documents", ResultsOut.model_validate_json, once=True)
def push(
    documents: Sequence[NewDocument | Mapping[str, Any]], *, collection: str | None = None
) -> Sent:
    """Push texts, up to 1,000 at once; the answer has an outcome for each, in order.

    It is taken in once: where the answer was lost on the way, it is asked for again.
    """
    written = [
        each.model_dump(exclude_unset=True) if isinstance(each, NewDocument) else dict(each)
        for each in documents
    ]
    return Sent(body={"documents": written, "collection": collection})


@asks("POST", "/v1/documents", ResultsOut.model_validate_json, once=True)
def upload(
    files: Mapping[str, bytes],
    *,
    collection: str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Sent:
    """Push files of any known format, by their names, with metadata for all of them."""
    form = {} if collection is None else {"collection": collection}
    if metadata is not None:
        form["metadata"] = json.dumps(metadata)
    return Sent(files=[("files", each) for each in files.items()], form=form)


@asks("GET", "/v1/documents/{document_id}", DocumentOut.model_validate_json)
def document(document_id: str, *, as_of: str | None = None) -> Sent:
    """Read a document with its text: as it is, or as it was."""
    return Sent(path={"document_id": document_id}, query={"as_of": as_of})


@asks("DELETE", "/v1/documents/{document_id}", ResultOut.model_validate_json)
def delete(document_id: str) -> Sent:
    """Delete a document; its history stays and it can be restored."""
    return Sent(path={"document_id": document_id})


@asks("GET", "/v1/documents/{document_id}/versions", VersionsOut.model_validate_json)
def versions(document_id: str, *, after: int | None = None, limit: int | None = None) -> Sent:
    """List a document's versions after a number and what each changed, oldest first."""
    return Sent(path={"document_id": document_id}, query={"after": after, "limit": limit})


@asks("GET", "/v1/documents/{document_id}/labels", LabelsOut.model_validate_json)
def labels(document_id: str) -> Sent:
    """Read what a document is (its kind, language, topics and flaws), and how well it reads."""
    return Sent(path={"document_id": document_id})
