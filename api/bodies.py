"""What a request's body may be: how large, and how slowly it may come."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import anyio
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem

MAX_BODY_BYTES: Final = 200_000_000
_CLOSE: Final = {"Connection": "close"}


@dataclass(frozen=True, slots=True)
class Pace:
    """How slowly a body may come, so that nobody holds a place by dripping it.

    Attributes:
        silence_seconds: for how long no byte of it may come.
        bytes_per_second: what must come on the average, beyond those seconds.
    """

    silence_seconds: float = 30.0
    bytes_per_second: int = 10_000

    def left(self, waited: float, read: int) -> float:
        """Answer for how many seconds the next bytes may be waited for, 0 or less for no more."""
        due = self.silence_seconds + read / self.bytes_per_second
        return min(self.silence_seconds, due - waited)


class BodyLimit:
    """Refuses bodies beyond a size, said or counted, and those that come too slowly.

    Only the time that is spent waiting for the sender counts, not what the app takes to read.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_bytes: int = MAX_BODY_BYTES,
        pace: Pace = Pace(),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._pace = pace
        self._monotonic = monotonic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what comes in."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        said = dict(scope["headers"]).get(b"content-length", b"0")
        if said.isdigit() and int(said[:20]) > self._max_bytes:
            await problem(413, _too_large(self._max_bytes))(scope, receive, send)
            return
        body, begun = _Body(receive, self._max_bytes, self._pace, self._monotonic), False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, body.receive, noting)
        except Exception:
            if body.refused is None or begun:
                raise
            answer = problem(body.refused.status_code, body.refused.detail)
            answer.headers.update(body.refused.headers or {})
            await answer(scope, receive, send)


class _Body:
    """A body as it is read."""

    def __init__(
        self, receive: Receive, max_bytes: int, pace: Pace, monotonic: Callable[[], float]
    ) -> None:
        self._receive = receive
        self._max_bytes = max_bytes
        self._pace = pace
        self._monotonic = monotonic
        self._read = 0
        self._waited = 0.0
        self._whole = False
        self.refused: HTTPException | None = None

    async def receive(self) -> Message:
        """Answer the next part of it, and thereafter the end of the connection.

        Raises:
            HTTPException: it is too large (413) or too slow (408); so is all that is asked then.
        """
        if self._whole:
            return await self._receive()
        if self.refused is None:
            begun = self._monotonic()
            message = await self._next(self._pace.left(self._waited, self._read))
            self._waited += self._monotonic() - begun
            if message is None:
                self.refused = HTTPException(408, _too_slow(self._pace), headers=_CLOSE)
            else:
                self._read += len(message.get("body", b""))
                self._whole = not message.get("more_body", False)
                if self._read <= self._max_bytes:
                    return message
                self.refused = HTTPException(413, _too_large(self._max_bytes))
        raise self.refused

    async def _next(self, seconds: float) -> Message | None:
        if seconds > 0:
            with anyio.move_on_after(seconds):
                return await self._receive()
        return None


def _too_large(max_bytes: int) -> str:
    return f"the request is larger than {max_bytes:,} bytes: send fewer documents"


def _too_slow(pace: Pace) -> str:
    return (
        f"the body came too slowly: no {pace.silence_seconds:g} s may pass without a byte, and"
        f" {pace.bytes_per_second:,} bytes a second must come"
    )
