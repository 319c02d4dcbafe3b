"""The Model Context Protocol over standard input and output: for a client that starts us."""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from api.knowledge_base import DEFAULT_COLLECTION, KnowledgeBase
from api.mcp.tools import Caller
from api.restricted import seen_by
from api.warming import warm
from foundation.errors import Conflict
from foundation.security.policy import Access, Principal, Role, access

if TYPE_CHECKING:
    from anyio import AsyncFile

_BLOCK: Final = 65_536
_ASKED_FOR: Final = "this server only reads: it was started with --read-only"


def run(
    home: Path | None, *, collections: Sequence[str] = (), read_only: bool = False, actor: str
) -> None:
    """Serve one client until it closes our standard input.

    Where another process holds the home it is opened to read only, and `remember` says so.

    Args:
        home: the home's folder; the setting `home` by default.
        collections: nothing else is shown, and texts go to the first; none means all.
        read_only: leave the home to others.
        actor: who is recorded in the change log.

    Raises:
        NotFound: there is no such home, and it was not to be made.
        InvalidInput: a collection has no possible name.
    """
    import anyio
    from mcp.server.stdio import stdio_server

    from api.mcp.protocol import server_for

    rights = access(collections, ["*"]) if collections else Access.everything
    base, reading = opened(home, read_only=read_only)
    with base:
        caller = Caller(
            seen_by(base, rights),
            Principal("stdio", actor, Role.ADMIN, access=rights),
            actor=actor,
            collection=collections[0] if collections else DEFAULT_COLLECTION,
            reading=reading,
        )
        server = server_for(lambda _: caller)
        ended = threading.Event()
        warming = threading.Thread(target=warm, args=(base, ended.is_set), name="warm", daemon=True)
        warming.start()

        async def serve() -> None:
            incoming_lines = cast("AsyncFile[str]", _lines(_claimed_input()))
            async with stdio_server(stdin=incoming_lines) as (incoming, outgoing):
                await server.run(incoming, outgoing, server.create_initialization_options())

        try:
            anyio.run(serve)
        finally:
            ended.set()
            warming.join()


def _claimed_input() -> int:
    """Take standard input for the protocol alone: children find an empty one in its place."""
    private = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return private


async def _lines(source: int) -> AsyncIterator[str]:
    """Read lines without a thread: one that waits for input would outlive a signal to end."""
    import anyio

    rest = b""
    while True:
        with suppress(PermissionError):  # a file is always ready, so there is nothing to wait for
            await anyio.wait_readable(source)
        data = os.read(source, _BLOCK)
        if not data:
            break
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            yield line.decode("utf-8", "replace")
    if rest:
        yield rest.decode("utf-8", "replace")


def opened(home: Path | None, *, read_only: bool) -> tuple[KnowledgeBase, str]:
    """Open the home, to own it where nobody else does.

    Returns:
        The knowledge base, and why nothing can be written (empty where it can).
    """
    if read_only:
        return KnowledgeBase.open(home, read_only=True), _ASKED_FOR
    try:
        return KnowledgeBase.open(home, patience_seconds=0.0), ""
    except Conflict:
        base = KnowledgeBase.open(home, read_only=True)
    holder = base.platform.parts.holder() or "another process"
    return base, (
        f"this server only reads, because {holder} holds the home: start it again when that has"
        " ended, or have one `elders serve` hold the home and connect to its /mcp"
    )
