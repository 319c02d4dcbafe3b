"""Talk to a server by the official client."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, TextContent

Answer = TypeVar("Answer")


def talk(server: Any, work: Callable[[Client], Awaitable[Answer]], **options: Any) -> Answer:
    """Connect, work, and take leave; an error of the protocol is raised after that."""

    async def connected() -> Answer | MCPError:
        async with Client(server, **options) as client:
            try:
                return await work(client)
            except MCPError as error:
                return error

    answer = asyncio.run(connected())
    if isinstance(answer, MCPError):
        raise answer
    return answer


def call(server: Any, tool: str, /, **arguments: Any) -> CallToolResult:
    """Call one tool."""
    return talk(server, lambda client: client.call_tool(tool, arguments))


def fields(server: Any, tool: str, /, **arguments: Any) -> dict[str, Any]:
    """Answer a tool's fields, which the client compared with the schema that was announced."""
    result = call(server, tool, **arguments)
    assert not result.is_error, text(result)
    found: dict[str, Any] = result.structured_content
    return found


def failure(server: Any, tool: str, /, **arguments: Any) -> str:
    """Answer what a tool says that can't do it."""
    result = call(server, tool, **arguments)
    assert result.is_error
    assert result.structured_content is None
    assert "Traceback" not in text(result)
    return text(result)


def text(result: CallToolResult) -> str:
    """Answer what a model reads."""
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text
