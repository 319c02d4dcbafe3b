"""A name for each request: in its answer, its log lines, its audit entry and its problems."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars, get_contextvars

from foundation.ids import new_id
from foundation.patterns import deferred

HEADER: Final = "X-Request-ID"
FIELD: Final = "request_id"
"""What it is called in logs, problems, and the state of an ASGI scope."""

_NAME: Final = HEADER.lower().encode()
_SAFE: Final = deferred(r"[A-Za-z0-9._:+/=~-]{1,128}")
"""What a client may call its request: nothing that a log, a header or a shell reads otherwise."""


class RequestIds:
    """Middleware that names requests, as the client does where its name is harmless.

    It stands around all others. Within another of its kind it does nothing, so that an app has it
    with layers of security around it and without. The name is in the context of the request's
    task, and so in that of the threads that work is handed to.
    """

    def __init__(self, app: ASGIApp, *, new: Callable[[], str] = new_id) -> None:
        """Take what is named, and what makes names."""
        self._app = app
        self._new = new

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Name a request, and its answer alike."""
        if scope["type"] != "http" or FIELD in scope.setdefault("state", {}):
            await self._app(scope, receive, send)
            return
        name = scope["state"][FIELD] = _given(scope) or self._new()

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                fields = [each for each in message.get("headers", ()) if each[0].lower() != _NAME]
                message = {**message, "headers": [*fields, (_NAME, name.encode("ascii"))]}
            await send(message)

        with bound_contextvars(**{FIELD: name}):
            await self._app(scope, receive, named)


def current_request_id() -> str | None:
    """Answer the name of the request that is being answered here; None outside of any."""
    found = get_contextvars().get(FIELD)
    return found if isinstance(found, str) else None


def _given(scope: Scope) -> str | None:
    """Read the client's name for its request; None where it is missing, doubtful or double."""
    lines = [value for name, value in scope["headers"] if name == _NAME]
    if len(lines) != 1:
        return None
    written: str = lines[0].decode("latin-1")
    return written if _SAFE.fullmatch(written) else None
