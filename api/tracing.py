"""A span for each request over HTTP, as a part of its caller's trace."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.request_ids import FIELD
from foundation.operations.tracing import SCOPE, failed, logged

if TYPE_CHECKING:
    from api.security.calls import Call

_LEFT_OUT: Final = frozenset({"/health", "/ready", "/metrics"})
"""What watchers ask every few seconds: it would fill every list of traces."""

_METHODS: Final = frozenset(
    {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"}
)
_OTHER: Final = "_OTHER"
_FAULT: Final = 500


class Traced:
    """Middleware that times requests, and goes on with the trace that a caller names.

    A span has the route's template, the method, the status and the request's id; no path, no query,
    no address, no header: they hold names of documents and entities, and keys. FastAPI's and
    Starlette's own spans have these, and know nothing of what the layers refuse.

    Sources: W3C Trace Context; OpenTelemetry semantic conventions for HTTP server spans.
    """

    def __init__(self, app: ASGIApp, *, tracer: Tracer) -> None:
        """Take the app with its layers, which put the `Call` into the scope's state."""
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Time a request until all of its answer is sent."""
        if scope["type"] != "http" or scope["path"] in _LEFT_OUT:
            await self._app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in _METHODS else _OTHER
        state = scope.setdefault("state", {})
        with (
            self._tracer.start_as_current_span(
                "HTTP" if method == _OTHER else method,
                context=_continued(scope),
                kind=SpanKind.SERVER,
                attributes={
                    "http.request.method": method,
                    "url.scheme": scope.get("scheme", "http"),
                    f"{SCOPE}.{FIELD}": state.get(FIELD, ""),
                },
                record_exception=False,
                set_status_on_exception=False,
            ) as opened,
            logged(opened),
        ):

            async def sending(message: Message) -> None:
                if message["type"] == "http.response.start":
                    _answered(opened, message["status"])
                await send(message)

            try:
                await self._app(scope, receive, sending)
            except Exception as error:
                failed(opened, type(error).__qualname__)
                raise
            finally:
                _named(opened, method, state.get("call"))


def _continued(scope: Scope) -> Context:
    """Read the caller's trace; one that is named twice or not at all begins here."""
    told: dict[str, list[str]] = defaultdict(list)
    for name, value in scope["headers"]:
        if name in {b"traceparent", b"tracestate"}:
            told[name.decode()].append(value.decode("latin-1"))
    if len(told["traceparent"]) != 1:
        return Context()
    return TraceContextTextMapPropagator().extract(told, context=Context())


def _answered(opened: Span, status: int) -> None:
    opened.set_attribute("http.response.status_code", status)
    if status >= _FAULT:
        failed(opened, str(status))


def _named(opened: Span, method: str, call: Call | None) -> None:
    """Name a span by its route, once the layers know it."""
    if call is not None and call.match is not None:
        template = call.match.route.template
        opened.set_attribute("http.route", template)
        opened.update_name(f"{method} {template}")
