"""What helps with an alert: passages of runbooks, and what was changed shortly before."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any, Final, Protocol

import structlog
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from elders.alerts.model import Kind, Notice
from elders.http import Shape, shaped
from elders.platform import Platform
from foundation.clock import to_datetime
from foundation.errors import GuildError, InvalidInput

_log = structlog.get_logger(__name__)

_PASSAGES: Final = 3
_CHANGES: Final = 10
_LOOKED_AT: Final = 200
"""The newest lines of the change log among which recent ones are looked for."""

_BEFORE: Final = timedelta(hours=1)
_LONGEST: Final = 300
_QUERY: Final = 500

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
        platform: with a key that may search and follow; it stays the caller's to close.
        timeout_seconds: for everything together.
    """

    def __init__(self, platform: Platform, *, timeout_seconds: float = 2.0) -> None:
        self._platform = platform
        self._timeout_seconds = timeout_seconds

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
        """Nothing is held: the platform is the caller's."""

    async def _tried(self, ask: _Ask, notice: Notice) -> Sequence[str]:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await ask(notice)
        except (TimeoutError, GuildError) as error:
            reason = str(error) or f"no answer within {self._timeout_seconds:g} s"
            _log.warning("alerts.not_enriched", key=notice.key, reason=reason)
            return ()

    async def _runbook(self, notice: Notice) -> Sequence[str]:
        rules = " ".join(dict.fromkeys(line.rule for line in notice.lines[:3]))
        query = f"runbook {notice.title} {rules} {notice.cause or ''}"[:_QUERY]
        found = await self._platform.ask("POST", "v1/search", body={"query": query, "k": _PASSAGES})
        return [_shown(hit) for hit in _read(_Found, found).hits]

    async def _changes(self, notice: Notice) -> Sequence[str]:
        ready = await self._platform.text("ready", statuses=(200, 503))
        head = shaped(ready, _Ready).seq
        asked = {"since": max(0, head - _LOOKED_AT), "limit": _LOOKED_AT}
        told = await self._platform.ask("GET", "internal/v1/changes", query=asked)
        since = to_datetime(notice.opened_at) - _BEFORE
        recent = [each for each in _read(_Changes, told).changes if each.at >= since]
        return [
            f"{each.at:%H:%M:%S} {each.kind} {each.collection}: {each.subject}"[:_LONGEST]
            for each in reversed(recent[-_CHANGES:])
        ]


def _read(model: type[Shape], told: Mapping[str, Any]) -> Shape:
    try:
        return model.model_validate(told)
    except ValidationError as error:
        raise InvalidInput("the platform answers with something else than was asked for") from error


def _shown(hit: _Hit) -> str:
    cited = hit.citation
    name = cited.title or cited.source_id or cited.uri or "a passage"
    return f"{name}: {' '.join(hit.text.split())}"[:_LONGEST]
