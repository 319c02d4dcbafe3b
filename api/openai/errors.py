"""Errors in the shape that OpenAI's clients read, on the routes that speak to them alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from foundation.errors import InvalidInput

PREFIXES: Final = ("/v1/embeddings", "/v1/files", "/v1/vector_stores")
_PROBLEM: Final = b"application/problem+json"
_UNPROCESSABLE: Final = 422
_BAD_REQUEST: Final = 400
_SERVER: Final = 500

_TYPES: Final[Mapping[int, str]] = {
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
}
_CODES: Final[Mapping[int, str]] = {404: "not_found", 409: "conflict", 413: "too_large"}

_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
        }
    },
}


class Refusal(InvalidInput):
    """A request of an OpenAI client that can't be met; it says which parameter is wrong."""

    def __init__(
        self, message: str, *, param: str | None = None, code: str | None = None, status: int = 400
    ) -> None:
        super().__init__(message)
        self.param = param
        self.code = code
        self.status = status


def refusals() -> dict[int | str, dict[str, Any]]:
    """Document the errors of a route."""
    example = error_of(400, {"detail": "what was wrong, where, and what to do"})
    content = {"application/json": {"schema": _SCHEMA, "example": example}}
    return {
        "4XX": {"description": "The request is wrong", "content": content},
        "5XX": {"description": "A store or a model does not answer", "content": content},
    }


def error_of(status: int, problem: Mapping[str, Any]) -> dict[str, Any]:
    """Write a problem (RFC 9457) as OpenAI's services write errors."""
    places = [str(each.get("where", "")) for each in problem.get("errors", ())]
    named = places[0].split(".")[1:2] if places else []
    param = problem.get("param") or "".join(named)
    kind = _TYPES.get(status, "server_error" if status >= _SERVER else "invalid_request_error")
    return {
        "error": {
            "message": problem.get("detail") or problem.get("title") or "",
            "type": kind,
            "param": param or None,
            "code": problem.get("code") or _CODES.get(status),
        }
    }


def is_spoken_to(path: str) -> bool:
    """Tell whether a route is one of those that OpenAI's clients call."""
    return any(path == each or path.startswith(f"{each}/") for each in PREFIXES)


class OpenAIErrors:
    """Turns every problem+json of those routes, whoever wrote it, into an error of that shape."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let all pass but problems."""
        if scope["type"] != "http" or not is_spoken_to(scope["path"]):
            await self._app(scope, receive, send)
            return
        start: Message | None = None
        body, begun = b"", False

        async def turned(message: Message) -> None:
            nonlocal start, body, begun
            begun = True
            if message["type"] == "http.response.start" and _is_problem(message):
                start = message
            elif start is None:
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    held, start = start, None
                    await _answer(held, body, send)

        try:
            await self._app(scope, receive, turned)
        except Exception as error:
            if not begun:
                fault = {"detail": f"a fault of the server ({type(error).__name__})"}
                await _send(send, {"type": "http.response.start", "status": _SERVER}, fault)
            raise  # the server's log has more


def _is_problem(start: Message) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith(_PROBLEM)
        for name, value in start.get("headers", ())
    )


async def _answer(start: Message, body: bytes, send: Send) -> None:
    status = _BAD_REQUEST if start["status"] == _UNPROCESSABLE else start["status"]
    await _send(send, {**start, "status": status}, json.loads(body))


async def _send(send: Send, start: Message, problem: Mapping[str, Any]) -> None:
    text = json.dumps(error_of(start["status"], problem), ensure_ascii=False)
    data = text.encode("utf-8", "replace")
    kept = [
        (name, value)
        for name, value in start.get("headers", ())
        if name.lower() not in {b"content-type", b"content-length"}
    ]
    length = str(len(data)).encode()
    headers = [*kept, (b"content-type", b"application/json"), (b"content-length", length)]
    await send({**start, "headers": headers})
    await send({"type": "http.response.body", "body": data})
