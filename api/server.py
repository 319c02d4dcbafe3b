"""Run the HTTP app: in the process that owns the home, or in others beside it."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from api.knowledge_base import KnowledgeBase
from api.warming import warm
from api.workers.metrics import counted_together
from foundation.errors import GuildError, Unavailable
from foundation.security.binding import check_binding
from foundation.security.settings import SecuritySettings, load_security_settings
from foundation.settings import Settings, load_settings

if TYPE_CHECKING:
    from uvicorn.supervisors import Multiprocess

_LOOK_SECONDS: Final = 1.0
_OPTIONS: Final[dict[str, Any]] = {
    "log_config": None,
    "access_log": False,
    "server_header": False,
    "proxy_headers": False,  # the network layer alone reads who forwarded what
    "lifespan": "on",
    "timeout_keep_alive": 75,  # longer than proxies keep a connection that they mean to use again
    "timeout_graceful_shutdown": 10,
}


def run(
    home: Path | None, *, host: str, port: int, ready: Callable[[str], None], workers: int = 1
) -> None:
    """Serve until a signal ends it.

    Args:
        home: the home's folder; the setting `home` by default.
        host: the address to listen on.
        port: 0 lets the system choose one.
        ready: called with the server's address once connections are taken.
        workers: processes that answer; beyond one they read, and this one writes for them.

    Raises:
        InvalidInput: others than this machine could reach it, and authentication is off or rests
            on a weak secret; or a setting is wrong.
        Conflict: another process holds the home.
        Unavailable: the port is taken.
    """
    settings = load_settings(**({} if home is None else {"home": home}))
    security = load_security_settings()
    check_binding(host, auth_on=security.auth, secrets=security.secrets())
    with ExitStack() as closing:
        if workers > 1:
            closing.enter_context(counted_together())
        sock = closing.enter_context(listening(host, port))
        base = closing.enter_context(KnowledgeBase.open(home))
        name = f"[{host}]" if ":" in host else host
        here = _Here(base, settings, security, sock, lambda: ready(f"http://{name}:{_port(sock)}"))
        _alone(here) if workers == 1 else _together(here, workers)


@dataclass(frozen=True, slots=True)
class _Here:
    """What is served, and where."""

    base: KnowledgeBase
    settings: Settings
    security: SecuritySettings
    sock: socket.socket
    ready: Callable[[], None]


def _alone(here: _Here) -> None:
    """Answer in this process."""
    import uvicorn

    from api.guarding import guarded

    base = here.base
    with guarded(base, here.settings, here.security, ending=lambda: server.should_exit) as app:
        server = uvicorn.Server(uvicorn.Config(app, **_OPTIONS))
        warming = threading.Thread(
            target=warm, args=(base, lambda: server.should_exit), name="warm", daemon=True
        )
        warming.start()
        base.jobs.start()
        here.ready()
        server.run(sockets=[here.sock])
        warming.join()


def _together(here: _Here, workers: int) -> None:
    """Have other processes answer; this one writes, follows the log, and replaces the dead."""
    from api.guarding import guarded
    from api.workers.sharing import uncounted
    from api.workers.team import owners_socket, team_of
    from api.workers.worker import Team

    home = here.base.platform.parts.home.path
    with (
        guarded(
            here.base, here.settings, uncounted(here.security), ending=lambda: _ends(team)
        ) as app,
        owners_socket(app, _OPTIONS) as path,
    ):
        team = team_of(Team(home, path, workers), here.sock, _OPTIONS)
        minding = threading.Thread(target=_mind, args=(here.base, team), name="mind")
        minding.start()
        here.base.jobs.start()
        here.ready()
        try:
            team.run()
        finally:
            team.should_exit.set()
            minding.join()


def _mind(base: KnowledgeBase, team: Multiprocess) -> None:
    """Let another embedding model take over when it is ready, and new workers with it.

    They are replaced one after the other, as by SIGHUP: no search does it here.
    """
    serving = base.platform.parts.retrieval.serving
    before = serving().embedder.name
    while not team.should_exit.wait(_LOOK_SECONDS):
        with suppress(GuildError):
            before, was = serving().embedder.name, before
            if before != was:
                os.kill(os.getpid(), signal.SIGHUP)


def _ends(team: Multiprocess) -> bool:
    return team.should_exit.is_set()


def _port(sock: socket.socket) -> int:
    return int(sock.getsockname()[1])


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
