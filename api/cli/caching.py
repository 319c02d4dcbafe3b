"""Look at the answers that processes share in Redis."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.printing import HomeOption, JsonOption, emit, say, searching


def cache(
    home: HomeOption = None,
    clear: Annotated[bool, typer.Option("--clear", help="Remove every answer.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Tell how many answers are kept for all processes (ELDERS_CACHE_URL), or remove them."""
    with searching(home) as base:
        shared = base.platform.cache.shared
        if clear:
            base.cache.clear()
        told = base.cache.statistics()
    if as_json:
        emit({"shared": shared, "entries": told.entries, "bytes": told.bytes})
    elif shared:
        say(f"{told.entries:,} answers in Redis, {told.bytes / 1e6:.1f} MB")
    else:
        say(
            "each process keeps its own answers: ask a server by `GET /v1/cache`, or set"
            " ELDERS_CACHE_URL to share them"
        )
