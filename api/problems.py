"""Errors as problem+json (RFC 9457): what, where, and what to do; never a bare 500 on bad input."""

from __future__ import annotations

import json
import re
from functools import cached_property
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import compile_path

from api.request_ids import FIELD, HEADER, current_request_id
from foundation.errors import (
    CircuitOpen,
    Conflict,
    Forbidden,
    GuildError,
    InProgress,
    InvalidInput,
    NotFound,
    Outdated,
    QuotaExceeded,
    Unavailable,
)
from foundation.security.redaction.redacting import harmless

MEDIA_TYPE: Final = "application/problem+json"
_RETRY_SECONDS: Final = "5"
_NAMED: Final = 5
_CLIENT_CLOSED: Final = 499
_LISTED: Final = 100

_STATUS: Final[dict[type[GuildError], HTTPStatus]] = {
    InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFound: HTTPStatus.NOT_FOUND,
    Outdated: HTTPStatus.PRECONDITION_FAILED,
    Conflict: HTTPStatus.CONFLICT,
    Forbidden: HTTPStatus.FORBIDDEN,
    QuotaExceeded: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    GuildError: HTTPStatus.INTERNAL_SERVER_ERROR,
}

_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"where": {"type": "string"}, "what": {"type": "string"}},
            },
        },
    },
}


def problem(status: int, detail: str, **more: object) -> Response:
    """Make the answer."""
    body = {**_body(status, detail), **more}
    text = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    return Response(text, status_code=status, media_type=MEDIA_TYPE)


def status_of(error: Exception) -> int:
    """Tell the status by which an error is answered over HTTP."""
    if isinstance(error, GuildError):
        return int(_status(error))
    return int(HTTPStatus.INTERNAL_SERVER_ERROR)


def body_of(error: GuildError) -> dict[str, Any]:
    """Write an error for who is already being answered, in an event of a stream."""
    return _body(_status(error), str(error))


def _body(status: int, detail: str) -> dict[str, Any]:
    title = HTTPStatus(status).phrase
    body = {
        "type": "about:blank",
        "title": title,
        "status": int(status),
        "detail": harmless(detail),
    }
    name = current_request_id()
    return body if name is None else {**body, FIELD: name}


def _status(error: GuildError) -> HTTPStatus:
    return next(code for kind, code in _STATUS.items() if isinstance(error, kind))


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Document the problems that a route may answer with."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {
                MEDIA_TYPE: {
                    "schema": _SCHEMA,
                    "example": {
                        "type": "about:blank",
                        "title": HTTPStatus(status).phrase,
                        "status": status,
                        "detail": "what was wrong, where, and what to do",
                        FIELD: "3f1c9a52-7f0e-4c7b-9f55-0a7d3c1e8b42",
                    },
                }
            },
        }
        for status in statuses
    }


def install(app: FastAPI) -> None:
    """Answer every error of the tree, of validation and of routing in the same form."""
    allowing = _Allowing(app)

    @app.exception_handler(GuildError)
    async def _guild(_request: Request, error: GuildError) -> Response:
        answer = problem(_status(error), str(error))
        if isinstance(error, QuotaExceeded | CircuitOpen | InProgress):
            answer.headers["Retry-After"] = str(error.retry_seconds)
        elif answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
            answer.headers["Retry-After"] = _RETRY_SECONDS
        return answer

    @app.exception_handler(RequestValidationError)
    async def _invalid(_request: Request, error: RequestValidationError) -> Response:
        errors = [
            {
                "where": harmless(".".join(str(part) for part in item["loc"])),
                "what": harmless(str(item["msg"])),
            }
            for item in error.errors()[:_LISTED]
        ]
        detail = "; ".join(f"{item['where']}: {item['what']}" for item in errors[:_NAMED])
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=errors)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        answer = problem(error.status_code, str(error.detail))
        answer.headers.update(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            answer.headers["Allow"] = await run_in_threadpool(allowing.methods, request.url.path)
        return answer

    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _fault)


async def _fault(request: Request, error: Exception) -> Response:
    """Answer a fault; Starlette does so outside of all middleware: the name is to be added here."""
    name = getattr(request.state, FIELD, None)
    answer = problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        f"a fault of the server ({type(error).__name__}); its log has more",
        **({} if name is None else {FIELD: name}),
    )
    if name is not None:
        answer.headers[HEADER] = name
    return answer


async def _gone(_request: Request, _error: Exception) -> Response:
    return Response(status_code=_CLIENT_CLOSED)  # nobody reads it; it is no fault


class _Allowing:
    """Which methods each path takes: Starlette names only those of the first route that fits.

    Who first asks waits for the document of all routes (0.2 s), which an app at its start need not.
    """

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    @cached_property
    def _paths(self) -> list[tuple[re.Pattern[str], str]]:
        return [
            (compile_path(path)[0], ", ".join(sorted(name.upper() for name in methods)))
            for path, methods in self._app.openapi()["paths"].items()
        ]

    def methods(self, path: str) -> str:
        return next((methods for regex, methods in self._paths if regex.match(path)), "GET")
