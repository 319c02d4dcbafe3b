"""Notices as programs and people read them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC
from typing import Any, Final

from elders.alerts.model import Notice
from foundation.clock import Micros, to_datetime

_NAMED: Final = 20
"""Rules and services whose critical alerts a text names."""


def body_of(notice: Notice) -> dict[str, Any]:
    """Write a notice as JSON says it."""
    body = asdict(notice)
    body["lines"] = [asdict(line) for line in notice.lines]
    return body | {"key": notice.key}


def text_of(notice: Notice) -> str:
    """Write a notice for people."""
    told = [
        f"[{notice.severity.upper()}] {notice.kind}: {notice.title}",
        f"since {when(notice.opened_at)}; {notice.members:,} alerts, {notice.reports:,} reports"
        + (f", {notice.muted:,} muted" if notice.muted else "")
        + (f" ({', '.join(notice.muted_rules)})" if notice.muted_rules else ""),
    ]
    if notice.cause:
        told.append(f"cause: {notice.cause}")
    told += [
        f"- {line.severity} {line.rule} x{line.count:,}"
        f" ({', '.join(line.services) or 'no service'}): {line.summary}"
        for line in notice.lines
    ]
    if notice.absorbs:
        told.append(f"with what was told as {', '.join(notice.absorbs)}")
    if notice.critical:
        rest = notice.unnamed + len(notice.critical) - len(notice.critical[:_NAMED])
        more = f"; and {rest:,} more" if rest else ""
        told.append(f"critical, not told before: {'; '.join(notice.critical[:_NAMED])}{more}")
    told += [f"runbook: {each}" for each in notice.runbook]
    told += [f"changed: {each}" for each in notice.changes]
    return "\n".join(told)


def when(at: Micros) -> str:
    """Write a moment for people, in UTC."""
    return f"{to_datetime(at).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
