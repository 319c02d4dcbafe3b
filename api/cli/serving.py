"""Serve the HTTP API."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.printing import HomeOption


def serve(
    home: HomeOption = None,
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65_535)] = 8_000,
) -> None:
    """Serve the HTTP API on this machine and follow the change log."""
    from api.server import run

    run(home, host=host, port=port)
