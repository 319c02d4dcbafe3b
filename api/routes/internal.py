"""What the other Sages follow: patterns as they change, and the change log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from api import examples_learning
from api.knowledge_base import KnowledgeBase
from api.problems import responses
from api.rendering_learning import change_line_out, pattern_change_out
from api.routes.asking import base_of
from api.routes.bounds import Limit, Since
from api.routes.watching import Watch
from api.schemas_learning import ChangesOut, PatternChangesOut
from foundation.errors import GuildError
from foundation.ids import Seq
from knowledge.log import read_changes
from knowledge.patterns.changes import Changed, checked_cursor, read_changed
from knowledge.patterns.model import PatternKind

router = APIRouter(prefix="/internal/v1", tags=["internal"])

_EVENTS: Final = "text/event-stream"
_CHANGED: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Patterns that changed; as server-sent events where `Accept` asks for them.",
        "content": {
            _EVENTS: {"schema": {"type": "string"}, "example": examples_learning.EVENTS},
        },
    }
}

Wait = Annotated[
    float,
    Query(ge=0, le=60, allow_inf_nan=False, description="Seconds to wait while nothing is new."),
]
Kinds = Annotated[list[PatternKind], Query(max_length=20, description="Only these; repeatable.")]
After = Callable[[int], Awaitable[Changed]]
"""Reads what changed after a cursor, in a thread."""


@router.get(
    "/patterns", response_model=PatternChangesOut, responses=_CHANGED | responses(409, 422, 503)
)
async def patterns(
    request: Request,
    since: Since = 0,
    kind: Kinds = [],  # noqa: B006 - FastAPI copies it
    wait: Wait = 0.0,
    limit: Limit = 100,
    accept: Annotated[str, Header()] = "",
    last_event_id: Annotated[int | None, Header(ge=0, le=2**63 - 1)] = None,
) -> PatternChangesOut | Response:
    """Follow patterns: those that changed after a cursor, in the order of their changes.

    Each comes at least once, as it is now; retired and rejected ones come too, to be forgotten.
    A cursor beyond the log (an older state was restored) is refused with 409.
    """
    base: KnowledgeBase = base_of(request)
    watch: Watch = request.app.state.watch

    async def after(cursor: int) -> Changed:
        return await run_in_threadpool(_changed, base, cursor, kind, limit)

    if _EVENTS in accept:
        found = await after(since if last_event_id is None else last_event_id)
        events = _events(request, watch, found, after)
        return StreamingResponse(events, media_type=_EVENTS, headers={"Cache-Control": "no-store"})
    found, until = await after(since), watch.deadline(wait)
    while not found.patterns and await watch.beyond(
        found.head, until=until, gone=request.is_disconnected
    ):
        found = await after(since)
    changed = [pattern_change_out(pattern) for pattern in found.patterns]
    return PatternChangesOut(patterns=changed, next=found.next, purged=found.purged)


@router.get("/changes", responses=responses(409, 422, 503))
async def changes(
    request: Request, since: Since = 0, wait: Wait = 0.0, limit: Limit = 100
) -> ChangesOut:
    """Follow the change log: what happened to which subject, without any text."""
    base: KnowledgeBase = base_of(request)
    watch: Watch = request.app.state.watch
    newest, found = await run_in_threadpool(_logged, base, since, limit)
    until = watch.deadline(wait)
    if not found.changes and await watch.beyond(newest, until=until, gone=request.is_disconnected):
        _, found = await run_in_threadpool(_logged, base, since, limit)
    return found


async def _events(
    request: Request, watch: Watch, found: Changed, after: After
) -> AsyncIterator[str]:
    """Write server-sent events until the client goes; it comes again with its last event's id."""
    gone, purged = request.is_disconnected, -1
    try:
        while not await watch.over(gone):
            if found.patterns or found.purged != purged:
                yield "".join(_written(found, told=purged))
                purged, beat = found.purged, watch.deadline(watch.heartbeat_seconds)
            elif watch.deadline(0) >= beat:
                yield ": still here\n\n"
                beat = watch.deadline(watch.heartbeat_seconds)
            if found.patterns or await watch.beyond(found.head, until=beat, gone=gone):
                found = await after(found.next)
    except GuildError:
        return  # the client comes again, and is told the reason


def _written(found: Changed, *, told: int) -> Iterator[str]:
    if found.purged != told:
        yield f'event: purged\ndata: {{"purged": {found.purged}}}\n\n'
    for pattern in found.patterns:
        change = pattern_change_out(pattern)
        yield f"id: {change.seq}\ndata: {change.model_dump_json()}\n\n"


def _changed(base: KnowledgeBase, cursor: int, kinds: list[PatternKind], limit: int) -> Changed:
    with base.platform.parts.database.read() as connection:
        return read_changed(connection, since=cursor, kinds=kinds, limit=limit)


def _logged(base: KnowledgeBase, cursor: int, limit: int) -> tuple[Seq, ChangesOut]:
    with base.platform.parts.database.read() as connection:
        newest = checked_cursor(connection, cursor)
        found = read_changes(connection, after=cursor, limit=limit)
    following = found[-1].seq if found else cursor
    lines = [change_line_out(change) for change in found]
    return newest, ChangesOut(changes=lines, next=following)
