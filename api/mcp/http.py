"""The Model Context Protocol over HTTP: an endpoint to be put into the app."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from api.knowledge_base import KnowledgeBase
from api.mcp.tools import Caller
from api.problems import problem, status_of
from api.restricted import seen_by
from api.routes.asking import made, principal_of, shown
from api.security.calls import Call
from api.security.operations import Match, Route
from foundation.security.policy import Operation, Principal

if TYPE_CHECKING:
    from mcp.server import Server

_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
_MOST_BYTES: Final = 16_000_000


class McpEndpoint:
    """Answers each request for itself, as whoever sent it: nothing is kept between two.

    So it needs no lifespan, any process may answer, and no session can be taken over. The SDK
    (0.5 s to import) is loaded by the first request. `Host` and `Origin` must name this server:
    else a page of another site could have a browser on this machine call it (DNS rebinding).
    """

    def __init__(self, base: KnowledgeBase, *, hosts: Sequence[str] = ()) -> None:
        """Make it.

        Args:
            base: what it serves.
            hosts: names beside this machine's loopback by which clients may call it, without port.
        """
        self._base = base
        self._hosts = (*_LOOPBACK, *hosts)
        self._server: Server[Any] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a message."""
        if scope["method"] != "POST":
            refusal = problem(405, "messages are posted here; there is no stream to listen to")
            refusal.headers["Allow"] = "POST"
            await refusal(scope, receive, send)
            return
        if self._server is None:
            self._server = await run_in_threadpool(self._made)
        await _answer(self._server, self._hosts, scope, receive, send)

    def _made(self) -> Server[Any]:
        from api.mcp.protocol import server_for

        return server_for(self._caller)

    def _caller(self, request: Request | None) -> Caller:
        if request is None:
            raise RuntimeError("a message came without its HTTP request: nobody knows who asks")
        asker = principal_of(request)
        base = seen_by(self._base, asker.access)
        return Caller(
            base,
            asker,
            actor="mcp" if asker == Principal.owner else asker.id,
            uses=partial(_used, request),
            shows=partial(shown, request),
            about=partial(made, request),
            fails=partial(_failed, request),
        )


def _used(request: Request, tool: str, operation: Operation) -> None:
    """Let the audit log name the tool, and wait for its disk where that changes something."""
    call: Call | None = getattr(request.state, "call", None)
    if call is not None:
        call.match = Match(Route("POST", f"/mcp {tool}", operation))


def _failed(request: Request, error: Exception) -> None:
    """Let the audit log and the layers know what the status of the answer does not say."""
    call: Call | None = getattr(request.state, "call", None)
    if call is not None:
        call.ended = status_of(error)


async def _answer(
    server: Server[Any], hosts: Sequence[str], scope: Scope, receive: Receive, send: Send
) -> None:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
    from mcp.server.transport_security import TransportSecuritySettings

    names = [name for host in hosts for name in (host, f"{host}:*")]
    manager = StreamableHTTPSessionManager(
        server,
        json_response=True,
        stateless=True,
        max_request_body_size=_MOST_BYTES,
        security_settings=TransportSecuritySettings(
            allowed_hosts=names,
            allowed_origins=[
                f"{scheme}://{name}" for name in names for scheme in ("http", "https")
            ],
        ),
    )
    async with manager.run():  # one manager serves one run
        await manager.handle_request(scope, receive, send)
