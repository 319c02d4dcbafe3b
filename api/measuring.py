"""How long requests take and how they end, for Prometheus."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from api.security.calls import Call

_BUCKETS: Final = (0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_STREAMS: Final = frozenset({"follow", "none"})
"""What waits for news says nothing of how quick answers are, nor does what anybody may ask."""


class Measured:
    """Middleware within the layers: `elders_request_seconds`, by operation and class of status.

    The time is until an answer begins. What a layer refuses is left out: its own metrics count it.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        registry: CollectorRegistry,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take what is measured, and where figures go."""
        from prometheus_client import Histogram

        self._app = app
        self._monotonic = monotonic
        self._seconds = Histogram(
            "elders_request_seconds",
            "Seconds until an answer began.",
            ["operation", "status"],
            buckets=_BUCKETS,
            registry=registry,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Measure a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        begun = self._monotonic()

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._note(state.get("call"), message["status"], self._monotonic() - begun)
            await send(message)

        await self._app(scope, receive, noting)

    def _note(self, call: Call | None, status: int, seconds: float) -> None:
        operation = call.match.route.operation if call and call.match else None
        name = operation.value if operation else "none"
        if name not in _STREAMS:
            self._seconds.labels(name, f"{status // 100}xx").observe(seconds)
