"""The client that waits for answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from random import Random
from types import TracebackType
from typing import Self, TypeVar

import httpx

from api.client.calls import Call, Route, Sender, Sent, StreamCall
from api.client.connection import RETRIES, TIMEOUT_SECONDS, delays, options, request
from api.client.events import EventReader
from api.client.exchange import Attempts, Outcome, failure, understood
from api.client.operations import Operations

T = TypeVar("T")


class Client(Operations, Sender):
    """Asks a server of this platform; threads may share it.

    What fails in passing is tried again, unless it may have been done and should not be done
    twice. Errors are those of `foundation.errors`.

    >>> from api.client import Client
    >>> with Client("http://127.0.0.1:8000") as client:  # doctest: +SKIP
    ...     client.search("how do I install it?", k=3)
    """

    def __init__(
        self,
        address: str,
        *,
        key: str | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        retries: int = RETRIES,
        transport: httpx.BaseTransport | None = None,
        rng: Random | None = None,
        sleep: Callable[[float], object] = time.sleep,
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
        self._http = httpx.Client(transport=transport, **options(address, key, timeout_seconds))
        self._timeout = timeout_seconds
        self._delays = delays(rng, retries)
        self._sleep = sleep

    def send(self, call: Call[T]) -> T:
        """Answer a call: the methods are made of it."""
        response = self._answer(call.route, call.sent)
        return understood(response, call.read, response.content)

    def stream(self, call: StreamCall[T]) -> Iterator[T]:
        """Answer a call event by event; where it is left early, the connection is closed."""
        response = self._answer(call.route, call.sent, stream=True)
        reader = EventReader()
        try:
            for block in response.iter_bytes():
                for event in reader.feed(block):
                    yield understood(response, call.read, event)
        except httpx.RequestError as error:
            raise failure(error) from error
        finally:
            response.close()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def __enter__(self) -> Self:
        """Enter a `with` block that ends with `close`."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def _answer(self, route: Route, sent: Sent, *, stream: bool = False) -> httpx.Response:
        asked = request(self._http.build_request, route, sent, self._timeout)
        attempts = Attempts(route, self._delays())
        while True:
            verdict = attempts.judge(self._once(asked, stream=stream))
            if isinstance(verdict, httpx.Response):
                return verdict
            self._sleep(verdict)

    def _once(self, asked: httpx.Request, *, stream: bool) -> Outcome:
        try:
            response = self._http.send(asked, stream=stream)
            if stream and not response.is_success:
                response.read()
        except httpx.RequestError as error:
            return error
        return response
