"""Reads the section titles of reStructuredText."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from ingest.headings import Heading, line_above, plain_title

_RULE: Final = re.compile(r"^(?P<rule>([!-/:-@\[-`{-~])\2+)[ \t]*\r?$", re.MULTILINE)
_LINE: Final = re.compile(r"[^\n]*")
_NO_TITLE: Final = re.compile(r"\s|(?:[-*+•]|\.\.|>>>|\||\d{1,9}[.)])[ \t]")
_SHORTEST_SURE_RULE: Final = 4


def restructured_headings(text: str) -> Iterator[Heading]:
    """Yield the titles in order; a style takes the next level when it first appears.

    As in docutils, a style is the rule's character and whether there is a rule above too, and a
    rule shorter than its title still counts from four characters on.
    """
    styles: list[tuple[str, bool]] = []
    floor = 0
    for rule in _RULE.finditer(text):
        if rule.start() < floor:
            continue
        heading = _overlined(text, rule, floor)
        over = heading is not None
        heading = heading or _underlined(text, rule, floor)
        if heading is None:
            continue
        start, floor, title = heading
        style = (rule["rule"][0], over)
        if style not in styles:
            styles.append(style)
        yield Heading(start, floor, styles.index(style) + 1, plain_title(title))


def _overlined(text: str, rule: re.Match[str], floor: int) -> tuple[int, int, str] | None:
    """Read a title between two rules of one character: (start, end, title)."""
    line = _LINE.match(text, rule.end() + 1)
    under = _RULE.match(text, line.end() + 1) if line else None
    if line is None or under is None or under["rule"][0] != rule["rule"][0]:
        return None
    title = line[0].strip()
    if not title or _RULE.match(title) or _width(title) > len(rule["rule"]):
        return None
    if line_above(text, rule.start(), floor) is not None:
        return None  # the line above is the title, and this rule belongs to it
    return rule.start(), under.end(), title


def _underlined(text: str, rule: re.Match[str], floor: int) -> tuple[int, int, str] | None:
    """Read a title of one line above the rule: (start, end, title)."""
    start = line_above(text, rule.start(), floor)
    if start is None:
        return None
    title = text[start : rule.start()].rstrip()
    if not title or _NO_TITLE.match(title) or _RULE.match(title):
        return None
    if len(rule["rule"]) < min(_width(title), _SHORTEST_SURE_RULE):
        return None
    return start, rule.end(), title


def _width(text: str) -> int:
    """Count columns: East Asian wide characters take two."""
    if text.isascii():
        return len(text)
    return sum(1 + (unicodedata.east_asian_width(char) in "WF") for char in text)
