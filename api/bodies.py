"""What bodies of requests may be: how large each, how large all together, and how slow."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import anyio
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem

MAX_BODY_BYTES: Final = 200_000_000
"""Of what brings documents."""

SHORT_BODY_BYTES: Final = 1 << 20
"""Of any other request: what it asks for is read in one go, and a short body says all of it."""

LONG_BODY_BYTES: Final = 4 << 20
"""Of what names many things at once."""

BODIES_BYTES: Final = 400_000_000
_FREE_BYTES: Final = 64 << 10
_CLOSE: Final = {"Connection": "close"}
_AGAIN: Final = {"Retry-After": "5"}

_BRINGING: Final = frozenset(
    {"/v1/documents", "/v1/jobs", "/v1/files", "/v1/curation/replay", "/mcp"}
)
_NAMING: Final = ("/v1/embeddings", "/file_batches")


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


class Room:
    """Memory for the bodies that are being read or worked on, all together.

    The first 64 KiB of each are free, so that what is short is taken however full it is. It is
    used in one event loop.
    """

    def __init__(self, most_bytes: int = BODIES_BYTES) -> None:
        """Begin empty."""
        self.most_bytes = most_bytes
        self._held = 0

    def fits(self, size: int, before: int = 0) -> bool:
        """Tell whether a body may have so many bytes, which had others before."""
        return self._held + _beyond(size) - _beyond(before) <= self.most_bytes

    def change(self, before: int, size: int) -> None:
        """Note that a body has so many bytes now; none when it is let go."""
        self._held += _beyond(size) - _beyond(before)


class BodyLimit:
    """Refuses bodies beyond a size, said or counted, those too slow, and those without room.

    Only the time that is spent waiting for the sender counts, not what the app takes to read.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_bytes: int = MAX_BODY_BYTES,
        pace: Pace = Pace(),
        room: Room | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Stand before an app.

        Args:
            app: what reads bodies.
            max_bytes: of what brings documents; other bodies may be `SHORT_BODY_BYTES`.
            pace: how slowly they may come.
            room: for all of them together; None where they are not kept.
            monotonic: a clock, in seconds.
        """
        self._app = app
        self._max_bytes = max_bytes if room is None else min(max_bytes, room.most_bytes)
        self._pace = pace
        self._room = room
        self._monotonic = monotonic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what comes in."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        max_bytes = _most(scope["path"], self._max_bytes)
        room = self._room or Room(max_bytes)
        said = dict(scope["headers"]).get(b"content-length", b"0")
        size = int(said[:20]) if said.isdigit() else 0
        if size > max_bytes or not room.fits(size):
            refused = _too_large(max_bytes) if size > max_bytes else _no_room()
            await _told(refused)(scope, receive, send)
            return
        body, begun = _Body(receive, max_bytes, room, self._pace, self._monotonic), False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, body.receive, noting)
        except Exception:
            if body.refused is None or begun:
                raise
            await _told(body.refused)(scope, receive, send)
        finally:
            body.end()


class _Body:
    """A body as it is read."""

    def __init__(
        self,
        receive: Receive,
        max_bytes: int,
        room: Room,
        pace: Pace,
        monotonic: Callable[[], float],
    ) -> None:
        self._receive = receive
        self._max_bytes = max_bytes
        self._room = room
        self._pace = pace
        self._monotonic = monotonic
        self._read = 0
        self._waited = 0.0
        self._whole = False
        self.refused: HTTPException | None = None

    async def receive(self) -> Message:
        """Answer the next part of it, and thereafter the end of the connection.

        Raises:
            HTTPException: it is too large (413), too slow (408) or there is no room for it (503);
                so is all that is asked then.
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
                self._whole = not message.get("more_body", False)
                self.refused = self._longer(len(message.get("body", b"")))
                if self.refused is None:
                    return message
        raise self.refused

    def end(self) -> None:
        """Give back the room that it took."""
        self._room.change(self._read, 0)
        self._read = 0

    def _longer(self, by: int) -> HTTPException | None:
        """Count bytes that came; answer why they can't be taken, if so."""
        size = self._read + by
        if size > self._max_bytes:
            return _too_large(self._max_bytes)
        if not self._room.fits(size, self._read):
            return _no_room()
        self._room.change(self._read, size)
        self._read = size
        return None

    async def _next(self, seconds: float) -> Message | None:
        if seconds > 0:
            with anyio.move_on_after(seconds):
                return await self._receive()
        return None


def _beyond(size: int) -> int:
    return max(0, size - _FREE_BYTES)


def _most(path: str, max_bytes: int) -> int:
    """Answer how long a body for a path may be, where those that bring documents may be so long."""
    if path in _BRINGING:
        return max_bytes
    return min(max_bytes, LONG_BODY_BYTES if path.endswith(_NAMING) else SHORT_BODY_BYTES)


def _told(refused: HTTPException) -> Response:
    answer = problem(refused.status_code, refused.detail)
    answer.headers.update(refused.headers or {})
    return answer


def _too_large(max_bytes: int) -> HTTPException:
    return HTTPException(413, f"the request is larger than {max_bytes:,} bytes: send less at once")


def _no_room() -> HTTPException:
    told = "too much is being sent to this server at once: try again in a few seconds"
    return HTTPException(503, told, headers=_AGAIN)


def _too_slow(pace: Pace) -> str:
    return (
        f"the body came too slowly: no {pace.silence_seconds:g} s may pass without a byte, and"
        f" {pace.bytes_per_second:,} bytes a second must come"
    )
