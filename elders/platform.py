"""The platform as the Sages reach it: over HTTP alone, asynchronously, behind a breaker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final, TypeVar

import httpx
from pydantic import BaseModel, SecretStr, ValidationError

from elders.learned import Cursor, LearnedPattern
from elders.transports.delivery import Sleep
from foundation.breaker import Breakers
from foundation.errors import Conflict, Forbidden, InvalidInput, NotFound, Unavailable
from foundation.retry import backoff

TIMEOUT_SECONDS: Final = 60.0
LEARN_SECONDS: Final = 600.0
"""How long one round of the Knowledge Sage's learning may take."""

_PASSING: Final = frozenset({408, 429})
_REFUSED: Final = {403: Forbidden, 401: Forbidden, 404: NotFound, 409: Conflict}
_LONGEST: Final = 500

Shape = TypeVar("Shape", bound=BaseModel)


class _Citation(BaseModel):
    document_id: str
    source_id: str


class _Hit(BaseModel):
    chunk_id: int
    collection: str
    text: str
    parts: dict[str, float]
    citation: _Citation


class _Hits(BaseModel):
    hits: list[_Hit]


class _Patterns(BaseModel):
    patterns: list[LearnedPattern]
    next: int
    purged: int


class _Result(BaseModel):
    source_id: str
    outcome: str
    reason: str


class _Results(BaseModel):
    results: list[_Result]


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage that a search found.

    Attributes:
        parts: of its score, by name: `dense` is the cosine with the query.
    """

    chunk_id: int
    collection: str
    source_id: str
    text: str
    parts: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Changes:
    """Patterns that changed, and where to go on."""

    patterns: Sequence[LearnedPattern]
    cursor: Cursor


class Platform:
    """One process's door to a platform that is served elsewhere.

    Whatever it asks is as good done twice as once, so it is tried again where nobody answers.
    Making one reads certificates: do it in a thread where an event loop runs.

    Args:
        address: such as http://127.0.0.1:8000.
        key: an API key; None where the platform asks for none.
        breakers: where the platform's is; by default none but its own.
        rng, sleep: of the pauses between tries.

    Raises:
        InvalidInput: the address is none.
    """

    def __init__(
        self,
        address: str,
        key: SecretStr | None = None,
        *,
        breakers: Breakers | None = None,
        rng: Random | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
        self._client = httpx.AsyncClient(base_url=address, headers=headers, timeout=TIMEOUT_SECONDS)
        if not self._client.base_url.host:
            raise InvalidInput("the platform's address must be one such as http://127.0.0.1:8000")
        self.place: Final = f"{self._client.base_url.host}:{self._client.base_url.port or ''}"
        self._breaker = (breakers or Breakers()).of(f"platform at {self.place}")
        self._rng = rng or Random()  # noqa: S311 - jitter, no secret
        self._sleep = sleep

    async def learn(self) -> Mapping[str, Any]:
        """Have the Knowledge Sage learn from all that is current; tell what changed.

        Raises:
            Unavailable: it does not answer, after some tries.
            Forbidden: the key does not allow it.
        """
        response = await self._ask("POST", "v1/learn", timeout=LEARN_SECONDS)
        return dict(response.json())

    async def patterns(self, since: Cursor, limit: int) -> Changes:
        """Read patterns that changed after a cursor, retired ones too, as they are now.

        A cursor of before a purge, or of before an older state was restored, begins anew.

        Raises:
            Unavailable, Forbidden: as `learn`.
        """
        asked = {"since": since.seq, "limit": limit}
        try:
            answer = await self._read("internal/v1/patterns", _Patterns, asked)
        except Conflict:
            answer = None
        if answer is None or (since.seq and answer.purged != since.purged):
            asked["since"] = 0
            answer = await self._read("internal/v1/patterns", _Patterns, asked)
        return Changes(answer.patterns, Cursor(answer.next, answer.purged))

    async def search(self, query: str, k: int) -> list[Passage]:
        """Find passages by words and meaning, the best first.

        Raises:
            Unavailable, Forbidden: as `learn`.
        """
        asked = {"query": query, "k": k, "mode": "fusion", "filtering": False}
        found = _shaped(await self._ask("POST", "v1/search", json=asked), _Hits)
        return [
            Passage(each.chunk_id, each.collection, each.citation.source_id, each.text, each.parts)
            for each in found.hits
        ]

    async def push(
        self, collection: str, documents: Sequence[Mapping[str, Any]], *, key: str
    ) -> list[tuple[str, str]]:
        """Store documents once for each key; answer source ids with what became of them.

        Raises:
            Unavailable, Forbidden: as `learn`.
            InvalidInput: a document was not taken.
        """
        asked = {"collection": collection, "documents": list(documents)}
        headers = {"Idempotency-Key": f'"{key}"'}
        response = await self._ask("POST", "v1/documents", json=asked, headers=headers)
        results = _shaped(response, _Results).results
        if failed := [each for each in results if each.outcome == "failed"]:
            told = f"{failed[0].source_id}: {failed[0].reason}"
            raise InvalidInput(f"{len(failed)} documents were not taken; {told}")
        return [(each.source_id, each.outcome) for each in results]

    async def metrics(self) -> str:
        """Read what the platform tells of itself, in the text format of Prometheus."""
        return (await self._ask("GET", "metrics")).text

    async def clear_cache(self) -> None:
        """Have every remembered answer forgotten."""
        await self._ask("DELETE", "v1/cache")

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _read(self, path: str, shape: type[Shape], asked: Mapping[str, Any]) -> Shape:
        return _shaped(await self._ask("GET", path, params=asked), shape)

    async def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        with self._breaker.guarding():
            delays: Iterator[float] = backoff(self._rng)
            while True:
                try:
                    return await self._try(method, path, options)
                except Unavailable:
                    delay = next(delays, None)
                    if delay is None:
                        raise
                await self._sleep(delay)

    async def _try(self, method: str, path: str, options: Mapping[str, Any]) -> httpx.Response:
        try:
            response = await self._client.request(method, path, **options)
        except httpx.RequestError as error:
            raise Unavailable(f"{self.place} can't be reached ({type(error).__name__})") from error
        status = response.status_code
        if status in _PASSING or status >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise Unavailable(f"{self.place} answers {path} with status {status}")
        if status >= httpx.codes.BAD_REQUEST:
            kind: Callable[[str], Exception] = _REFUSED.get(status, InvalidInput)
            raise kind(f"{self.place} refuses {path} (status {status}): {_detail(response)}")
        return response


def _shaped(response: httpx.Response, shape: type[Shape]) -> Shape:
    try:
        return shape.model_validate_json(response.content)
    except ValidationError as error:
        raise InvalidInput(
            f"{response.request.url.host} answers {response.request.url.path} with something else"
            " than this platform does: is the address right, and its version this one's?"
        ) from error


def _detail(response: httpx.Response) -> str:
    try:
        return str(response.json()["detail"])[:_LONGEST]
    except (ValueError, KeyError, TypeError):
        return "it does not say why"
