"""What helps with an alert: passages of runbooks, and what was changed shortly before."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Final, Protocol, TypeVar

import httpx
import structlog
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from elders.alerts.model import Kind, Notice
from foundation.breaker import Breakers
from foundation.clock import to_datetime
from foundation.errors import GuildError, InvalidInput, Unavailable

_log = structlog.get_logger(__name__)

_PASSAGES: Final = 3
_CHANGES: Final = 10
_LOOKED_AT: Final = 200
"""The newest lines of the change log among which recent ones are looked for."""

_BEFORE: Final = timedelta(hours=1)
_LONGEST: Final = 300
_QUERY: Final = 500

_Model = TypeVar("_Model", bound=BaseModel)
_Ask = Callable[[Notice], Awaitable[Sequence[str]]]


class Enricher(Protocol):
    """Adds to a notice what may help; it never fails, and never takes long."""

    async def enrich(self, notice: Notice) -> Notice:
        """Answer the notice with what was found; with nothing, as it was."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class _Citation(BaseModel):
    title: str | None = None
    uri: str | None = None
    source_id: str | None = None


class _Hit(BaseModel):
    text: str
    citation: _Citation


class _Found(BaseModel):
    hits: list[_Hit]


class _Ready(BaseModel):
    seq: Annotated[int, Field(ge=0)]


class _Change(BaseModel):
    at: AwareDatetime
    kind: str
    collection: str
    subject: str


class _Changes(BaseModel):
    changes: list[_Change]


class PlatformEnricher:
    """Asks the platform over HTTP.

    Args:
        base_url: of the platform.
        key: that may search and follow; none where none is asked for.
        breakers: where its breaker is.
        timeout_seconds: for everything together.

    Raises:
        InvalidInput: the address is none.
    """

    def __init__(
        self,
        base_url: str,
        *,
        key: str | None = None,
        breakers: Breakers,
        timeout_seconds: float = 2.0,
    ) -> None:
        try:
            url = httpx.URL(base_url)
        except httpx.InvalidURL as error:
            raise InvalidInput("the platform's address can't be read as a URL") from error
        if url.scheme not in ("http", "https") or not url.host:
            raise InvalidInput("the platform's address must be one such as http://127.0.0.1:8000")
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self._timeout_seconds = timeout_seconds
        self._breaker = breakers.of("alerts: the platform")
        self._client = httpx.AsyncClient(base_url=url, headers=headers, trust_env=False)

    async def enrich(self, notice: Notice) -> Notice:
        """Answer the notice with passages and changes, as far as they were found in time."""
        if notice.kind is not Kind.FIRING:
            return notice
        runbook, changes = await asyncio.gather(
            self._tried(self._runbook, notice),
            self._tried(self._changes, notice),
        )
        return replace(notice, runbook=runbook, changes=changes)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _tried(self, ask: _Ask, notice: Notice) -> Sequence[str]:
        try:
            with self._breaker.guarding():
                try:
                    async with asyncio.timeout(self._timeout_seconds):
                        return await ask(notice)
                except (TimeoutError, httpx.RequestError) as error:
                    raise Unavailable(f"no answer ({type(error).__name__})") from error
        except GuildError as error:
            _log.warning("alerts.not_enriched", key=notice.key, reason=str(error))
            return ()

    async def _runbook(self, notice: Notice) -> Sequence[str]:
        rules = " ".join(dict.fromkeys(line.rule for line in notice.lines[:3]))
        query = f"runbook {notice.title} {rules} {notice.cause or ''}"[:_QUERY]
        response = await self._client.post("/v1/search", json={"query": query, "k": _PASSAGES})
        found = _read(_Found, response)
        return [_shown(hit) for hit in found.hits]

    async def _changes(self, notice: Notice) -> Sequence[str]:
        ready = await self._client.get("/ready")
        head = _read(_Ready, ready, httpx.codes.SERVICE_UNAVAILABLE).seq
        asked = {"since": max(0, head - _LOOKED_AT), "limit": _LOOKED_AT}
        response = await self._client.get("/internal/v1/changes", params=asked)
        since = to_datetime(notice.opened_at) - _BEFORE
        recent = [each for each in _read(_Changes, response).changes if each.at >= since]
        return [
            f"{each.at:%H:%M:%S} {each.kind} {each.collection}: {each.subject}"[:_LONGEST]
            for each in reversed(recent[-_CHANGES:])
        ]


def _read(model: type[_Model], response: httpx.Response, *also: int) -> _Model:
    status = response.status_code
    if status not in (httpx.codes.OK, *also):
        if status >= httpx.codes.INTERNAL_SERVER_ERROR or status == httpx.codes.TOO_MANY_REQUESTS:
            raise Unavailable(f"the platform answers with status {status}")
        raise InvalidInput(f"the platform refuses (status {status}): check the key's rights")
    try:
        return model.model_validate_json(response.content)
    except ValidationError as error:
        raise InvalidInput("the platform answers with something else than was asked for") from error


def _shown(hit: _Hit) -> str:
    cited = hit.citation
    name = cited.title or cited.source_id or cited.uri or "a passage"
    return f"{name}: {' '.join(hit.text.split())}"[:_LONGEST]
