"""Jupyter notebooks: prose as it is, code in fences, and the beginning of what the code printed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from foundation.errors import Unparsable
from ingest.parsers.conversion import Converted, Task
from ingest.parsers.data import parse_json
from ingest.parsers.guards import check_holds_text
from ingest.parsers.titles import markdown_title

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_LINES: Final = 20
_MAX_CHARACTERS: Final = 2000
_ANSI: Final = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_TICKS: Final = re.compile("`{3,}")


def convert_notebook(data: bytes, task: Task) -> Converted:
    """Convert a notebook (nbformat 3 or 4); outputs are cut to 20 lines and 2,000 characters."""
    book, _ = parse_json(data, task)
    cells = _cells(book)
    about = _dict(book.get("metadata"))
    language = str(
        _dict(about.get("language_info")).get("name")
        or _dict(about.get("kernelspec")).get("language")
        or ""
    )
    text = "\n\n".join(part for cell in cells for part in _cell(cell, language) if part.strip())
    check_holds_text(text, task.label)
    title = str(about.get("title") or "") or markdown_title(text)
    metadata: dict[str, Any] = {"cells": len(cells)}
    if language:
        metadata["programming_language"] = language
    return Converted(text, title, metadata)


def _cells(book: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - JSON is anything
    found = book.get("cells") if isinstance(book, dict) else None
    if found is None and isinstance(book, dict) and isinstance(book.get("worksheets"), list):
        found = [cell for sheet in book["worksheets"] for cell in _list(_dict(sheet).get("cells"))]
    if not isinstance(found, list):
        raise Unparsable(
            "it claims to be a Jupyter notebook but has no list of cells; "
            "give it the extension .json, or save it again in Jupyter"
        )
    return [cell for cell in found if isinstance(cell, dict)]


def _cell(cell: dict[str, Any], language: str) -> Iterator[str]:
    source = _joined(cell.get("source", cell.get("input", "")))
    match cell.get("cell_type"):
        case "code":
            if source.strip():
                yield _fenced(source, str(cell.get("language") or language))
            for output in _list(cell.get("outputs")):
                shown = _shorten(_output(_dict(output)))
                if shown:
                    yield _fenced(shown, "")
        case "heading":
            level = str(cell.get("level"))
            yield f"{'#' * (int(level) if level in set('123456') else 1)} {source.strip()}"
        case _:
            yield source


def _output(output: dict[str, Any]) -> str:
    data = _dict(output.get("data"))
    if output.get("output_type") in {"error", "pyerr"}:
        return f"{output.get('ename', '')}: {output.get('evalue', '')}"
    return _joined(output.get("text", data.get("text/markdown", data.get("text/plain", ""))))


def _shorten(text: str) -> str:
    text = _ANSI.sub("", text).strip("\n")
    lines = text[:_MAX_CHARACTERS].split("\n")
    cut = "\n".join(lines[:_MAX_LINES]).rstrip()
    return f"{cut}\n…" if len(cut) < len(text.rstrip()) else cut


def _fenced(text: str, language: str) -> str:
    # A fence longer than any in the text, so that the text cannot end it.
    fence = "`" * max(3, 1 + max(map(len, _TICKS.findall(text)), default=0))
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def _joined(source: object) -> str:
    return "".join(map(str, source)) if isinstance(source, list) else str(source or "")


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
