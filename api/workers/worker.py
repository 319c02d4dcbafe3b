"""One of several processes that answer: it reads the home, and forwards what it may not do."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog
from anyio import sleep
from anyio.to_thread import run_sync
from starlette.types import Message, Receive, Scope, Send

from foundation.errors import GuildError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_log = structlog.get_logger(__name__)

_AGAIN_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Team:
    """What a worker is told by the process that starts it.

    Attributes:
        home: the folder of the home.
        owner: the path of the owner's socket.
        workers: how many there are: each allows its share of the rates.
    """

    home: Path
    owner: Path
    workers: int


class Worker:
    """An ASGI app that opens the home, read-only, when its process begins to serve.

    Where that fails, the process ends, after a while: whoever started it then starts another.
    """

    def __init__(self, team: Team) -> None:
        """Only remember the team: the object travels to another process before it is used."""
        self._team = team
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open, answer, close."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif self._app is not None:
            await self._app(scope, receive, send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        from api.workers.opening import opened

        closing = ExitStack()

        async def closed(message: Message) -> None:
            if message["type"] == "lifespan.shutdown.complete":
                await run_sync(closing.close)
            await send(message)

        try:
            self._app = await run_sync(closing.enter_context, opened(self._team))
        except GuildError as error:
            _log.error("worker.failed", reason=str(error))
            await sleep(_AGAIN_SECONDS)
            os._exit(1)  # a failed start that is told would end the whole team
        await self._app(scope, receive, closed)
