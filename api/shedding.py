"""Bounded queues before the app: under too much load some are refused at once, none waits long."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem
from api.security.operations import Match, Route, RouteTable
from foundation.security.policy import Operation

if TYPE_CHECKING:
    from api.security.calls import Call

_AGAIN_SECONDS: Final = "1"
_TAKING_SECONDS: Final = 0.1
"""For how long a part of an answer may wait for its reader before his place is another's."""

_LONGER: Final = 3
"""How many times the patience one waits at the most: what was foreseen is no more than likely."""

_WEIGHT: Final = 0.1
"""How much the last gap between two places that come free counts beside those before."""

_OPEN: Final = frozenset({None, Operation.FOLLOW})
"""What waits for news holds no place; what anybody may ask costs next to nothing."""

_APART: Final = frozenset({"/v1/jobs/{job_id}/events", "/ready", "/metrics"})
"""Nor does a stream of a job's events, nor what must be told the more there is to do."""


@dataclass(frozen=True, slots=True)
class Places:
    """How many requests of one operation may be at work, and how many may wait for that.

    Attributes:
        running: requests at work at once.
        waiting: requests that may wait for that, however fast it goes on.
        patience_seconds: how long one may wait; who would have to wait longer, as fast as it goes
            on, is refused at once, and who waits three times as long, then.
    """

    running: int = 32
    waiting: int = 256
    patience_seconds: float = 2.0


class Shedding:
    """Middleware within the layers: one queue for each operation, so that none starves another."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        places: Places = Places(),
        other: Mapping[Operation, Places] = MappingProxyType({}),
        shed: Callable[[str], None] = lambda _: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Put the queues before an app.

        Args:
            app: what answers.
            places: of each operation.
            other: of single operations, where they are others.
            shed: counts refusals by operation.
            monotonic: a clock, in seconds.
        """
        self._app = app
        self._places = places
        self._other = other
        self._shed = shed
        self._monotonic = monotonic
        self._queues: dict[Operation, _Queue] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request wait for its place, or refuse it."""
        call: Call | None = scope.get("state", {}).get("call")
        route = call.match.route if call and call.match else None
        operation = _queued(route) if scope["type"] == "http" and route else None
        if operation is None:
            await self._app(scope, receive, send)
            return
        if self.full(operation):
            await self.refuse(operation)(scope, receive, send)
            return
        place = await self._queue(operation).take()
        if place is None:
            await self.refuse(operation)(scope, receive, send)
            return
        try:
            await self._app(scope, receive, place.while_sending(send))
        finally:
            place.leave()

    def full(self, operation: Operation) -> bool:
        """Tell whether one more request would have to wait too long."""
        return self._queue(operation).full

    def refuse(self, operation: Operation) -> Response:
        """Count a refusal, and make its answer."""
        self._shed(operation.value)
        answer = problem(503, f"too many wait to {operation.value}: try again in a second")
        answer.headers["Retry-After"] = _AGAIN_SECONDS
        return answer

    def _queue(self, operation: Operation) -> _Queue:
        queue = self._queues.get(operation)
        if queue is None:
            places = self._other.get(operation, self._places)
            queue = self._queues[operation] = _Queue(places, self._monotonic)
        return queue


class TurningAway:
    """Middleware before the layers of security: what is refused there costs next to nothing.

    Whoever passes here is asked for his token, and then waits in the queue, or is refused there.
    The queues hold only what the layers let pass, so nobody fills them who may not.
    """

    def __init__(self, app: ASGIApp, *, shedding: Shedding) -> None:
        """Take the app, and the queues within it."""
        self._app = app
        self._shedding = shedding
        self._routes = RouteTable()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request of which it is known already that it would wait too long."""
        if scope["type"] == "http":
            found = self._routes.find(scope["method"], scope["path"])
            operation = _queued(found.route) if isinstance(found, Match) else None
            if operation and self._shedding.full(operation):
                await self._shedding.refuse(operation)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _queued(route: Route) -> Operation | None:
    """Tell which queue a route's requests wait in, if any."""
    operation = route.operation
    return None if route.template in _APART or operation in _OPEN else operation


class _Queue:
    """Places for some, in the order in which they came; it learns how fast places come free."""

    def __init__(self, places: Places, monotonic: Callable[[], float]) -> None:
        self._free = asyncio.Semaphore(places.running)
        self._places = places
        self._monotonic = monotonic
        self._inside = 0
        self._came_free: float | None = None
        self._gap = 0.0

    @property
    def full(self) -> bool:
        """Tell whether one more would have to wait too long, or there are too many in any case."""
        ahead = self._inside - self._places.running
        too_long = ahead * self._gap > self._places.patience_seconds
        return too_long or ahead >= self._places.waiting

    async def take(self) -> _Place | None:
        """Wait for a place; answer None where there is none in time, however it was foreseen."""
        self._inside += 1
        try:
            async with asyncio.timeout(_LONGER * self._places.patience_seconds):
                await self._free.acquire()
        except BaseException as error:
            self._inside -= 1
            if isinstance(error, TimeoutError):
                return None
            raise
        return _Place(self)

    def leave(self) -> None:
        """Give a place back."""
        self._learn()
        self._free.release()
        self._inside -= 1

    def _learn(self) -> None:
        """Note that a place comes free; where nobody waits, it says nothing of how fast it goes."""
        if self._inside <= self._places.running:
            self._came_free = None
            return
        now = self._monotonic()
        if self._came_free is not None:
            gap = now - self._came_free
            self._gap += (gap - self._gap) * _WEIGHT if self._gap else gap
        self._came_free = now


class _Place:
    """A request's place: it has it until its work is done, not until its answer is read."""

    def __init__(self, queue: _Queue) -> None:
        self._queue: _Queue | None = queue

    def leave(self) -> None:
        """Give it back, once."""
        queue, self._queue = self._queue, None
        if queue is not None:
            queue.leave()

    def while_sending(self, send: Send) -> Send:
        """Give it back where the reader keeps an answer waiting: from then on the pace is his."""
        loop = asyncio.get_running_loop()

        async def sending(message: Message) -> None:
            if message["type"] != "http.response.body":  # its beginning waits for the audit log
                await send(message)
                return
            waiting = loop.call_later(_TAKING_SECONDS, self.leave)
            try:
                await send(message)
            finally:
                waiting.cancel()

        return sending
