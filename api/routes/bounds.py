"""The bounds of what stands in addresses: beyond them a request is refused before any work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Header, Query
from fastapi import Path as InPath

_WRITABLE = r"^[^\x00]+$"
_LARGEST = 2**63 - 1

AsOf = Annotated[str | None, Query(description="A time or a change number: as it was then.")]
Limit = Annotated[int, Query(ge=1, le=1_000, description="At most so many.")]
Since = Annotated[int, Query(ge=0, le=_LARGEST, description="Only what changed after this change.")]
SeqInPath = Annotated[int, InPath(ge=1, le=_LARGEST)]
NameInPath = Annotated[
    str,
    InPath(
        min_length=1,
        max_length=1_000,
        pattern=_WRITABLE,
        description="Any name of the entity (or its id), percent-encoded; slashes may stay.",
        examples=["TCP/IP"],
    ),
]
KeyInPath = Annotated[
    str,
    InPath(
        min_length=1,
        max_length=1_000,
        pattern=_WRITABLE,
        description="The pattern's key, percent-encoded.",
        examples=["log template: door <*> opens"],
    ),
]
Text = Annotated[str, Query(min_length=1, max_length=1_000, pattern=_WRITABLE)]
IfMatch = Annotated[Sequence[str], Header(description="Entity tags: only if it is still so.")]
IfNoneMatch = Annotated[Sequence[str], Header(description="Entity tags: only if it is not so.")]
