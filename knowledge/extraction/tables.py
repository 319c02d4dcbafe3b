"""Reads Markdown tables: which cell stands under which heading."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_SEPARATOR: Final = re.compile(
    r"^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*+\|?[ \t\r]*$", re.MULTILINE
)
_BAR: Final = re.compile(r"(?<!\\)\|")
_MOST_COLUMNS: Final = 50


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a line, trimmed, and where the line stands."""

    cells: Sequence[str]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Table:
    """A header row and the rows below it, each as wide as the header."""

    header: Row
    rows: Sequence[Row]


def read_tables(text: str) -> Iterator[Table]:
    """Yield the tables of a Markdown text, in order."""
    if "|" not in text:
        return
    floor = 0
    for separator in _SEPARATOR.finditer(text):
        if separator.start() <= floor or "|" not in separator[0]:
            continue
        top = text.rfind("\n", floor, separator.start() - 1) + 1
        header = _row(text, max(top, floor), separator.start() - 1)
        if "|" not in text[header.start : header.end] or len(header.cells) < 2:
            continue
        rows: list[Row] = []
        place = separator.end() + 1
        while place < len(text):
            end = text.find("\n", place)
            end = len(text) if end < 0 else end
            if "|" not in text[place:end]:
                break
            rows.append(_row(text, place, end, len(header.cells)))
            place = end + 1
        floor = min(place, len(text))
        yield Table(header, rows)


def _row(text: str, start: int, end: int, width: int = 0) -> Row:
    line = text[start:end].strip().removeprefix("|")
    if line.endswith("|") and not line.endswith("\\|"):
        line = line[:-1]
    cells = [cell.replace("\\|", "|").strip() for cell in _BAR.split(line)[:_MOST_COLUMNS]]
    if width:
        cells = [*cells, *[""] * width][:width]
    return Row(cells, start, end)
