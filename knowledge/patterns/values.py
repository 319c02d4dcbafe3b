"""Compares what documents state: 30 days and 720 hours are the same, 3.1 and 3.10 are not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_ERAS: Final[Mapping[str, int]] = {
    "明治": 1867,
    "大正": 1911,
    "昭和": 1925,
    "平成": 1988,
    "令和": 2018,
}

_MONTH: Final = rf"(?P<name>{'|'.join(_MONTHS)})[a-z]*\.?"
_DATES: Final = (
    re.compile(
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})(?:[-/.](?P<day>\d{1,2}))?"
        r"(?:[t ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:z|utc|[+-]\d{2}:?\d{2})?)?"
    ),
    re.compile(
        r"(?:(?P<era>明治|大正|昭和|平成|令和))?(?P<year>\d{1,4}|元)年"
        r"(?:(?P<month>\d{1,2})月(?:(?P<day>\d{1,2})日)?)?"
    ),
    re.compile(
        rf"(?:[a-z]{{3,9}},?\s)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[-\s]{_MONTH},?[-\s](?P<year>\d{{4}})"
        r"(?:\s[\d:]+(?:\s*[a-z+-]\S*)?)?"
    ),
    re.compile(rf"{_MONTH}\s(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s)?(?P<year>\d{{4}})"),
)
_ORDERLESS: Final = re.compile(r"(?P<one>\d{1,2})[/.](?P<two>\d{1,2})[/.](?P<year>\d{4})")
"""03/04/2024: the third of April, or March the fourth."""

_QUANTITY: Final = re.compile(
    r"(?P<mark>[$€£¥])?\s*(?P<sign>[-+]?)(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?P<scale>千|万|億|兆)?\s*(?P<unit>[a-zµ%円ドル秒分時間日週年かヶケ月回件人台%]*)"
)
_SCALES: Final[Mapping[str, float]] = {"千": 1e3, "万": 1e4, "億": 1e8, "兆": 1e12}

_UNIT_TABLE: Final[Mapping[str, Sequence[tuple[float, str]]]] = {
    "s": (
        (1e-9, "ns"),
        (1e-6, "us µs microsecond microseconds"),
        (1e-3, "ms msec millisecond milliseconds ミリ秒"),
        (1, "s sec secs second seconds 秒"),
        (60, "min mins minute minutes 分 分間"),
        (3600, "h hr hrs hour hours 時間"),
        (86400, "d day days 日 日間"),
        (604800, "week weeks 週 週間"),
    ),
    "month": ((1, "month months か月 ヶ月 ケ月 月"), (12, "y yr year years 年 年間")),
    "byte": (
        (1, "b byte bytes"),
        (1e3, "kb kilobyte kilobytes"),
        (1e6, "mb megabyte megabytes"),
        (1e9, "gb gigabyte gigabytes"),
        (1e12, "tb terabyte terabytes"),
        (2**10, "kib"),
        (2**20, "mib"),
        (2**30, "gib"),
        (2**40, "tib"),
    ),
    "metre": ((1e-3, "mm"), (1e-2, "cm"), (1, "m metre metres meter meters"), (1e3, "km")),
    "gram": ((1e-3, "mg"), (1, "g gram grams"), (1e3, "kg")),
    "percent": ((1, "% percent"),),
    "usd": ((1, "$ usd dollar dollars ドル"),),
    "eur": ((1, "€ eur euro euros"),),
    "gbp": ((1, "£ gbp"),),
    "jpy": ((1, "¥ jpy yen 円"),),
}
_UNITS: Final[Mapping[str, tuple[str, float]]] = {
    word: (family, factor)
    for family, rows in _UNIT_TABLE.items()
    for factor, words in rows
    for word in words.split()
}

_YES_NO: Final[Mapping[str, str]] = {
    word: answer
    for answer, words in {
        "yes": "yes true on enabled はい 有効 あり 可",
        "no": "no false off disabled いいえ 無効 なし 不可",
    }.items()
    for word in words.split()
}
_LIST: Final = re.compile(r"\s*[,;、；]\s*|\s+(?:and|&)\s+")
_ENDING: Final = " .。,;"


def readings(value: str) -> frozenset[str]:
    """Answer all that a value may mean, each in a normal form.

    A date is "date:2024-05-01", "date:2024-05" or "date:2024", as precise as it is given, and
    03/04/2024 is two; a quantity is "quantity:s:1800", in its family's first unit. Everything else
    is its text without case, width and closing punctuation.
    """
    text = plain(value)
    dates = _dates(text)
    if dates:
        return frozenset(dates)
    return frozenset({_quantity(text) or _YES_NO.get(text, f"text:{text}")})


def plain(value: str) -> str:
    """Answer a value without case, width, doubled white space and closing punctuation."""
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split()).strip(_ENDING)


def agree(one: str, other: str) -> bool:
    """Tell whether two values can be the same; one date may be less precise than the other."""
    return any(
        a == b or (a.startswith("date:") and b.startswith("date:") and _within(a, b))
        for a in readings(one)
        for b in readings(other)
    )


def _within(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return long.startswith(f"{short}-")


def values_of(value: str) -> list[str]:
    """Take a list of values apart ("A, B and C"); a date or a quantity is one value."""
    text = plain(value)
    if _dates(text) or _quantity(text):
        return [value]
    parts = [part for part in _LIST.split(value.strip(_ENDING)) if part]
    return parts or [value]


def _dates(text: str) -> set[str]:
    either = _ORDERLESS.fullmatch(text)
    if either:
        one, two, year = int(either["one"]), int(either["two"]), int(either["year"])
        return {d for d in (_date(year, one, two), _date(year, two, one)) if d}
    for pattern in _DATES:
        match = pattern.fullmatch(text)
        if match:
            parts = match.groupdict()
            written = parts["year"]
            year = 1 if written == "元" else int(written)
            year += _ERAS.get(parts.get("era") or "", 0)
            name = parts.get("name")
            month = _MONTHS.index(name) + 1 if name else int(parts.get("month") or 0)
            date = _date(year, month, int(parts.get("day") or 0))
            return {date} if date and year >= 1000 else set()
    return set()


def _date(year: int, month: int, day: int) -> str | None:
    if not month:
        return f"date:{year:04}"
    if month > 12 or day > 31:
        return None
    return f"date:{year:04}-{month:02}" + (f"-{day:02}" if day else "")


def _quantity(text: str) -> str | None:
    """Read a number with a unit, or a whole one; 3.10 without a unit may be a version."""
    match = _QUANTITY.fullmatch(text)
    if not match:
        return None
    unit = _UNITS.get(match["mark"] or match["unit"])
    grouped = "," in match["number"] or match["scale"]
    whole = grouped or re.fullmatch(r"\d+(?:\.0+)?", match["number"])
    if not unit and (match["unit"] or not whole):
        return None
    family, factor = unit or ("", 1)
    number = float(match["number"].replace(",", "")) * _SCALES.get(match["scale"] or "", 1)
    return f"quantity:{family}:{match['sign'].strip('+')}{number * factor:.12g}"
