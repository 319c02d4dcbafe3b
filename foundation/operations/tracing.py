"""Where the time of a request went, as spans of OpenTelemetry.

Spans say how long and how often. They name stages, counts and ids, never what was asked or found.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from opentelemetry import trace
from opentelemetry.trace import ProxyTracerProvider, Span, Status, StatusCode, format_trace_id
from structlog.contextvars import bound_contextvars

SCOPE: Final = "elders"
"""The instrumentation scope: whose spans these are."""

FIELD: Final = "trace_id"
"""What a trace's id is called in log lines."""


def traced() -> bool:
    """Tell whether anybody takes spans; where nobody does, a stage pays for this question alone."""
    return not isinstance(trace.get_tracer_provider(), ProxyTracerProvider)


@contextmanager
def span(name: str, **attributes: str | int) -> Iterator[None]:
    """Time what is done within, as a part of the span around it or as a trace of its own.

    Log lines from within carry the trace's id. An error is told by its type: its message may hold
    what was asked.

    Args:
        name: of the kind of work, one of a few.
        attributes: ids, names of parts and counts; never a text.
    """
    if not traced():
        yield
        return
    told = {f"{SCOPE}.{key}": value for key, value in attributes.items()}
    with (
        trace.get_tracer(SCOPE).start_as_current_span(
            name, attributes=told, record_exception=False, set_status_on_exception=False
        ) as opened,
        logged(opened),
    ):
        try:
            yield
        except Exception as error:
            failed(opened, type(error).__qualname__)
            raise


def passed(name: str, seconds: float) -> None:
    """Tell of a stage that took some seconds and ends now, as a part of the span around it."""
    if traced():
        now = time.time_ns()
        begun = now - round(seconds * 1e9)
        trace.get_tracer(SCOPE).start_span(name, start_time=begun).end(now)


@contextmanager
def logged(opened: Span) -> Iterator[None]:
    """Let log lines from within name the trace of a span."""
    with bound_contextvars(**{FIELD: format_trace_id(opened.get_span_context().trace_id)}):
        yield


def failed(opened: Span, kind: str) -> None:
    """Mark a span as failed: `kind` is an error's type or a status, never its message."""
    opened.set_attribute("error.type", kind)
    opened.set_status(Status(StatusCode.ERROR))
