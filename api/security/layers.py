"""The security layers around the app, as ASGI: what they refuse, the app never sees."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

from anyio import CapacityLimiter, to_thread
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem
from api.security.calls import Call, Refused, call_of
from api.security.guard import Guard
from foundation.security.rates import limit_headers

_T = TypeVar("_T")

_THREADS: Final = 16
_AGAIN_SECONDS: Final = 1.0
_POLICY_VIOLATION: Final = 1_008


class Layers:
    """Middleware that asks a guard about every request, and about long answers every second.

    It is the outermost, so that not even a body is read of what is refused. What waits for a
    database goes to threads of its own: where all others are busy, requests can still be refused.
    """

    def __init__(
        self, app: ASGIApp, *, guard: Guard, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._guard = guard
        self._monotonic = monotonic
        self._threads: CapacityLimiter | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or answer in the app's place."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await receive()
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
            return
        call = call_of(scope)
        scope.setdefault("state", {})["call"] = call  # for who audits around this
        try:
            await self._admit(call)
        except Refused as refused:
            call.refused = refused.layer
            await _answer(refused, call)(scope, receive, send)
            return
        state = {**scope.get("state", {}), "principal": call.principal, "touched": call.touched}
        answer = _Answer(self, call, send)
        try:
            await self._app({**scope, "state": state}, receive, answer.send)
        except Exception:
            if not answer.ended:
                raise
        finally:
            status = call.ended or answer.status
            self._guard.leave(call, status=status, sent_bytes=answer.sent_bytes)

    async def _admit(self, call: Call) -> None:
        guard = self._guard
        if guard.arriving_waits:
            onwards = await self._in_thread(lambda: guard.arrive(call))
        else:
            onwards = guard.arrive(call)
        if not onwards:
            return
        if guard.entering_waits:
            await self._in_thread(lambda: guard.enter(call))
        else:
            guard.enter(call)

    async def still(self, call: Call, sent_bytes: int) -> None:
        """Judge an answer that is on its way."""
        await self._in_thread(lambda: self._guard.still(call, sent_bytes))

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        if self._threads is None:  # it belongs to the event loop that runs
            self._threads = CapacityLimiter(_THREADS)
        return await to_thread.run_sync(work, limiter=self._threads)

    @property
    def now(self) -> float:
        """Seconds that never go back."""
        return self._monotonic()


class _Ended(OSError):  # noqa: N818 - says what is so
    """What a server raises when nobody listens any more; apps stop at it."""


class _Answer:
    """Counts what goes out, adds header fields, and looks every second whether it still may."""

    def __init__(self, layers: Layers, call: Call, send: Send) -> None:
        self._layers = layers
        self._call = call
        self._send = send
        self._looked_at = layers.now
        self.status = 0
        self.sent_bytes = 0
        self.ended = False

    async def send(self, message: Message) -> None:
        """Send a part of the answer on; a part that may not go leaves the answer incomplete.

        Raises:
            _Ended: no more of it goes out.
        """
        if message["type"] == "http.response.start":
            self.status = message["status"]
            fields = [*message.get("headers", ()), *limit_headers(self._call.limits)]
            message = {**message, "headers": fields}
        elif message["type"] == "http.response.body":
            self.sent_bytes += len(message.get("body", b""))
            if message.get("more_body", False) and self._call.principal is not None:
                await self._look()
        await self._send(message)

    async def _look(self) -> None:
        if self.ended:
            raise _Ended
        now = self._layers.now
        if now - self._looked_at < _AGAIN_SECONDS:
            return
        self._looked_at = now
        sent, self.sent_bytes = self.sent_bytes, 0
        try:
            await self._layers.still(self._call, sent)
        except Refused:
            self.ended = True
            raise _Ended from None


def _answer(refused: Refused, call: Call) -> Response:
    answer = problem(refused.status, refused.detail, **refused.more)
    for name, value in refused.headers:
        answer.headers[name] = value
    if call.limits:
        answer.raw_headers.extend(limit_headers(call.limits))
    return answer
