"""Serve language models' clients by the Model Context Protocol."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.printing import HomeOption, log_to_standard_error, user


def mcp(
    home: HomeOption = None,
    collection: Annotated[
        list[str] | None,
        typer.Option("--collection", "-c", help="Show nothing else; repeatable."),
    ] = None,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Leave the home to other processes.")
    ] = False,
) -> None:
    """Serve an MCP client over standard input and output."""
    from api.mcp.stdio import run

    log_to_standard_error()
    run(home, collections=collection or [], read_only=read_only, actor=f"mcp:{user()}")
