"""The client that awaits answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from random import Random
from types import TracebackType
from typing import Self, TypeVar

import httpx

from api.client.calls import AsyncSender, Call, Route, Sent, StreamCall
from api.client.connection import RETRIES, TIMEOUT_SECONDS, delays, options, request
from api.client.events import EventReader
from api.client.exchange import Attempts, Outcome, failure, understood
from api.client.operations import Operations

T = TypeVar("T")


class AsyncClient(Operations, AsyncSender):
    """Asks a server of this platform; tasks of one event loop may share it.

    It has the methods of `Client`, to be awaited, or gone through with `async for`.
    """

    def __init__(
        self,
        address: str,
        *,
        key: str | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        retries: int = RETRIES,
        transport: httpx.AsyncBaseTransport | None = None,
        rng: Random | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """Make a client; nothing is sent yet.

        Args:
            address: of the server, such as http://127.0.0.1:8000.
            key: an API key, or another bearer token.
            timeout_seconds: how long an answer may let one wait, and each of its parts.
            retries: how often a call is tried again.
            transport: what carries requests, in place of the network.
            rng: spreads the times of further attempts.
            sleep: waits for them.

        Raises:
            InvalidInput: the address is none.
        """
        self._http = httpx.AsyncClient(
            transport=transport, **options(address, key, timeout_seconds)
        )
        self._timeout = timeout_seconds
        self._delays = delays(rng, retries)
        self._sleep = sleep

    async def send(self, call: Call[T]) -> T:
        """Answer a call: the methods are made of it."""
        response = await self._answer(call.route, call.sent)
        return understood(response, call.read, response.content)

    async def stream(self, call: StreamCall[T]) -> AsyncIterator[T]:
        """Answer a call event by event; where it is left early, the connection is closed."""
        response = await self._answer(call.route, call.sent, stream=True)
        reader = EventReader()
        try:
            async for block in response.aiter_bytes():
                for event in reader.feed(block):
                    yield understood(response, call.read, event)
        except httpx.RequestError as error:
            raise failure(error) from error
        finally:
            await response.aclose()

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        """Enter an `async with` block that ends with `close`."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        await self.close()

    async def _answer(self, route: Route, sent: Sent, *, stream: bool = False) -> httpx.Response:
        asked = request(self._http.build_request, route, sent, self._timeout)
        attempts = Attempts(route, self._delays())
        while True:
            verdict = attempts.judge(await self._once(asked, stream=stream))
            if isinstance(verdict, httpx.Response):
                return verdict
            await self._sleep(verdict)

    async def _once(self, asked: httpx.Request, *, stream: bool) -> Outcome:
        try:
            response = await self._http.send(asked, stream=stream)
            if stream and not response.is_success:
                await response.aread()
        except httpx.RequestError as error:
            return error
        return response
