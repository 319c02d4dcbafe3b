"""Times as questions write them: years, quarters, months, days, in English and Japanese."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

_MONTHS: Final = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)
_MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_YEAR: Final = r"(?:19|20)\d\d"

ENGLISH: Final = (
    rf"(?:{_YEAR}-\d\d-\d\d|{_YEAR}-\d\d|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH},? {_YEAR}|"
    rf"{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? {_YEAR}|{_MONTH},? {_YEAR}|"
    rf"Q[1-4] {_YEAR}|{_YEAR})(?![\w-])"
)
"""Matches a time without case; a year has four digits, from 1900 on."""

JAPANESE: Final = (
    rf"(?:{_YEAR}年(?:度(?!末)|\d{{1,2}}月(?:\d{{1,2}}日)?)?|"
    rf"{_YEAR}[-/]\d{{1,2}}(?:[-/]\d{{1,2}})?)"
)

_READINGS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?P<year>{_YEAR})[-/](?P<month>\d\d?)(?:[-/](?P<day>\d\d?))?",
        rf"(?P<day>\d\d?)(?:st|nd|rd|th)?(?: of)? (?P<name>{_MONTH}),? (?P<year>{_YEAR})",
        rf"(?P<name>{_MONTH})(?: (?P<day>\d\d?)(?:st|nd|rd|th)?)?,? (?P<year>{_YEAR})",
        rf"Q(?P<quarter>[1-4]) (?P<year>{_YEAR})",
        rf"(?P<year>{_YEAR})(?:年(?P<fiscal>度)?(?:(?P<month>\d\d?)月(?:(?P<day>\d\d?)日)?)?)?",
    )
)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of days; `end` is the first day after it."""

    start: date
    end: date


def read_span(text: str) -> Span | None:
    """Read a time as `ENGLISH` and `JAPANESE` match it; None where there is no such day.

    A Japanese business year (年度) begins in April.
    """
    for reading in _READINGS:
        if found := reading.fullmatch(text.strip()):
            return _span(found.groupdict())
    return None


def _span(parts: Mapping[str, str | None]) -> Span | None:
    try:
        return _checked(parts)
    except (ValueError, OverflowError):
        return None


def _checked(parts: Mapping[str, str | None]) -> Span:
    year, months = int(parts["year"] or 0), 12
    month = 4 if parts.get("fiscal") else 1
    if quarter := parts.get("quarter"):
        month, months = 3 * int(quarter) - 2, 3
    elif name := parts.get("name"):
        month, months = _number_of(name), 1
    elif number := parts.get("month"):
        month, months = int(number), 1
    if day := parts.get("day"):
        start = date(year, month, int(day))
        return Span(start, start + timedelta(1))
    later = year * 12 + month - 1 + months
    return Span(date(year, month, 1), date(later // 12, later % 12 + 1, 1))


def _number_of(name: str) -> int:
    return _MONTHS.index(name.lower()[:3]) + 1


def ago(today: date, count: int, unit: str) -> date | None:
    """Answer the day that lies so many days, weeks, months or years before; None if too far."""
    days = {"day": 1, "week": 7, "month": 30, "year": 365}[unit] * count
    try:
        return today - timedelta(days)
    except OverflowError:
        return None
