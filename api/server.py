"""Run the HTTP app: one process, which owns the home and follows the log."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from foundation.errors import GuildError, Unavailable
from foundation.security.binding import check_binding
from foundation.security.settings import load_security_settings
from foundation.settings import load_settings

if TYPE_CHECKING:
    from api.knowledge_base import KnowledgeBase

_GRACE_SECONDS = 10


def run(home: Path | None, *, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until a signal ends it.

    Args:
        home: the home's folder; the setting `home` by default.
        host: the address to listen on.
        port: 0 lets the system choose one.
        ready: called with the server's address once connections are taken.

    Raises:
        InvalidInput: others than this machine could reach it, and authentication is off or rests
            on a weak secret; or a setting is wrong.
        Conflict: another process holds the home.
        Unavailable: the port is taken.
    """
    import uvicorn

    from api.guarding import guarded
    from api.knowledge_base import KnowledgeBase

    settings = load_settings(**({} if home is None else {"home": home}))
    security = load_security_settings()
    check_binding(host, auth_on=security.auth, secrets=security.secrets())
    with (
        listening(host, port) as sock,
        KnowledgeBase.open(home) as base,
        guarded(base, settings, security, ending=lambda: server.should_exit) as app,
    ):
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,  # the network layer alone reads who forwarded what
                lifespan="on",
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )
        warming = threading.Thread(
            target=warm, args=(base, lambda: server.should_exit), name="warm", daemon=True
        )
        warming.start()
        base.jobs.start()
        name = f"[{host}]" if ":" in host else host
        ready(f"http://{name}:{sock.getsockname()[1]}")
        server.run(sockets=[sock])
        warming.join()


def listening(host: str, port: int) -> socket.socket:
    """Open the server's socket.

    Raises:
        Unavailable: the port is taken, or this machine has no such address.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise Unavailable(f"can't listen on {host}:{port}: {error.strerror or error}") from error


def warm(base: KnowledgeBase, ended: Callable[[], bool]) -> None:
    """Load the model while nobody asks yet, then answer what was asked most before.

    Where that fails, searches will say why.
    """
    with suppress(GuildError):
        base.platform.parts.warm()
        base.cache.warm(ended)
