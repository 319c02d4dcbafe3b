"""Read what is pushed over HTTP: JSON or files."""

from __future__ import annotations

from typing import Any

import pydantic_core
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import FormData, UploadFile

from api.schemas import Collection, NewDocument, NewDocuments, inlined
from foundation.clock import parse_moment
from foundation.errors import InvalidInput
from ingest.model import Record

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
            }
        },
    },
}
"""The two forms, for the OpenAPI document."""

_COLLECTION: TypeAdapter[str] = TypeAdapter(Collection)


def from_json(body: bytes) -> tuple[list[Record], str]:
    """Read texts.

    Raises:
        RequestValidationError: the JSON has another shape; each fault is named with its place.
    """
    try:
        given = NewDocuments.model_validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        raise RequestValidationError(
            [fault | {"loc": ("body", *fault["loc"])} for fault in faults]
        ) from None
    return [_record(document) for document in given.documents], given.collection


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


def _record(document: NewDocument) -> Record:
    return Record(
        source_id=document.source_id,
        text=document.text,
        title=document.title,
        uri=document.uri,
        metadata=document.metadata,
        author=document.author,
        message=document.message,
        time=parse_moment(document.time) if document.time else None,
    )


def _metadata(text: str) -> dict[str, Any]:
    try:
        value = pydantic_core.from_json(text, allow_inf_nan=False)
    except ValueError as error:
        raise InvalidInput(f"metadata is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise InvalidInput("metadata must be a JSON object")
    return value
