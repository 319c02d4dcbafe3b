"""Conditions in the form of filters, on the fields that every document has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from typing import Any

from retrieval.enhancement.dates import Span, ago, read_span
from retrieval.enhancement.names import Names


class Side(Enum):
    """On which side of a time something lies; all but the last two include what it names."""

    SINCE = auto()
    UNTIL = auto()
    WITHIN = auto()
    AFTER = auto()
    BEFORE = auto()


@dataclass(frozen=True, slots=True)
class Lately:
    """A number of units ("day", "week", "month", "year") before today, if that is known."""

    count: int
    unit: str
    today: date | None


@dataclass(frozen=True, slots=True)
class Cut:
    """Words of a question, `question[start:end]`, that say what to filter by."""

    start: int
    end: int
    filter: Mapping[str, Any]
    why: str


def one_field(field: str, value: str | int) -> dict[str, Any]:
    """Ask for one value of a field."""
    return {field: value}


def timed(
    field: str, found: re.Match[str], side: Side | None, lately: Lately | None
) -> dict[str, Any] | None:
    """Ask for a time; None where the words name none that there is.

    Args:
        field: the name of a field that holds times.
        found: with the groups `first` and `last`, or else `time`.
        side: of the time; two times are always a stretch to lie within.
        lately: is asked for in place of what was found.
    """
    span: Span | None
    if lately:
        span, side = _lately(lately), Side.SINCE
    elif found["first"]:
        span, side = _stretch(found["first"], found["last"]), Side.WITHIN
    else:
        span = read_span(found["time"])
    if span is None or side is None:
        return None
    condition = {}  # ISO times compare as strings
    if side in {Side.SINCE, Side.WITHIN, Side.AFTER}:
        condition["$gte"] = (span.end if side is Side.AFTER else span.start).isoformat()
    if side in {Side.UNTIL, Side.WITHIN, Side.BEFORE}:
        condition["$lt"] = (span.start if side is Side.BEFORE else span.end).isoformat()
    return {field: condition}


def _lately(asked: Lately) -> Span | None:
    start = ago(asked.today, asked.count, asked.unit) if asked.today else None
    return Span(start, start) if start else None


def _stretch(first: str, last: str) -> Span | None:
    one, two = read_span(first), read_span(last)
    return Span(one.start, two.end) if one and two and one.start < two.end else None


def in_place(name: str, known: Names) -> dict[str, Any] | None:
    """Ask for a collection or a folder; None where there is none of this name."""
    lower = name.lower().strip("./")
    for spelling in (lower, f"{lower}s", lower.removesuffix("s")):
        if spelling in known.collections:
            return {"collection": known.collections[spelling]}
    for spelling in (lower, f"{lower}s", lower.removesuffix("s")):
        if folders := known.folders.get(spelling):
            ranges = [{"source_id": {"$gte": f, "$lt": f"{f[:-1]}0"}} for f in folders]
            return ranges[0] if len(ranges) == 1 else {"$or": ranges}
    return None


def by_author(name: str, known: Names) -> dict[str, Any] | None:
    """Ask for the documents of an author, or of all that have this name; None for a stranger."""
    authors = known.authors.get(name.lower().removesuffix("'s"))
    if not authors:
        return None
    return {"author": authors[0] if len(authors) == 1 else {"$in": list(authors)}}
