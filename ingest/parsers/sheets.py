"""Workbooks: one heading and one table for each sheet."""

from __future__ import annotations

import re
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from ingest.parsers.archives import open_archive
from ingest.parsers.conversion import Converted, Task
from ingest.parsers.guards import check_holds_text
from ingest.parsers.ooxml import core_properties
from ingest.parsers.tables import markdown_table

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator, Sequence

_SHEET: Final = re.compile(r"xl/worksheets/[^/]+\.xml")
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[ >/]")


def convert_xlsx(data: bytes, task: Task) -> Converted:
    """Convert a workbook; a formula stands as its last computed value, or as itself without one."""
    with open_archive(data, kind=task.media_type, limits=task.limits) as archive:
        title, metadata = core_properties(archive)
        formulas = _has_formulas(archive)
    values = _open(data, values=True)
    written = _open(data, values=False) if formulas else None
    parts: list[str] = []
    try:
        for sheet in values.worksheets:
            rows = _rows(sheet)
            if written is not None:
                rows = _filled(rows, _rows(written[sheet.title]))
            table = markdown_table([_cell(value) for value in row] for row in rows)
            if table:
                parts.append(f"# {' '.join(sheet.title.split())}\n\n{table}")
        names = [sheet.title for sheet in values.worksheets]
    finally:
        for book in filter(None, (values, written)):
            book.close()
    text = "\n\n".join(parts)
    check_holds_text(text, task.label)
    return Converted(text, title, {"sheets": names, **metadata})


def _open(data: bytes, *, values: bool) -> Any:  # noqa: ANN401 - openpyxl publishes no types
    import warnings

    from openpyxl import load_workbook

    with warnings.catch_warnings():
        # It warns of what it will not keep (validation, styles): nothing here is text.
        warnings.simplefilter("ignore")
        return load_workbook(BytesIO(data), read_only=True, data_only=values, keep_links=False)


def _has_formulas(archive: zipfile.ZipFile) -> bool:
    return any(
        _FORMULA.search(archive.read(name)) for name in archive.namelist() if _SHEET.fullmatch(name)
    )


def _rows(sheet: Any) -> Iterator[Sequence[object]]:  # noqa: ANN401 - untyped library
    # The sheet's stated size is not believed: a stray format in the last cell makes it millions.
    sheet.reset_dimensions()
    yield from sheet.iter_rows(values_only=True)


def _filled(
    values: Iterator[Sequence[object]], formulas: Iterator[Sequence[object]]
) -> Iterator[Sequence[object]]:
    for value_row, formula_row in zip(values, formulas, strict=True):
        yield [
            formula if value is None and isinstance(formula, str) else value
            for value, formula in zip(value_row, formula_row, strict=True)
        ]


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case float():
            return f"{value:.15g}"
        case datetime():
            return value.isoformat(" ").removesuffix(" 00:00:00")
        case _:  # text, whole numbers, dates, times and spans read well as they are
            return str(value)
