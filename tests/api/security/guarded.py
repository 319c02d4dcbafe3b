"""A small app behind the layers: what tests ask, and what they break."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.types import Message, Receive, Scope, Send

from api.security.calls import Call, Layer, Outcome
from api.security.credentials import Authenticator, Bearer
from api.security.guard import Guard
from api.security.layers import Layers
from api.security.operations import RouteTable
from foundation.clock import Micros
from foundation.database.engine import Database
from foundation.errors import Unavailable
from foundation.security.audit_entry import Entry
from foundation.security.behaviour import Assessment, Behaviour
from foundation.security.keyring import Keyring
from foundation.security.network import Network
from foundation.security.policy import Principal, Role, access
from foundation.security.rates import MemoryBuckets, Rate
from tests.contracts.buckets import Hands

PEPPER = b"9f8e7d6c5b4a39281706f5e4d3c2b1a0"


@dataclass
class Tallied:
    """Counts what layers said."""

    each: Counter[tuple[Layer, Outcome]] = field(default_factory=Counter)

    def add(self, layer: Layer, outcome: Outcome) -> None:
        self.each[layer, outcome] += 1

    def of(self, outcome: Outcome) -> dict[str, int]:
        return {layer.value: many for (layer, said), many in self.each.items() if said is outcome}


@dataclass
class Kept:
    """An auditor that keeps what it is told, or takes nothing."""

    entries: list[tuple[Entry, bool]] = field(default_factory=list)
    broken: bool = False

    def record(self, entry: Entry, *, critical: bool = False) -> None:
        if self.broken:
            raise Unavailable("the disk is full")
        self.entries.append((entry, critical))

    def said(self) -> Sequence[tuple[str, str, str, bool]]:
        return [(e.operation, e.caller.level, e.result, critical) for e, critical in self.entries]


App = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass
class Seen:
    """What came through to the app."""

    principals: list[Principal | None] = field(default_factory=list)
    app: App | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.principals.append(scope["state"]["principal"])
        if self.app is not None:
            await self.app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"hello"})


class Gate:
    """The layers with real parts, of which each can be replaced."""

    def __init__(self, database: Database | None, **parts: Any) -> None:
        self.clock = Hands(1_728_000_000_000_000)
        self.seen = Seen()
        self.counts = Tallied()
        self.alerts: list[Assessment] = []
        self.key = ""
        authenticator: Authenticator | None = parts.pop("authenticator", None)
        if database is not None:
            self.keyring = Keyring(database, PEPPER, self.now)
            self.key = self.issue()
            authenticator = authenticator or Bearer(self.keyring.verify)
        given: dict[str, Any] = {
            "network": Network.of(trusted_proxies=["10.0.0.0/8"]),
            "buckets": MemoryBuckets(monotonic=self.clock.seconds),
            "client_rate": Rate("client", per_second=10, burst=100),
            "key_rate": Rate("key", per_second=10, burst=150),
            "authenticator": authenticator,
            "routes": RouteTable(),
            "behaviour": Behaviour(self.now, random.Random(1)),
            "counts": self.counts,
            "alert": lambda assessment, _call: self.alerts.append(assessment),
        }
        self.guard = Guard(**(given | parts))
        self.layers = Layers(self.seen, guard=self.guard, monotonic=self.clock.seconds)

    def now(self) -> Micros:
        return Micros(self.clock.micros)

    def issue(self, role: Role = Role.READER, **more: Any) -> str:
        return self.keyring.create("test", role, access(["*"], []), actor="t", **more).text

    async def asked(
        self,
        method: str = "GET",
        path: str = "/v1/patterns",
        *,
        key: str | None = "",
        headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
        peer: str = "192.0.2.1",
    ) -> httpx.Response:
        told = list(headers.items() if isinstance(headers, Mapping) else headers)
        if key is not None:
            told.append(("authorization", f"Bearer {key or self.key}"))
        transport = httpx.ASGITransport(self.layers, client=(peer, 4_711))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, headers=told)

    def ask(self, *arguments: Any, **named: Any) -> httpx.Response:
        return asyncio.run(self.asked(*arguments, **named))

    def passed(self) -> int:
        return len(self.seen.principals)


async def nobody() -> Message:
    """Stand for a client that sends nothing, and must not be waited for."""
    raise AssertionError("a request that is refused must not be read")


def call(method: str = "GET", path: str = "/", *headers: tuple[str, str]) -> Call:
    return Call(
        method, path, "192.0.2.1", [(name.encode(), value.encode()) for name, value in headers]
    )
