"""The platform as the Incident Sage reaches it: over HTTP, with a key, behind a circuit breaker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self

import httpx

from foundation.breaker import Breaker
from foundation.errors import Conflict, Forbidden, InvalidInput, NotFound, Unavailable

_SECONDS: Final = 10.0
_RETRIED: Final = frozenset({408, 429})
_ERRORS: Final[Mapping[int, type[Exception]]] = {
    401: Forbidden, 403: Forbidden, 404: NotFound, 409: Conflict,
}  # fmt: skip


class Platform:
    """Asks the platform.

    Args:
        base_url: such as http://127.0.0.1:8000.
        key: an API key; nothing where the server asks for none.
        breaker: lets the platform alone while it fails.
        transport: carries the requests; the network by default.

    Raises:
        InvalidInput: the base URL is none.
    """

    def __init__(
        self,
        base_url: str,
        *,
        key: str | None = None,
        breaker: Breaker | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        try:
            url = httpx.URL(base_url)
        except httpx.InvalidURL as error:
            raise InvalidInput("the platform's address can't be read as a URL") from error
        if url.scheme not in ("http", "https") or not url.host:
            raise InvalidInput("the platform's address must be one such as http://127.0.0.1:8000")
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self._breaker = breaker or Breaker("platform")
        self._client = httpx.AsyncClient(
            base_url=url, headers=headers, timeout=_SECONDS, transport=transport
        )

    async def text(self, path: str, *, statuses: Sequence[int] = (200,)) -> httpx.Response:
        """Get an answer as it is; the breaker is not asked: whether this fails is the question.

        Raises:
            Unavailable: there is none.
            Forbidden, NotFound, Conflict, InvalidInput: it is refused.
        """
        return await self._sent("GET", path, statuses=statuses)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Ask, and read the answer as an object.

        Raises:
            Unavailable: there is no answer, or the circuit is open.
            Forbidden, NotFound, Conflict, InvalidInput: it is refused, or no object.
        """
        with self._breaker.guarding():
            answer = await self._sent(method, path, body=body, query=query)
            try:
                told = answer.json()
            except ValueError as error:
                raise InvalidInput(f"{path} answers with something else than JSON") from error
            if not isinstance(told, dict):
                raise InvalidInput(f"{path} answers with something else than an object")
            return told

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        """Enter a block that ends with `close`."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        await self.close()

    async def _sent(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        statuses: Sequence[int] = (200,),
    ) -> httpx.Response:
        try:
            answer = await self._client.request(method, path, json=body, params=query)
        except httpx.RequestError as error:
            raise Unavailable(f"the platform can't be reached ({type(error).__name__})") from error
        status = answer.status_code
        if status in statuses:
            return answer
        if status in _RETRIED or status >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise Unavailable(f"the platform answers {path} with status {status}")
        kind = _ERRORS.get(status, InvalidInput)
        raise kind(f"the platform refuses {path} (status {status}): {_detail(answer)}")


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])[:500]
    except (ValueError, KeyError, TypeError):
        return "it does not say why"
