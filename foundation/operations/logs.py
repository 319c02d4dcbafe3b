"""What happened, as events with fields, on standard error: standard output is for answers."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from io import StringIO
from typing import TYPE_CHECKING, Any, Final, Literal, TextIO

if TYPE_CHECKING:
    from structlog.typing import Processor

Format = Literal["console", "json"]
Level = Literal["debug", "info", "warning", "error"]

_NEVER_LOGGED: Final = frozenset(
    {
        "api_key",
        "authorization",
        "body",
        "content",
        "cookie",
        "database_url",
        "password",
        "query",
        "secret",
        "text",
        "token",
    }
)
_LONGEST: Final = 500
_LOOKED_AT: Final = 20_000
"""Characters of a value that are searched for secrets before it is cut."""

_NOT_SHOWN: Final = frozenset({"exc_info"})
"""What the renderers turn into text, which is redacted then."""


def configure_logging(level: Level, fmt: Format) -> None:
    """Send events from `level` up to standard error, one a line.

    Other libraries' records (from `warning` up) come out in the same form. Fields that are named
    like a secret or a document's text are hidden, sensitive values redacted wherever they stand
    (in nested fields, messages and exceptions, too), and long values cut, whatever a caller passes.

    Args:
        level: the least that is written.
        fmt: `console` for people, `json` for machines.
    """
    import structlog

    threshold = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_content,
    ]
    renderers = _renderers(fmt)
    structlog.configure(
        processors=[*shared, *renderers],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(threshold, logging.WARNING), force=True)


def hide_content(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Keep texts, secrets and personal data out of the log: a processor of structlog's."""
    for name, value in list(event.items()):
        if name in _NEVER_LOGGED:
            event[name] = "***"
        elif name not in _NOT_SHOWN and not name.startswith("_"):
            event[name] = _shortened(name, value)
    return event


def redact_exception(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Redact the exception that a renderer wrote out: a processor that stands behind it."""
    if "exception" in event:
        event["exception"] = _redacted("exception", event["exception"])
    return event


def _redacted(name: str, value: object) -> Any:  # noqa: ANN401 - what it was, where it is harmless
    from foundation.security.redaction.redacting import redact_data

    if value is None or isinstance(value, bool | float):
        return value
    return next(iter(redact_data({name: value})[0].values()))


def _shortened(name: str, value: object) -> object:
    """Redact a value and cut it, in this order: half a token is not known for one."""
    looked_at = value[:_LOOKED_AT] if isinstance(value, str) else value
    clean = _redacted(name, looked_at)
    length = len(value) if isinstance(value, str) else len(clean) if isinstance(clean, str) else 0
    return f"{clean[:_LONGEST]}… ({length} characters)" if length > _LONGEST else clean


def _renderers(fmt: Format) -> list[Processor]:
    import structlog.tracebacks

    if fmt == "json":
        # Not dict_tracebacks: it would write local variables, and with them documents' text.
        transformer = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        return [
            structlog.processors.ExceptionRenderer(transformer),
            redact_exception,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    colours = sys.stderr.isatty()
    return [structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=_write_traceback)]


def _write_traceback(file: TextIO, exc_info: Any) -> None:  # noqa: ANN401 - as structlog passes it
    """Write a traceback without local variables (the rich one has them), redacted."""
    import structlog

    written = StringIO()
    structlog.dev.plain_traceback(written, exc_info)
    file.write(_redacted("exception", written.getvalue()))
