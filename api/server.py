"""Run the HTTP app: one process, which owns the home and follows the log."""

from __future__ import annotations

import ipaddress
from pathlib import Path

from foundation.errors import InvalidInput


def run(home: Path | None, *, host: str, port: int) -> None:
    """Serve until a signal ends it.

    Raises:
        InvalidInput: an address beyond this machine: there is no authentication yet.
        Conflict: another process holds the home.
    """
    import uvicorn

    from api.app import create_app
    from api.knowledge_base import KnowledgeBase

    if not is_loopback(host):
        raise InvalidInput(
            f"--host {host}: the API has no authentication yet, so it listens on this machine"
            " alone; put a proxy that authenticates before it"
        )
    with KnowledgeBase.open(home) as base:
        uvicorn.run(create_app(base), host=host, port=port, log_level="warning")


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
