"""The Model Context Protocol around the tools: what goes over standard streams and HTTP alike.

Whoever serves it imports this module when a client comes: the SDK takes half a second to load.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any, Final
from urllib.parse import unquote

import mcp_types as types
import structlog
from mcp.server import Server, ServerRequestContext
from mcp.shared.exceptions import MCPError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from api.mcp.toolbox import INSTRUCTIONS, TOOLS, Tool, offered, use
from api.mcp.tools import Caller, text_of
from api.schemas import inlined
from foundation.errors import GuildError, InvalidInput, NotFound

_log = structlog.get_logger(__name__)

_TOOLS: Final = {tool.name: tool for tool in TOOLS}
_SCHEME: Final = "elders://documents/"
_MOST: Final = 1_000_000
"""Characters of a resource: a client takes it whole."""

_TEMPLATE: Final = types.ResourceTemplate(
    uri_template=_SCHEME + "{document_id}",
    name="document",
    title="A document's text",
    description="The text of a document as it is now; searches answer its id.",
    mime_type="text/plain",
)

CallerOf = Callable[[Request | None], Caller]
"""Tells who calls, from the HTTP request of this very call (None over standard streams)."""

Context = ServerRequestContext[Any, Request]


def server_for(caller_of: CallerOf) -> Server[Any]:
    """Make a server of the official SDK's, for one connection or for many.

    Blocking work goes to threads. What goes wrong becomes an answer, never a traceback.
    """
    answers = _Answers(caller_of)
    return Server(
        "elders-guild",
        version=version("elders-guild"),
        title="Elders Guild",
        instructions=INSTRUCTIONS,
        on_list_tools=answers.list_tools,
        on_call_tool=answers.call_tool,
        on_list_resources=answers.list_resources,
        on_list_resource_templates=answers.list_templates,
        on_read_resource=answers.read_resource,
    )


class _Answers:
    """What is answered to each method of the protocol."""

    def __init__(self, caller_of: CallerOf) -> None:
        self._caller_of = caller_of

    async def list_tools(self, context: Context, _: object) -> types.ListToolsResult:
        """List what the caller may use."""
        tools = await run_in_threadpool(lambda: offered(self._caller_of(context.request)))
        return types.ListToolsResult(tools=[_described(tool) for tool in tools])

    async def call_tool(
        self, context: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        """Do what a tool does."""
        tool = _TOOLS.get(params.name)
        if tool is None:
            raise MCPError(types.INVALID_PARAMS, f"there is no tool {params.name[:80]!r}")
        return await run_in_threadpool(
            lambda: _answered(tool, self._caller_of(context.request), params.arguments or {})
        )

    async def list_resources(self, _context: Context, _: object) -> types.ListResourcesResult:
        """List none: there may be millions, and a search finds those that matter."""
        return types.ListResourcesResult(resources=[])

    async def list_templates(
        self, _context: Context, _: object
    ) -> types.ListResourceTemplatesResult:
        """Say under which addresses documents are."""
        return types.ListResourceTemplatesResult(resource_templates=[_TEMPLATE])

    async def read_resource(
        self, context: Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        """Read a document."""
        uri = str(params.uri)
        try:
            text = await run_in_threadpool(lambda: _text(uri, self._caller_of(context.request)))
        except GuildError as error:
            raise MCPError(types.INVALID_PARAMS, str(error), {"uri": uri}) from error
        found = types.TextResourceContents(uri=uri, text=text, mime_type="text/plain")
        return types.ReadResourceResult(contents=[found])


def _described(tool: Tool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=inlined(tool.takes),
        output_schema=inlined(tool.gives),
        annotations=types.ToolAnnotations(
            title=tool.title,
            read_only_hint=not tool.writes,
            destructive_hint=False,
            idempotent_hint=True,
            open_world_hint=False,
        ),
    )


def _answered(tool: Tool, caller: Caller, arguments: dict[str, Any]) -> types.CallToolResult:
    try:
        text, fields = use(tool, caller, arguments)
    except GuildError as error:
        return _failed(str(error))
    except Exception as error:  # noqa: BLE001 - the edge: no traceback for models
        _log.exception("mcp.tool_failed", tool=tool.name)
        return _failed(f"a fault of the server ({type(error).__name__}); its log has more")
    return types.CallToolResult(content=[types.TextContent(text=text)], structured_content=fields)


def _failed(message: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(text=message)], is_error=True)


def _text(uri: str, caller: Caller) -> str:
    """Read a document that is asked for as a resource.

    Raises:
        NotFound: there is none for the caller.
        Forbidden: the caller may not read.
        InvalidInput: it is too long to be read at once.
    """
    scheme, found, name = uri.partition(_SCHEME)
    if scheme or not found or not name:
        raise NotFound(f"there is no resource {uri[:200]!r}: they begin with {_SCHEME}")
    _, fields = use(_TOOLS["read"], caller, {"document": unquote(name)})
    if fields["length"] > _MOST:
        raise InvalidInput(
            f"{uri[:200]} has {fields['length']:,} characters: read it with the tool `read`, in"
            " pages"
        )
    return text_of(caller.base, fields["document_id"])
