"""Who asks, by which door, and which part of a list."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Path, Query, Request

from api.openai.books import Asker
from api.openai.door import OpenAIDoor
from api.openai.paging import Window
from api.routes.asking import actor_of, base_of, principal_of

_WRITABLE = r"^[^\x00]+$"

Identity = Annotated[str, Path(min_length=1, max_length=100, pattern=_WRITABLE)]
Cursor = Annotated[str | None, Query(min_length=1, max_length=100, pattern=_WRITABLE)]
Order = Annotated[Literal["asc", "desc"], Query(description="By the time of their creation.")]
Limit = Annotated[int, Query(ge=1, le=100, description="At most so many.")]
FileStatus = Annotated[
    Literal["in_progress", "completed", "failed", "cancelled"] | None,
    Query(description="Only files that are so far."),
]

POLL_HEADERS = {"openai-poll-after-ms": "200"}
"""Tells clients when to ask again for what is in progress."""


def door_of(request: Request) -> OpenAIDoor:
    """Answer what is behind these routes."""
    door: OpenAIDoor = request.app.state.openai
    return door


def asker_of(request: Request) -> Asker:
    """Answer who asks, with the knowledge as they may see it."""
    return Asker(base_of(request), principal_of(request).id, actor_of(request))


def window(
    after: Cursor = None, before: Cursor = None, limit: Limit = 20, order: Order = "desc"
) -> Window:
    """Read which part of a list is wanted."""
    return Window(limit, order == "desc", after, before)


Asking = Annotated[Asker, Depends(asker_of)]
Door = Annotated[OpenAIDoor, Depends(door_of)]
Part = Annotated[Window, Depends(window)]
