"""Serve the HTTP API."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from api.cli.printing import HomeOption, JsonOption, emit, log_to_standard_error, say


def serve(
    home: HomeOption = None,
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65_535, help="0: any that is free.")
    ] = 8_000,
    workers: Annotated[
        int,
        typer.Option(
            "--workers", min=1, max=64, help="Processes that answer; this one writes for them."
        ),
    ] = 1,
    as_json: JsonOption = False,
) -> None:
    """Serve the HTTP API and follow the change log; calls need an API key."""
    from api.server import run

    def ready(address: str) -> None:
        if as_json:
            emit({"address": address})
        else:
            say(f"listening on {address}; calls need a key: `elders keys create NAME -c '*'`")
        sys.stdout.flush()

    log_to_standard_error()
    run(home, host=host, port=port, ready=ready, workers=workers)
