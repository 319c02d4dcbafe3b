"""The platform as the Sages reach it: over HTTP alone, asynchronously, behind a breaker."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from types import TracebackType
from typing import Any, Final, Self

import httpx
from pydantic import BaseModel, SecretStr

from elders.http import Shape, address_of, breaker_of, check_answer, headers_of, place_of, shaped
from elders.learned import Cursor, LearnedPattern
from elders.transports.delivery import Sleep
from foundation.breaker import Breakers
from foundation.errors import Conflict, InvalidInput, Unavailable
from foundation.retry import backoff

TIMEOUT_SECONDS: Final = 60.0
LEARN_SECONDS: Final = 600.0
"""How long one round of the Knowledge Sage's learning may take."""

_SOON_SECONDS: Final = 10.0


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

    Whatever its named methods ask is as good done twice as once, so it is tried again where nobody
    answers; `ask` and `text` are for whoever has no time for that.
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
        url = address_of(address)
        self._client = httpx.AsyncClient(
            base_url=url, headers=headers_of(key), timeout=TIMEOUT_SECONDS
        )
        self.place: Final = place_of(url)
        self._breaker = breaker_of(breakers, url)
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
        found = shaped(await self._ask("POST", "v1/search", json=asked), _Hits)
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
        results = shaped(response, _Results).results
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

    async def ask(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Ask once, for ten seconds at the most, and read the answer as an object.

        Raises:
            Unavailable: there is no answer, or the circuit is open.
            Forbidden, NotFound, Conflict, InvalidInput: it is refused, or no object.
        """
        with self._breaker.guarding():
            options = {"json": body, "params": query, "timeout": _SOON_SECONDS}
            answer = await self._try(method, path, options)
            try:
                told = answer.json()
            except ValueError as error:
                raise InvalidInput(f"{path} answers with something else than JSON") from error
            if not isinstance(told, dict):
                raise InvalidInput(f"{path} answers with something else than an object")
            return told

    async def text(self, path: str, *, statuses: Sequence[int] = (200,)) -> httpx.Response:
        """Get an answer as it is; the breaker is not asked: whether this fails is the question.

        Raises:
            Unavailable: there is none.
            Forbidden, NotFound, Conflict, InvalidInput: it is refused.
        """
        return await self._try("GET", path, {"timeout": _SOON_SECONDS}, statuses)

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

    async def _read(self, path: str, shape: type[Shape], asked: Mapping[str, Any]) -> Shape:
        return shaped(await self._ask("GET", path, params=asked), shape)

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

    async def _try(
        self,
        method: str,
        path: str,
        options: Mapping[str, Any],
        statuses: Sequence[int] = (),
    ) -> httpx.Response:
        try:
            response = await self._client.request(method, path, **options)
        except httpx.RequestError as error:
            raise Unavailable(f"{self.place} can't be reached ({type(error).__name__})") from error
        return check_answer(response, self.place, statuses=statuses)
