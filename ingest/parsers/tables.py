"""Rows and columns as Markdown, and CSV."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING, Final

from ingest.parsers.charset import decode
from ingest.parsers.conversion import Converted, Task
from ingest.parsers.guards import check_holds_text, check_is_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_DELIMITERS: Final = ",\t;|"
_SNIFFED: Final = 64 * 1024


def markdown_table(rows: Iterable[Sequence[str]]) -> str:
    """Write rows as a Markdown table; the first is its header, empty rows and columns go.

    Rows may differ in length.
    """
    filled = [row for row in rows if any(map(str.strip, row))]
    if not filled:
        return ""
    width = max(map(len, filled))
    used = sorted({place for row in filled for place, cell in enumerate(row) if cell.strip()})
    if len(used) == width:
        lines = [_line(row, width) for row in filled]
    else:
        lines = [
            _line([row[place] if place < len(row) else "" for place in used], len(used))
            for row in filled
        ]
    lines.insert(1, "|" + " --- |" * len(used))
    return "\n".join(lines)


def _line(row: Sequence[str], width: int) -> str:
    cells = [" ".join(cell.replace("|", "\\|").split()) for cell in row]
    cells += [""] * (width - len(cells))
    return f"| {' | '.join(cells)} |"


def convert_csv(data: bytes, task: Task) -> Converted:
    """Write comma, tab, semicolon or bar separated values as a Markdown table.

    What is no table (one column, or quotes that never close) is kept as it was written.
    """
    decoded = decode(data, declared=task.charset)
    check_is_text(decoded.text, "CSV")
    check_holds_text(decoded.text, "CSV file")
    metadata = {"encoding": decoded.encoding}
    try:
        rows = list(
            csv.reader(StringIO(decoded.text, newline=""), delimiter=_delimiter(decoded.text))
        )
    except csv.Error:
        return Converted(decoded.text, metadata=metadata)
    if max(map(len, rows), default=0) < 2:
        return Converted(decoded.text, metadata=metadata)
    return Converted(markdown_table(rows), metadata={**metadata, "rows": len(rows)})


def _delimiter(text: str) -> str:
    head = text[:_SNIFFED]
    lines = [line for line in head.splitlines()[:50] if line.strip()]
    # The true one stands in every line, and equally often.
    return max(_DELIMITERS, key=lambda mark: _evenness([line.count(mark) for line in lines]))


def _evenness(counts: Sequence[int]) -> tuple[int, int]:
    usual = max(set(counts), key=counts.count, default=0)
    return (counts.count(usual) if usual else 0, sum(counts))
