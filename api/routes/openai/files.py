"""Files: uploaded, listed, read and deleted."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request, UploadFile
from fastapi.responses import StreamingResponse

from api.openai.errors import Refusal, refusals
from api.openai.filing import Upload
from api.openai.paging import Window
from api.openai.rendering import file_out, page_out
from api.openai.schemas import DeletedOut, FileOut, FilesOut, Purpose
from api.routes.asking import made
from api.routes.once import ONCE, OnceRoute
from api.routes.openai.asking import Asking, Cursor, Door, Identity, Order

router = APIRouter(prefix="/v1/files", tags=["openai"], route_class=OnceRoute, responses=refusals())

_BYTES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The file as it was uploaded",
        "content": {
            "application/octet-stream": {
                "schema": {"type": "string", "format": "binary"},
                "example": "# Handbook",
            }
        },
    }
}
_LONGEST_NAME: Final = 1_000

Anchor = Annotated[Literal["created_at"] | None, Form(alias="expires_after[anchor]")]
Seconds = Annotated[int | None, Form(alias="expires_after[seconds]", ge=3_600, le=2_592_000)]


@router.post("", openapi_extra={"parameters": ONCE})
def upload(
    request: Request,
    asker: Asking,
    door: Door,
    file: UploadFile,
    purpose: Annotated[Purpose, Form()],
    anchor: Anchor = None,
    seconds: Seconds = None,
) -> FileOut:
    """Keep a file, to put it into vector stores; it is its uploader's alone."""
    if (anchor is None) != (seconds is None):
        raise Refusal("expires_after takes an anchor and seconds", param="expires_after")
    name = file.filename or "file"
    if len(name) > _LONGEST_NAME:
        raise Refusal(f"the file's name is longer than {_LONGEST_NAME} characters", param="file")
    kind = file.content_type or ""
    added = door.filing.add(asker, Upload(file.file, name, kind, purpose, seconds))
    made(request, added.id)
    return file_out(added)


@router.get("")
def listing(
    asker: Asking,
    door: Door,
    after: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 10_000,
    order: Order = "desc",
    purpose: Purpose | None = None,
) -> FilesOut:
    """List the files that the caller uploaded; who may see everything sees all."""
    window = Window(limit, order == "desc", after)
    return FilesOut(**page_out(door.filing.page(asker, window, purpose), file_out))


@router.get("/{file_id}")
def read(asker: Asking, door: Door, file_id: Identity) -> FileOut:
    """Look a file up."""
    return file_out(door.filing.get(asker, file_id))


@router.get("/{file_id}/content", responses=_BYTES, response_class=StreamingResponse)
def content(asker: Asking, door: Door, file_id: Identity) -> StreamingResponse:
    """Answer a file's bytes."""
    file, parts = door.filing.content(asker, file_id)
    return StreamingResponse(
        parts,
        media_type="application/octet-stream",
        headers={
            "content-length": str(file.bytes),
            "content-disposition": f"attachment; filename*=UTF-8''{quote(file.filename, safe='')}",
            "x-content-type-options": "nosniff",
        },
    )


@router.delete("/{file_id}")
def delete(asker: Asking, door: Door, file_id: Identity) -> DeletedOut:
    """Delete a file, and the documents that it became in vector stores."""
    door.filing.delete(asker, file_id)
    return DeletedOut(id=file_id, object="file")
