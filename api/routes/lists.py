"""Which documents and collections there are, over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from api.cursors import cursor_after, read_cursor
from api.problems import responses
from api.rendering import document_line_out
from api.routes.asking import base_of, shown
from api.routes.bounds import Limit
from api.schemas_lists import CollectionOut, CollectionsOut, DocumentsOut

router = APIRouter(prefix="/v1", tags=["documents"])

OfCollection = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=200,
        pattern=r"^[^\x00-\x1f/]+$",
        description="Only of this one; there are none of a collection that is not there.",
    ),
]
Cursor = Annotated[
    str | None, Query(max_length=100, description="`next` of the page before, as it is.")
]

AfterCollection = Annotated[
    str | None,
    Query(max_length=200, pattern=r"^[^\x00]+$", description="Only collections after this name."),
]


@router.get("/documents", responses=responses(422, 503))
def documents(
    request: Request,
    collection: OfCollection = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> DocumentsOut:
    """List current documents without their texts, in the order in which they came."""
    filters = [] if collection is None else [collection]
    after = read_cursor(cursor, *filters)
    found = base_of(request).documents.list(collection=collection, after=after, limit=limit + 1)
    page = found[:limit]
    shown(request, (document.id for document in page))
    return DocumentsOut(
        documents=[document_line_out(document) for document in page],
        next=cursor_after(page[-1].number, *filters) if len(found) > limit else None,
    )


@router.get("/collections", responses=responses(422, 503))
def collections(
    request: Request, after: AfterCollection = None, limit: Limit = 1_000
) -> CollectionsOut:
    """List collections in alphabetical order, and count their current documents.

    The last one's name as `after` brings the next page.
    """
    found = [
        CollectionOut(name=name, documents=count)
        for name, count in base_of(request).collections().items()
        if after is None or name > after
    ]
    return CollectionsOut(collections=found[:limit])
