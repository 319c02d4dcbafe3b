"""Groups of duplicates over HTTP: look through them, merge, split."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi import Path as InPath

from api.grouping import DuplicateGroups
from api.problems import responses
from api.rendering import duplicates_out
from api.routes.asking import actor_of, base_of, shown
from api.routes.bounds import Limit
from api.routes.lists import OfCollection
from api.routes.once import ONCE, OnceRoute
from api.schemas_lists import DuplicatesOut, MergeDocumentsIn, SplitDocumentIn
from foundation.ids import DocumentId
from knowledge.model import Decision, DuplicateGroup

router = APIRouter(prefix="/v1/duplicates", tags=["duplicates"], route_class=OnceRoute)

_WRITABLE = r"^[^\x00]+$"
GroupInPath = Annotated[
    str, InPath(min_length=1, max_length=100, pattern=_WRITABLE, description="The group's id.")
]
AfterGroup = Annotated[
    str | None,
    Query(min_length=1, max_length=100, pattern=_WRITABLE, description="`next` of the page."),
]


@router.get("", responses=responses(422, 503))
def listing(
    request: Request,
    collection: OfCollection = None,
    decision: Annotated[Decision | None, Query(description="Only groups that are so.")] = None,
    after: AfterGroup = None,
    limit: Limit = 100,
) -> DuplicatesOut:
    """List merged groups, pairs for review and pairs kept apart, in the order of their ids.

    Only those are listed of which you may see every document.
    """
    found = [
        group
        for group in _duplicates(request).list(collection=collection)
        if decision in (None, group.decision) and (after is None or group.id > after)
    ]
    page = sorted(found, key=lambda group: group.id)[:limit]
    return _written(request, page, more=len(found) > limit)


@router.post(
    "/merge",
    responses=responses(404, 408, 409, 413, 422, 503),
    openapi_extra={"parameters": ONCE},
)
def merge(request: Request, body: MergeDocumentsIn) -> DuplicatesOut:
    """Say that documents say the same, whatever the machine thinks; takes back that they differ.

    The answer has the groups in which they are now.
    """
    duplicates = _duplicates(request)
    find = base_of(request).documents.find
    documents = {find(each, collection=body.collection) for each in body.documents}
    duplicates.merge(*body.documents, collection=body.collection, actor=actor_of(request))
    return _written(request, _with(duplicates, documents))


@router.post(
    "/{group_id}/split",
    responses=responses(404, 408, 409, 413, 422, 503),
    openapi_extra={"parameters": ONCE},
)
def split(request: Request, group_id: GroupInPath, body: SplitDocumentIn) -> DuplicatesOut:
    """Take a document out of its group for good; `merge` takes that back.

    Of a pair for review it says that the two differ. The answer has the groups in which the
    document is now: the pairs that are kept apart.
    """
    duplicates = _duplicates(request)
    document = base_of(request).documents.find(body.document, collection=body.collection)
    duplicates.split(group_id, document, actor=actor_of(request))
    return _written(request, _with(duplicates, {document}))


def _with(duplicates: DuplicateGroups, documents: set[DocumentId]) -> Sequence[DuplicateGroup]:
    return [
        group
        for group in duplicates.list()
        if documents & {member.document_id for member in group.members}
    ]


def _written(
    request: Request, groups: Sequence[DuplicateGroup], *, more: bool = False
) -> DuplicatesOut:
    shown(request, (member.document_id for group in groups for member in group.members))
    return duplicates_out(groups, more=more)


def _duplicates(request: Request) -> DuplicateGroups:
    duplicates: DuplicateGroups = base_of(request).duplicates
    return duplicates
