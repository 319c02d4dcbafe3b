"""Read what is pushed over HTTP: JSON or files."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import pydantic_core
from fastapi import HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import FormData, UploadFile

from api.examples import FORM
from api.schemas import Collection, NewDocument, NewDocuments, inlined
from foundation.clock import parse_moment
from foundation.errors import InvalidInput
from ingest.model import Record
from ingest.sources.naming import cleaned

REQUEST_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": inlined(NewDocuments),
            "example": {
                "collection": "guides",
                "documents": [
                    {
                        "source_id": "guide/install.md",
                        "title": "Install",
                        "text": "# Install\n\nRun `make demo`.",
                        "metadata": {"team": "docs"},
                    }
                ],
            },
        },
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["files"],
                "properties": {
                    "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
                    "collection": {"type": "string", "default": "default"},
                    "metadata": {"type": "string", "description": "A JSON object for all files."},
                },
            },
            "example": dict(FORM),
        },
    },
}
"""The two forms, for the OpenAPI document."""

_COLLECTION: TypeAdapter[str] = TypeAdapter(Collection)
_NAMES: Final = ("source_id", "_id", "id")

# An escape in JSON: two that make a pair, half a pair (named), or any other.
_ESCAPE: Final = re.compile(
    rb"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.", re.DOTALL
)
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")


async def pushed(request: Request) -> tuple[list[Record], str]:
    """Read what a request pushes, and the collection where it is to go.

    Raises:
        HTTPException: it is of neither form (415).
        InvalidInput, RequestValidationError: as `from_json` and `from_form` say.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in {"application/json", ""}:
        return await run_in_threadpool(from_json, await request.body())
    if kind == "multipart/form-data":
        async with request.form(max_files=1_000, max_fields=100) as form:
            return await run_in_threadpool(from_form, form)
    raise HTTPException(415, f"{kind} is not taken: send JSON or multipart/form-data")


def from_json(body: bytes) -> tuple[list[Record], str]:
    """Read texts; one whose time or name is none becomes a record with its `error`.

    Half a surrogate pair in a text becomes U+FFFD, as databases store none.

    Raises:
        InvalidInput: the collection's name holds half a surrogate pair.
        RequestValidationError: the JSON has another shape; each fault is named with its place.
    """
    readable = _without_halves(body)
    try:
        given = NewDocuments.model_validate_json(readable)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        raise RequestValidationError(
            [fault | {"loc": ("body", *fault["loc"])} for fault in faults]
        ) from None
    bad = set() if readable is body else _misnamed(body)
    records = [
        _failed(document, f"the source id {document.source_id[:80]!r} holds half a surrogate pair")
        if number in bad
        else _record(document)
        for number, document in enumerate(given.documents)
    ]
    return records, given.collection


def from_form(form: FormData) -> tuple[list[Record], str]:
    """Read files, whatever their field is called.

    Raises:
        InvalidInput: there is none, or the metadata is no JSON object.
    """
    collection = _field(form, "collection") or "default"
    try:
        _COLLECTION.validate_python(collection)
    except ValidationError as error:
        raise InvalidInput(
            f"collection {collection[:80]!r} is no name: {error.errors()[0]['msg']}"
        ) from None
    files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
    if not files:
        raise InvalidInput("the form has no file: send one or more as `files`")
    shared = _metadata(_field(form, "metadata") or "{}")
    records = [
        Record(
            source_id=file.filename or f"upload-{number}",
            data=file.file.read(),
            name=file.filename or "",
            media_type=file.content_type or "",
            metadata=shared,
        )
        for number, file in enumerate(files, start=1)
    ]
    return records, collection


def _field(form: FormData, name: str) -> str:
    value = form.get(name)
    if isinstance(value, UploadFile):
        raise InvalidInput(f"{name} is a file: send it as text")
    return value or ""


def _without_halves(body: bytes) -> bytes:
    """Write U+FFFD for each escaped half of a surrogate pair; without any, answer `body` itself."""
    if not _SURROGATE.search(body):
        return body
    whole = _ESCAPE.sub(lambda m: b"\\ufffd" if m["half"] else m[0], body)
    return body if whole == body else whole


def _misnamed(body: bytes) -> set[int]:
    """Find the documents whose names hold half a pair: replaced, two names could become one.

    Raises:
        InvalidInput: the collection's name holds one.
    """
    raw = json.loads(body)  # its shape is known to be right
    collection = raw.get("collection", "")
    if cleaned(collection) != collection:
        raise InvalidInput("the collection's name holds half a surrogate pair: name another")
    names = [next(item[key] for key in _NAMES if key in item) for item in raw["documents"]]
    return {number for number, name in enumerate(names) if cleaned(name) != name}


def _failed(document: NewDocument, reason: str) -> Record:
    return Record(source_id=document.source_id, error=reason)


def _record(document: NewDocument) -> Record:
    try:
        time = parse_moment(document.time) if document.time else None
    except InvalidInput as error:
        return _failed(document, f"time: {error}")
    return Record(
        source_id=document.source_id,
        text=document.text,
        title=document.title,
        uri=document.uri,
        metadata=document.metadata,
        author=document.author,
        message=document.message,
        time=time,
    )


def _metadata(text: str) -> dict[str, Any]:
    try:
        value = pydantic_core.from_json(text, allow_inf_nan=False)
    except ValueError as error:
        raise InvalidInput(f"metadata is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise InvalidInput("metadata must be a JSON object")
    return value
