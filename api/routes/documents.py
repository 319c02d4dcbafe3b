"""Documents over HTTP: push, read, delete."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool

from api.problems import responses
from api.rendering import document_out, result_out, version_out
from api.routes.asking import actor_of, base_of
from api.routes.bounds import AsOf
from api.routes.pushing import REQUEST_BODY, pushed
from api.schemas import DocumentOut, ResultOut, ResultsOut, VersionsOut
from ingest.model import Record
from knowledge.model import Result

router = APIRouter(prefix="/v1/documents", tags=["documents"])


@router.post(
    "",
    responses=responses(409, 413, 415, 422, 503),
    openapi_extra={"requestBody": REQUEST_BODY},
)
async def add(request: Request) -> ResultsOut:
    """Push documents: texts as JSON, or files in any known format as multipart/form-data.

    The answer has one outcome for each document, in order, and all of it is durable. One that
    can't be read fails alone.
    """
    records, collection = await pushed(request)
    return await run_in_threadpool(_ingest, request, records, collection)


@router.get("/{document_id}", responses=responses(404, 422, 503))
def read(request: Request, document_id: str, as_of: AsOf = None) -> DocumentOut:
    """Read a document with its text: as it is, or as it was."""
    documents = base_of(request).documents
    document = documents.get(document_id, as_of=as_of)
    version = (
        documents.show(document.id, version=document.version)
        if document.deleted and as_of is None
        else documents.show(document.id, as_of=as_of)
    )
    return document_out(document, version)


@router.delete("/{document_id}", responses=responses(404, 409, 422, 503))
def delete(request: Request, document_id: str) -> ResultOut:
    """Delete a document; its history stays and it can be restored."""
    return result_out(base_of(request).documents.delete(document_id, actor=actor_of(request)))


@router.get("/{document_id}/versions", responses=responses(404, 422, 503))
def versions(request: Request, document_id: str) -> VersionsOut:
    """List a document's versions and what each changed, oldest first."""
    found = base_of(request).documents.history(document_id)
    return VersionsOut(versions=[version_out(version) for version in found])


def _ingest(request: Request, records: list[Record], collection: str) -> ResultsOut:
    results: list[Result] = []
    base_of(request).ingest(
        records, collection=collection, actor=actor_of(request), on_result=results.append
    )
    return ResultsOut(results=[result_out(result) for result in results])
