"""Hand what one process may not answer itself to the process that owns the home."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Final

import anyio
import httpcore
import structlog
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem
from api.request_ids import FIELD
from api.request_ids import HEADER as REQUEST_ID
from api.security.calls import Call

_log = structlog.get_logger(__name__)

PEER: Final = b"x-elders-peer"
"""Who called the worker: `address port`, or nothing where that is not known."""

_NAMED: Final = REQUEST_ID.lower().encode()
_CONNECT_SECONDS: Final = 5.0
_KEPT_SECONDS: Final = 30.0
"""For how long an idle connection is kept; the owner must keep it for longer."""

_OF_ONE_HOP: Final = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"upgrade"}
)
_SET_ANEW: Final = frozenset({PEER, _NAMED})
_OF_LAYERS: Final = frozenset({b"ratelimit", b"ratelimit-policy"})
"""What the layers of this process say of rates, and not those of the owner."""

_NOT_HERE: Final = "the request can't be passed on as it is: {}"
_AWAY: Final = "the process that writes is away"
_UNKNOWN: Final = (
    f"{_AWAY}, and whether it did what was asked is not known: ask again, a change with the"
    " Idempotency-Key that it had"
)

Header = tuple[bytes, bytes]


class Forwarding:
    """Middleware that answers what it may by its app, and has the owner answer the rest.

    It stands within the layers of security, which judge a request here before its body is read;
    the owner's judge it again. Bodies pass through it piece by piece, both ways, and a caller who
    goes away is gone for the owner too. Headers pass as they are, but for those of one connection.
    """

    def __init__(self, app: ASGIApp, *, owner: Path, answers: Callable[[str, str], bool]) -> None:
        """Reach the owner by its socket.

        Args:
            app: answers what needs no owner.
            owner: the socket's path.
            answers: tells by method and path whether the app does.
        """
        self._app = app
        self._answers = answers
        self._owner = httpcore.AsyncConnectionPool(
            uds=str(owner),
            max_connections=None,
            max_keepalive_connections=None,
            keepalive_expiry=_KEPT_SECONDS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or have it answered."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, self._closing(send))
            return
        if scope["type"] != "http" or self._answers(scope["method"], scope["path"]):
            await self._app(scope, receive, send)
            return
        begun = _Begun(send)
        try:
            await self._forward(scope, receive, begun)
        except _Left:
            return
        except httpcore.LocalProtocolError as error:
            await problem(400, _NOT_HERE.format(error))(scope, receive, send)
        except httpcore.ConnectError:
            await _away(_AWAY)(scope, receive, send)
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            _log.warning("owner.lost", error=type(error).__name__)
            if begun.yet:
                raise  # the server cuts the connection: the answer is not whole
            await _away(_UNKNOWN)(scope, receive, send)

    def _closing(self, send: Send) -> Send:
        async def closed(message: Message) -> None:
            if message["type"] == "lifespan.shutdown.complete":
                await self._owner.aclose()
            await send(message)

        return closed

    async def _forward(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = _Body(receive)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(body.leave, tasks.cancel_scope)
            try:
                await self._exchange(scope, body, send)
            except Exception as error:  # noqa: BLE001 - the group would wrap it
                failed: Exception | None = error
            else:
                failed = None
            tasks.cancel_scope.cancel()
        if failed is not None:
            raise failed

    async def _exchange(self, scope: Scope, body: _Body, send: Send) -> None:
        async with self._owner.stream(
            scope["method"],
            httpcore.URL(scheme=b"http", host=b"owner", port=None, target=_target(scope)),
            headers=list(_onward(scope)),
            content=body.pieces(),
            extensions={"timeout": {"connect": _CONNECT_SECONDS}},
        ) as answer:
            _noted(scope)
            dropped = _OF_ONE_HOP | _OF_LAYERS | {b"transfer-encoding"}
            kept = [each for each in answer.headers if each[0].lower() not in dropped]
            await send({"type": "http.response.start", "status": answer.status, "headers": kept})
            async for part in answer.aiter_stream():
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})


class Peered:
    """Middleware of the owner, for the socket that workers alone reach: who called is as they say.

    It must stand before no other socket: whoever can send to it may name any address.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put the caller's address where the app looks for it."""
        if scope["type"] == "http":
            headers: list[Header] = scope["headers"]
            said = b"".join(value for name, value in headers if name == PEER).split()
            peer = (said[0].decode("ascii"), int(said[1])) if len(said) == 2 else None
            rest = [each for each in headers if each[0] != PEER]
            scope = {**scope, "client": peer, "headers": rest}
        await self._app(scope, receive, send)


class _Left(Exception):  # noqa: N818 - says what happened
    """The caller went before they had sent everything."""


class _Body:
    """What a caller sends, and whether they are gone."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._whole = anyio.Event()

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield it as it arrives."""
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise _Left
            more = message.get("more_body", False)
            if part := message.get("body", b""):
                yield part
        self._whole.set()

    async def leave(self, scope: anyio.CancelScope) -> None:
        """Cancel the exchange when the caller goes, once they have sent everything."""
        await self._whole.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass
        scope.cancel()


class _Begun:
    """Sends, and remembers that it did."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.yet = False

    async def __call__(self, message: Message) -> None:
        self.yet = True
        await self._send(message)


def _target(scope: Scope) -> bytes:
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope.get("query_string", b"")
    return path + b"?" + query if query else path


def _onward(scope: Scope) -> Iterable[Header]:
    headers: list[Header] = scope["headers"]
    trace = _trace()
    chunked = any(name == b"transfer-encoding" for name, _ in headers)
    dropped = _OF_ONE_HOP | _SET_ANEW | ({b"content-length"} if chunked else frozenset())
    dropped |= {name for name, _ in trace}
    yield from (each for each in headers if each[0] not in dropped)
    if client := scope.get("client"):
        yield PEER, f"{client[0]} {client[1]}".encode("ascii")
    if name := scope.get("state", {}).get(FIELD):
        yield _NAMED, name.encode("ascii")
    yield from trace


def _trace() -> list[Header]:
    """Name this process's span, so that the owner's is a part of it; nothing where none is open."""
    told: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(told)
    return [(name.encode(), value.encode()) for name, value in told.items()]


def _noted(scope: Scope) -> None:
    """Leave it to the owner to put the request into the audit log."""
    call: Call | None = scope.get("state", {}).get("call")
    if call is not None:
        call.recorded = True


def _away(detail: str) -> ASGIApp:
    answer = problem(503, detail)
    answer.headers["Retry-After"] = "1"
    return answer
