"""Bounded queues before the app: under too much load some are refused at once, none waits long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import problem
from foundation.security.policy import Operation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from api.security.calls import Call

_AGAIN_SECONDS: Final = "1"
_OPEN: Final = frozenset({None, Operation.FOLLOW})
"""What waits for news holds no place; what anybody may ask costs next to nothing."""

_APART: Final = frozenset({"/v1/jobs/{job_id}/events", "/ready", "/metrics"})
"""Nor does a stream of a job's events, nor what must be told the more there is to do."""


@dataclass(frozen=True, slots=True)
class Places:
    """How many requests of one operation may be at work, and how many may wait for that."""

    running: int = 32
    waiting: int = 256


class Shedding:
    """Middleware within the layers: one queue for each operation, so that none starves another."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        places: Places = Places(),
        shed: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Take the app, the places of each operation, and what counts refusals by operation."""
        self._app = app
        self._places = places
        self._shed = shed
        self._queues: dict[Operation, _Queue] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request wait for its place, or refuse it."""
        call: Call | None = scope.get("state", {}).get("call")
        route = call.match.route if call and call.match else None
        operation = None if route is None or route.template in _APART else route.operation
        if scope["type"] != "http" or operation is None or operation in _OPEN:
            await self._app(scope, receive, send)
            return
        queue = self._queues.setdefault(operation, _Queue(self._places))
        if queue.full:
            self._shed(operation.value)
            answer = problem(503, f"too many wait to {operation.value}: try again in a second")
            answer.headers["Retry-After"] = _AGAIN_SECONDS
            await answer(scope, receive, send)
            return
        async with queue.place():
            await self._app(scope, receive, send)


class _Queue:
    """Places for some, in the order in which they came."""

    def __init__(self, places: Places) -> None:
        self._free = asyncio.Semaphore(places.running)
        self._most = places.running + places.waiting
        self._inside = 0

    @property
    def full(self) -> bool:
        """Tell whether nobody more may even wait."""
        return self._inside >= self._most

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold a place, once there is one."""
        self._inside += 1
        try:
            async with self._free:
                yield
        finally:
            self._inside -= 1
