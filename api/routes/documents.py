"""Documents over HTTP: push, read, delete."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from api.curating import Documents
from api.etags import etag_of, is_known, require_match
from api.problems import responses
from api.rendering import document_out, result_out, version_out
from api.routes.asking import actor_of, base_of, made
from api.routes.bounds import AsOf, IfMatch, IfNoneMatch, Limit
from api.routes.once import ONCE, OnceRoute
from api.routes.pushing import REQUEST_BODY, pushed
from api.schemas import DocumentOut, ResultOut, ResultsOut, VersionsOut
from ingest.model import Record
from knowledge.model import Result

router = APIRouter(prefix="/v1/documents", tags=["documents"], route_class=OnceRoute)

_TAGGED: Final[dict[int | str, dict[str, Any]]] = {
    200: {"headers": {"ETag": {"schema": {"type": "string"}, "description": "What it is now."}}},
    304: {"description": "It is as you know it."},
}

AfterVersion = Annotated[
    int, Query(ge=0, le=2**31 - 1, description="Only versions after this number.")
]


@router.post(
    "",
    responses=responses(408, 409, 413, 415, 422, 503),
    openapi_extra={"requestBody": REQUEST_BODY, "parameters": ONCE},
)
async def add(request: Request) -> ResultsOut:
    """Push documents: texts as JSON, or files in any known format as multipart/form-data.

    The answer has one outcome for each document, in order, and all of it is durable. One that
    can't be read fails alone. With an `Idempotency-Key` it is carried out once.
    """
    records, collection = await pushed(request)
    return await run_in_threadpool(_ingest, request, records, collection)


@router.get(
    "/{document_id}", response_model=DocumentOut, responses=_TAGGED | responses(404, 422, 503)
)
def read(
    request: Request,
    response: Response,
    document_id: str,
    as_of: AsOf = None,
    if_none_match: IfNoneMatch = (),
) -> DocumentOut | Response:
    """Read a document with its text: as it is, or as it was.

    With the answer comes an `ETag`; sent as `If-None-Match`, it is 304 as long as nothing changed.
    """
    document = _read(base_of(request).documents, document_id, as_of)
    etag = etag_of(document)
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if is_known(etag, if_none_match):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return document


@router.delete("/{document_id}", responses=responses(404, 409, 412, 422, 503))
def delete(request: Request, document_id: str, if_match: IfMatch = ()) -> ResultOut:
    """Delete a document; its history stays and it can be restored.

    With an `ETag` as `If-Match` only what is still so is deleted.
    """
    documents = base_of(request).documents

    def check() -> None:
        if if_match:
            require_match(etag_of(_read(documents, document_id)), if_match)

    return result_out(documents.delete(document_id, actor=actor_of(request), check=check))


@router.get("/{document_id}/versions", responses=responses(404, 422, 503))
def versions(
    request: Request, document_id: str, after: AfterVersion = 0, limit: Limit = 1_000
) -> VersionsOut:
    """List a document's versions and what each changed, oldest first.

    The last one's number as `after` brings the next page.
    """
    found = base_of(request).documents.history(document_id)
    later = [version_out(version) for version in found if version.number > after]
    return VersionsOut(versions=later[:limit])


def _read(documents: Documents, reference: str, as_of: str | None = None) -> DocumentOut:
    document = documents.get(reference, as_of=as_of)
    version = (
        documents.show(document.id, version=document.version)
        if document.deleted and as_of is None
        else documents.show(document.id, as_of=as_of)
    )
    return document_out(document, version)


def _ingest(request: Request, records: list[Record], collection: str) -> ResultsOut:
    results: list[Result] = []
    base_of(request).ingest(
        records, collection=collection, actor=actor_of(request), on_result=results.append
    )
    if len(results) == 1:  # of several the change log tells
        made(request, results[0].document_id or "")
    return ResultsOut(results=[result_out(result) for result in results])
