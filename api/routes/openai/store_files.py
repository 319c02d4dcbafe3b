"""Files in vector stores: one at a time, or in batches."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.openai.books import Asker
from api.openai.door import OpenAIDoor
from api.openai.errors import refusals
from api.openai.rendering import batch_out, page_out, store_file_out
from api.openai.schemas import DeletedOut
from api.openai.schemas_stores import (
    BatchOut,
    ContentOut,
    NewBatchIn,
    NewStoreFileIn,
    StoreFileChangesIn,
    StoreFileOut,
    StoreFilesOut,
    TextOut,
)
from api.routes.asking import made, shown
from api.routes.once import ONCE, OnceRoute
from api.routes.openai.asking import POLL_HEADERS, Asking, Door, FileStatus, Identity, Part
from api.routes.openai.wishing import wishes
from ingest.uploads.model import Batch, Status

router = APIRouter(
    prefix="/v1/vector_stores/{vector_store_id}",
    tags=["openai"],
    route_class=OnceRoute,
    responses=refusals(),
)


@router.post("/files", openapi_extra={"parameters": ONCE})
def put(
    request: Request, asker: Asking, door: Door, vector_store_id: Identity, body: NewStoreFileIn
) -> StoreFileOut:
    """Put a file into a vector store; it is in progress until it is found."""
    store = door.shelving.usable(asker, vector_store_id)
    wanted = wishes([body.file_id], body.attributes, body.chunking_strategy)
    door.placing.put(asker, store, wanted)
    made(request, body.file_id)
    return store_file_out(door.placing.get(asker, store, body.file_id))


@router.get("/files")
def listing(
    asker: Asking,
    door: Door,
    vector_store_id: Identity,
    window: Part,
    filter: FileStatus = None,  # noqa: A002 - as the client calls it
) -> StoreFilesOut:
    """List the files in a vector store."""
    store = door.shelving.get(asker, vector_store_id)
    status = Status(filter) if filter else None
    found = door.placing.page(asker, store, window, status=status)
    return StoreFilesOut(**page_out(found, store_file_out))


@router.get("/files/{file_id}")
def read(
    asker: Asking, door: Door, vector_store_id: Identity, file_id: Identity, response: Response
) -> StoreFileOut:
    """Look up a file in a vector store, and how far it is."""
    store = door.shelving.get(asker, vector_store_id)
    found = door.placing.get(asker, store, file_id)
    if found.status is Status.IN_PROGRESS:
        response.headers.update(POLL_HEADERS)
    return store_file_out(found)


@router.post("/files/{file_id}", openapi_extra={"parameters": ONCE})
def describe(
    asker: Asking,
    door: Door,
    vector_store_id: Identity,
    file_id: Identity,
    body: StoreFileChangesIn,
) -> StoreFileOut:
    """Give a file in a vector store other attributes, in place of all it had."""
    store = door.shelving.usable(asker, vector_store_id)
    return store_file_out(door.placing.describe(asker, store, file_id, body.attributes or {}))


@router.delete("/files/{file_id}")
def take_out(asker: Asking, door: Door, vector_store_id: Identity, file_id: Identity) -> DeletedOut:
    """Take a file out of a vector store: its document is deleted, the file stays."""
    store = door.shelving.get(asker, vector_store_id)
    door.placing.take_out(asker, store, file_id)
    return DeletedOut(id=file_id, object="vector_store.file.deleted")


@router.get("/files/{file_id}/content")
def content(
    request: Request, asker: Asking, door: Door, vector_store_id: Identity, file_id: Identity
) -> ContentOut:
    """Answer what was read in a file."""
    store = door.shelving.get(asker, vector_store_id)
    found = door.placing.get(asker, store, file_id)
    shown(request, [found.document_id] if found.document_id else [])
    return ContentOut(data=[TextOut(text=door.placing.text(asker, found))])


@router.post("/file_batches", openapi_extra={"parameters": ONCE})
def put_batch(
    request: Request, asker: Asking, door: Door, vector_store_id: Identity, body: NewBatchIn
) -> BatchOut:
    """Put up to 2,000 files into a vector store at once."""
    store = door.shelving.usable(asker, vector_store_id)
    wanted = (
        wishes(body.file_ids, body.attributes, body.chunking_strategy)
        if body.file_ids is not None
        else [
            wish
            for each in body.files or ()
            for wish in wishes([each.file_id], each.attributes, each.chunking_strategy)
        ]
    )
    batch = door.placing.put_batch(asker, store, wanted)
    made(request, batch.id)
    return _written(door, asker, batch)


@router.get("/file_batches/{batch_id}")
def read_batch(
    asker: Asking, door: Door, vector_store_id: Identity, batch_id: Identity, response: Response
) -> BatchOut:
    """Look a batch up, and how far its files are."""
    store = door.shelving.get(asker, vector_store_id)
    found = _written(door, asker, door.placing.batch(asker, store, batch_id))
    if found.status == "in_progress":
        door.resume()
        response.headers.update(POLL_HEADERS)
    return found


@router.post("/file_batches/{batch_id}/cancel")
def cancel(asker: Asking, door: Door, vector_store_id: Identity, batch_id: Identity) -> BatchOut:
    """Take in no more of a batch; what is in the store already stays there."""
    store = door.shelving.get(asker, vector_store_id)
    return _written(door, asker, door.placing.cancel(asker, store, batch_id))


@router.get("/file_batches/{batch_id}/files")
def list_batch(
    asker: Asking,
    door: Door,
    vector_store_id: Identity,
    batch_id: Identity,
    window: Part,
    filter: FileStatus = None,  # noqa: A002 - as the client calls it
) -> StoreFilesOut:
    """List the files of a batch."""
    store = door.shelving.get(asker, vector_store_id)
    batch = door.placing.batch(asker, store, batch_id)
    status = Status(filter) if filter else None
    found = door.placing.page(asker, store, window, batch_id=batch.id, status=status)
    return StoreFilesOut(**page_out(found, store_file_out))


def _written(door: OpenAIDoor, asker: Asker, batch: Batch) -> BatchOut:
    return batch_out(batch, door.shelving.count(asker, batch.store_id, batch.id))
