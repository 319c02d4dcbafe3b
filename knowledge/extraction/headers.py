"""Reads the block of "Key: value" lines that a passage opens with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_LINE: Final = re.compile(r"[^\n]+|(?<=\n)(?=\n)|\A(?=\n)")
_PLAIN: Final = re.compile(
    r"(?P<key>[^\W\d_][\w.]{0,30}(?:[ _/-][\w.]{1,30}){0,3})[ \t]?(?::(?=[ \t]|$)|：)(?P<value>.*)"
)
_MARKED: Final = re.compile(
    r"(?:[-*+][ \t]+)?(?:(?P<mark>\*\*|__)(?P<bold>[^\W\d_][^:：*_]{0,40}?)"
    r"(?:[:：](?P=mark)|(?P=mark)[ \t]?[:：])|:(?P<rst>[^\W\d_][^:`*]{0,40}):(?=[ \t]|$))"
    r"(?P<value>.*)"
)
_TOML: Final = re.compile(r"(?P<key>[A-Za-z][\w.-]{0,40})[ \t]*=[ \t]*(?P<value>.*)")
_ITEM: Final = re.compile(r"-[ \t]+(?P<value>.*)")
_COLUMN: Final = re.compile(r"[ \t]{4,}")
"""What stands in a second column, as in the heads of old RFCs, belongs to no field."""

_ATX: Final = re.compile(r" {0,3}#{1,6}[ \t]")
_RULE: Final = re.compile(r"([!-/:-@\[-`{-~])\1{2,}\s*\Z")
_TAIL: Final = re.compile(r"[ \t].*|.*(?:,|>|`_{1,2})[ \t]*\Z")
_FENCES: Final = frozenset({"---", "+++"})


@dataclass(frozen=True, slots=True)
class Field:
    """A key as it is written, and its value.

    Attributes:
        lines: the value's lines, white space collapsed; none is empty.
        items: the lines are the items of a list.
        start, end: offsets in the passage.
    """

    key: str
    lines: Sequence[str]
    items: bool = False
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Header:
    """A block of fields; `sure` where its form (front matter, field list) leaves no doubt."""

    fields: Sequence[Field]
    sure: bool = False


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def blank(self) -> bool:
        return not self.text.strip()


def read_header(text: str, *, continued: bool = False) -> Header:
    """Read front matter, or the fields at the top or right below the title; none is no error.

    Args:
        text: the passage.
        continued: the passage may begin within a value (the header was cut in two): what looks
            like the rest of one is passed over.
    """
    if ":" not in text and "：" not in text and "+++" not in text[:8]:
        return Header(())
    lines = [_Line(line[0].rstrip("\r"), line.start()) for line in _LINE.finditer(text)]
    place = _first_visible(lines, 0)
    opening = lines[place].text.strip() if place < len(lines) else ""
    if opening in _FENCES:
        return Header(_fields(lines, place + 1, toml=opening == "+++"), sure=True)
    place = _below_title(lines, place)
    if continued and not _MARKED.match(opening) and not _PLAIN.match(opening):
        while place < len(lines) and _TAIL.match(lines[place].text) and not lines[place].blank:
            place += 1
    fields = _fields(lines, place)
    return Header(fields, sure=len(fields) > 1 and _MARKED.match(lines[place].text) is not None)


def _first_visible(lines: Sequence[_Line], place: int) -> int:
    while place < len(lines) and lines[place].blank:
        place += 1
    return place


def _below_title(lines: Sequence[_Line], place: int) -> int:
    """Step over a title with its rules, if there is one."""
    for size in (1, 2, 3):
        block = [line.text for line in lines[place : place + size]]
        if len(block) == size and (
            (size == 1 and _ATX.match(block[0]))
            or (size == 2 and _RULE.match(block[1]) and not _RULE.match(block[0]))
            or (size == 3 and _RULE.match(block[0]) and _RULE.match(block[2]))
        ):
            return _first_visible(lines, place + size)
    return place


def _fields(lines: Sequence[_Line], place: int, *, toml: bool = False) -> list[Field]:
    found: list[Field] = []
    while place < len(lines):
        line = lines[place]
        marked = _MARKED.match(line.text)
        match = marked or (_TOML if toml else _PLAIN).match(line.text)
        if match is None:
            following = _first_visible(lines, place)
            if not (line.blank and found and _goes_on(lines, following)):
                break
            place = following
            continue
        key = (marked["bold"] or marked["rst"]) if marked else match["key"]
        values, items, place = _values(lines, place + 1, match["value"])
        found.append(Field(key.strip(), values, items, line.start, lines[place - 1].end))
    return found


def _goes_on(lines: Sequence[_Line], place: int) -> bool:
    """Tell whether a field that is marked as one stands there: blank lines may part these."""
    return place < len(lines) and _MARKED.match(lines[place].text) is not None


def _values(lines: Sequence[_Line], place: int, first: str) -> tuple[list[str], bool, int]:
    """Collect a value's lines: those that are indented, and the items of a YAML list."""
    values = [_COLUMN.split(first.strip())[0]]
    items = False
    while place < len(lines) and not lines[place].blank:
        line = lines[place].text
        item = None if first.strip() or _MARKED.match(line) else _ITEM.match(line.lstrip())
        if item:
            values.append(item["value"].strip())
            items = True
        elif line[:1] in {" ", "\t"}:
            values.append(line.strip())
        else:
            break
        place += 1
    return [" ".join(value.split()) for value in values if value], items, place
