"""Time as an argument, so that no test sleeps or patches."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NewType

from foundation.errors import InvalidInput

Micros = NewType("Micros", int)
"""Microseconds since 1970-01-01 UTC: sortable, exact, the same on every database."""

Clock = Callable[[], Micros]
"""Answers what time it is."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def system_clock() -> Micros:
    """Read the machine's clock."""
    return to_micros(datetime.now(UTC))


def to_micros(moment: datetime) -> Micros:
    """Convert to microseconds; a moment without a zone is taken as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return Micros((aware - _EPOCH) // timedelta(microseconds=1))


def to_datetime(micros: int) -> datetime:
    """Convert back, in UTC."""
    return _EPOCH + timedelta(microseconds=micros)


def parse_moment(text: str) -> Micros:
    """Read an ISO 8601 date or time; without a zone it is UTC.

    Raises:
        InvalidInput: the text is not such a time.
    """
    try:
        return to_micros(datetime.fromisoformat(text.strip()))
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            f"{text[:80]!r} is not a time; write one such as 2026-01-31 or 2026-01-31T09:30:00Z"
        ) from error
