from __future__ import annotations

import asyncio

from prometheus_client import CollectorRegistry, generate_latest
from starlette.types import Message, Receive, Scope, Send

from api.measuring import Measured
from api.security.operations import RouteTable
from tests.api.security.guarded import call, nobody


def told(path: str, status: int) -> str:
    """Answer a request with a status after 30 ms of a clock, and read the metrics."""
    registry, ticks = CollectorRegistry(), iter((1.0, 1.03))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})

    async def send(message: Message) -> None:
        assert message["status"] == status

    asked = call("POST", path)
    asked.match = RouteTable().find("POST", path)  # type: ignore[assignment] # there is one
    scope = {"type": "http", "state": {"call": asked}}
    measured = Measured(app, registry=registry, monotonic=lambda: next(ticks))
    asyncio.run(measured(scope, nobody, send))
    return generate_latest(registry).decode()


def test_an_answer_is_told_by_what_was_asked_and_how_it_ended() -> None:
    text = told("/v1/search", 503)
    assert 'elders_request_seconds_count{operation="search",status="5xx"} 1.0' in text
    assert 'elders_request_seconds_bucket{le="0.02",operation="search",status="5xx"} 0.0' in text
    assert 'elders_request_seconds_bucket{le="0.05",operation="search",status="5xx"} 1.0' in text
