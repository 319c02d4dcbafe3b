"""Errors as problem+json (RFC 9457): what, where, and what to do; never a bare 500 on bad input."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from foundation.errors import (
    Conflict,
    Forbidden,
    GuildError,
    InvalidInput,
    NotFound,
    Unavailable,
)

MEDIA_TYPE = "application/problem+json"

STATUS: dict[type[GuildError], HTTPStatus] = {
    InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    Forbidden: HTTPStatus.FORBIDDEN,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}


def problem(status: int, detail: str, **more: object) -> Response:
    """Make the answer."""
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    text = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    return Response(text, status_code=status, media_type=MEDIA_TYPE)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Document the problems that a route may answer with."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": PROBLEM_SCHEMA}},
        }
        for status in statuses
    }


def install(app: FastAPI) -> None:
    """Answer every error of the tree, of validation and of routing in the same form."""

    @app.exception_handler(GuildError)
    def _guild(_request: Request, error: GuildError) -> Response:
        status = next(code for kind, code in STATUS.items() if isinstance(error, kind))
        answer = problem(status, str(error))
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            answer.headers["Retry-After"] = "5"
        return answer

    @app.exception_handler(RequestValidationError)
    def _invalid(_request: Request, error: RequestValidationError) -> Response:
        errors = [
            {"where": ".".join(str(part) for part in item["loc"]), "what": str(item["msg"])}
            for item in error.errors()
        ]
        detail = "; ".join(f"{item['where']}: {item['what']}" for item in errors[:5])
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=errors[:100])

    @app.exception_handler(HTTPException)
    def _http(_request: Request, error: HTTPException) -> Response:
        answer = problem(error.status_code, str(error.detail))
        answer.headers.update(error.headers or {})
        return answer
