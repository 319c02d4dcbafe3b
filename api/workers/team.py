"""Serve a home with several processes."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from api.workers.forwarding import Peered
from api.workers.worker import Team, Worker
from foundation.errors import Unavailable

if TYPE_CHECKING:
    import socket

    import uvicorn
    from starlette.types import ASGIApp
    from uvicorn.supervisors import Multiprocess

_START_SECONDS: Final = 30.0
_HEALTH_SECONDS: Final = 15
"""A worker that gives no sign of life for so long, or does not get ready, is replaced."""


@contextmanager
def owners_socket(app: ASGIApp, options: dict[str, Any]) -> Iterator[Path]:
    """Answer workers in a thread, by a socket that no other user reaches.

    Args:
        app: what answers.
        options: of the server.

    Raises:
        Unavailable: the socket can't be made.
    """
    import uvicorn

    with tempfile.TemporaryDirectory(prefix="elders-") as folder:
        path = Path(folder, "owner.sock")
        server = uvicorn.Server(
            uvicorn.Config(
                Peered(app),
                uds=str(path),
                date_header=False,
                **options,
            )
        )
        thread = threading.Thread(target=server.run, name="owner")
        thread.start()
        try:
            _await(server, thread)
            yield path
        finally:
            server.should_exit = True
            thread.join()


def team_of(team: Team, sock: socket.socket, options: dict[str, Any]) -> Multiprocess:
    """Make what starts workers, replaces those that die, and ends them; `run` blocks.

    SIGTERM and SIGINT end all of them, SIGHUP replaces one after the other, SIGTTIN and SIGTTOU
    add one and take one away.
    """
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    config = uvicorn.Config(
        Worker(team),
        workers=team.workers,
        timeout_worker_healthcheck=_HEALTH_SECONDS,
        **options,
    )
    return Multiprocess(config, sockets=[sock])


def _await(server: uvicorn.Server, thread: threading.Thread) -> None:
    """Wait until a server takes connections."""
    end = time.monotonic() + _START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > end:
            raise Unavailable("the socket between the processes can't be opened: see the log")
        time.sleep(0.01)
