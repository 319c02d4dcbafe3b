"""What happened, as events with fields, on standard error: standard output is for answers."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any, Final, Literal

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


def configure_logging(level: Level, fmt: Format) -> None:
    """Send events from `level` up to standard error, one a line.

    Other libraries' records (from `warning` up) come out in the same form. Fields that are named
    like a secret or a document's text are hidden and long values cut, whatever a caller passes.

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
    """Keep documents' text and secrets out of the log: a processor of structlog's."""
    for name, value in event.items():
        if name in _NEVER_LOGGED:
            event[name] = "***"
        elif isinstance(value, str) and len(value) > _LONGEST:
            event[name] = f"{value[:_LONGEST]}… ({len(value)} characters)"
    return event


def _renderers(fmt: Format) -> list[Processor]:
    import structlog.tracebacks

    if fmt == "json":
        # Not dict_tracebacks: it would write local variables, and with them documents' text.
        transformer = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        return [
            structlog.processors.ExceptionRenderer(transformer),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    colours = sys.stderr.isatty()
    plain = structlog.dev.plain_traceback  # the rich one would write local variables too
    return [structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=plain)]
