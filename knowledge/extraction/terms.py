"""Finds acronyms beside what they stand for: "Personalised PageRank (PPR)", 世界保健機関（WHO）."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_BRACKETS: Final = re.compile(
    r"[ \n]\((?P<inner>(?P<short>[A-Za-z0-9][\w&./+-]{1,9})?[^()]{0,80})\)"
)
_SHORT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9&./+-]{1,9}")
_JAPANESE: Final = re.compile(
    r"[（(](?:[^（）()]{0,60}?略称?[:：は]?\s*)?(?P<short>[A-Z]{3,8})[）)、]"
)
_COMPOUND: Final = re.compile(r"[々〇一-鿿ァ-ヺー・]{4,30}\Z")
_WORD: Final = re.compile(r"[^\s]+")
_STOP: Final = re.compile(r"[.!?:;,()\[\]\"“”]\s|\0")


class Expansion(NamedTuple):
    """Where an acronym and what it stands for are written."""

    short: tuple[int, int]
    long: tuple[int, int]


def find_expansions(text: str, start: int, end: int) -> Iterator[Expansion]:
    """Find the acronyms that a sentence spells out.

    Source: Schwartz & Hearst, "A simple algorithm for identifying abbreviation definitions in
    biomedical text", PSB 2003. Japanese names share no letters with their acronyms: there the
    brackets alone decide, so the acronym must be in capitals and the name of some length.
    """
    for found in _BRACKETS.finditer(text, start, end):
        inner, short = found["inner"], (found["short"] or "").rstrip("-/.")
        if short and inner[len(found["short"]) :][:1] in {"", ";", ","} and _is_short(short):
            if long := _long_before(text, start, found.start(), short):
                yield Expansion(_singular(text, found.start("short"), len(short)), long)
            continue
        at = max(text.rfind(" ", start, found.start()), start - 1) + 1
        short = text[at : found.start()]
        long_enough = len(short) < len(inner) and " " in inner
        if (
            long_enough
            and _SHORT.fullmatch(short)
            and _is_short(short)
            and _match(short, inner) == 0
        ):
            yield Expansion(_singular(text, at, len(short)), found.span("inner"))
    for found in _JAPANESE.finditer(text, start, end):
        if long_one := _COMPOUND.search(text, max(start, found.start() - 30), found.start()):
            yield Expansion(found.span("short"), long_one.span())


def _singular(text: str, start: int, length: int) -> tuple[int, int]:
    """Take the plural off an acronym: "HSCs" is HSC."""
    plural = (
        length > 2
        and text[start + length - 1] == "s"
        and text[start : start + length - 1].isupper()
    )
    return start, start + length - plural


def _is_short(short: str) -> bool:
    letters = sum(map(str.isupper, short))
    return len(short) >= 2 and letters >= 2 and letters * 2 >= sum(map(str.isalpha, short))


def _long_before(text: str, start: int, end: int, short: str) -> tuple[int, int] | None:
    """Find the long form in the min(|A| + 5, 2 |A|) words before the brackets."""
    window = max(start, end - 160)
    for stop in _STOP.finditer(text, window, end):
        window = stop.end()
    letters = sum(map(str.isalnum, short))
    words = [word.start() for word in _WORD.finditer(text, window, end)]
    words = words[-min(letters + 5, letters * 2) :]
    if not words:
        return None
    at = _match(short, text[words[0] : end])
    if at is None:
        return None
    long = text[words[0] + at : end]
    if len(long) <= len(short) or short in long.split() or (len(long.split()) < 2 and letters > 3):
        return None
    return words[0] + at, end


def _match(short: str, long: str) -> int | None:
    """Match the letters of the acronym from right to left; the first must begin a word."""
    at = len(long)
    for place in range(len(short) - 1, -1, -1):
        letter = short[place].lower()
        if not letter.isalnum():
            continue
        at -= 1
        while at >= 0 and (
            long[at].lower() != letter or (place == 0 and at > 0 and long[at - 1].isalnum())
        ):
            at -= 1
        if at < 0:
            return None
    return at
