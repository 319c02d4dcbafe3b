"""Run the HTTP app: one process, which owns the home and follows the log."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from foundation.errors import GuildError, InvalidInput, Unavailable

if TYPE_CHECKING:
    from api.knowledge_base import KnowledgeBase

_GRACE_SECONDS = 10


def run(home: Path | None, *, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until a signal ends it.

    Args:
        home: the home's folder; the setting `home` by default.
        host: an address of this machine's loopback.
        port: 0 lets the system choose one.
        ready: called with the server's address once connections are taken.

    Raises:
        InvalidInput: an address beyond this machine: there is no authentication yet.
        Conflict: another process holds the home.
        Unavailable: the port is taken.
    """
    import uvicorn

    from api.app import create_app
    from api.knowledge_base import KnowledgeBase

    with listening(host, port) as sock, KnowledgeBase.open(home) as base:
        server = uvicorn.Server(
            uvicorn.Config(
                create_app(base, ending=lambda: server.should_exit),
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="on",
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )
        warming = threading.Thread(
            target=_warm, args=(base, lambda: server.should_exit), name="warm", daemon=True
        )
        warming.start()
        name = f"[{host}]" if ":" in host else host
        ready(f"http://{name}:{sock.getsockname()[1]}")
        server.run(sockets=[sock])
        warming.join()


def listening(host: str, port: int) -> socket.socket:
    """Open the server's socket.

    Raises:
        InvalidInput: others than this machine could reach it.
        Unavailable: the port is taken.
    """
    if not is_loopback(host):
        raise InvalidInput(
            f"--host {host}: the API has no authentication yet, so it listens on this machine"
            " alone; put a proxy that authenticates before it"
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise Unavailable(f"can't listen on {host}:{port}: {error.strerror or error}") from error


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _warm(base: KnowledgeBase, ended: Callable[[], bool]) -> None:
    """Load the model while nobody asks yet, then answer what was asked most before.

    Where that fails, searches will say why.
    """
    with suppress(GuildError):
        base.platform.parts.warm()
        base.cache.warm(ended)
