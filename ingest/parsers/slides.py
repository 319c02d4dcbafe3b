"""Presentations: one heading for each slide, then its shapes from top to bottom, then its notes."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from ingest.parsers.archives import open_archive
from ingest.parsers.conversion import Converted, Task
from ingest.parsers.guards import check_holds_text
from ingest.parsers.markup import squeeze
from ingest.parsers.ooxml import core_properties
from ingest.parsers.tables import markdown_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DIAGRAM: Final = "/relationships/diagramData"
_TEXT: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}t"
_PARAGRAPH: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}p"
_DEEPEST: Final = 50


def convert_pptx(data: bytes, task: Task) -> Converted:
    """Convert a presentation: text, tables, charts, diagrams, alternative texts and notes."""
    from pptx import Presentation

    with open_archive(data, kind=task.media_type, limits=task.limits) as archive:
        title, metadata = core_properties(archive)
    slides = list(Presentation(BytesIO(data)).slides)
    titles = [_title(slide) for slide in slides]
    parts: list[str] = []
    for number, (slide, heading) in enumerate(zip(slides, titles, strict=True), start=1):
        body = list(_slide(slide))
        if heading or any(map(str.strip, body)):
            parts += [f"# {heading or f'Slide {number}'}", *body]
    text = squeeze("\n\n".join(parts))
    check_holds_text(text, task.label)
    found = title or next(filter(None, titles), "")
    return Converted(text, found, {"slides": len(slides), **metadata})


def _title(slide: Any) -> str:  # noqa: ANN401 - python-pptx publishes no types
    shape = slide.shapes.title
    return " ".join(shape.text_frame.text.split()) if shape is not None else ""


def _slide(slide: Any) -> Iterator[str]:  # noqa: ANN401 - untyped library
    title = slide.shapes.title
    head = title.shape_id if title is not None else None
    yield from _shapes((shape for shape in slide.shapes if shape.shape_id != head), depth=0)
    for relation in slide.part.rels.values():
        if relation.reltype.endswith(_DIAGRAM) and not relation.is_external:
            yield _diagram(relation.target_part.blob)
    if slide.has_notes_slide:
        frame = slide.notes_slide.notes_text_frame
        notes = _lines(frame) if frame is not None else ""
        if notes.strip():
            yield f"## Notes\n\n{notes}"


def _shapes(shapes: Iterable[Any], depth: int) -> Iterator[str]:
    # A group's own shapes may lie in groups, and so on: deeper than anybody draws is not followed.
    if depth > _DEEPEST:
        return
    for shape in sorted(shapes, key=lambda shape: (shape.top or 0, shape.left or 0)):
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes, depth + 1)
        elif getattr(shape, "has_table", False):
            yield markdown_table([[cell.text for cell in row.cells] for row in shape.table.rows])
        elif getattr(shape, "has_chart", False):
            yield _chart(shape.chart)
        elif shape.has_text_frame:
            yield _lines(shape.text_frame)
        else:
            yield _alternative_text(shape)


def _lines(frame: Any) -> str:  # noqa: ANN401 - untyped library
    """Write paragraphs as lines; those below the first level as a list."""
    lines = []
    for paragraph in frame.paragraphs:
        text = " ".join(paragraph.text.replace("\v", "\n").split())
        level = paragraph.level
        lines.append(f"{'  ' * (level - 1)}- {text}" if level and text else text)
    return "\n".join(lines)


def _chart(chart: Any) -> str:  # noqa: ANN401 - untyped library
    name = chart.chart_title.text_frame.text if chart.has_title else ""
    plots = list(chart.plots)
    if not plots:
        return str(name)
    series = [(str(line.name or ""), list(line.values)) for line in chart.series]
    rows = [["", *(label for label, _ in series)]]
    for place, category in enumerate(plots[0].categories):
        cells = [values[place] if place < len(values) else None for _, values in series]
        rows.append([str(category), *("" if cell is None else f"{cell:g}" for cell in cells)])
    table = markdown_table(rows) if len(rows) > 1 else ""
    return "\n\n".join(part for part in (str(name).strip(), table) if part)


def _diagram(part: bytes) -> str:
    from defusedxml.ElementTree import fromstring

    root = fromstring(part)
    texts = ("".join(run.text or "" for run in each.iter(_TEXT)) for each in root.iter(_PARAGRAPH))
    return "\n".join(f"- {text.strip()}" for text in texts if text.strip())


def _alternative_text(shape: Any) -> str:  # noqa: ANN401 - untyped library
    properties = shape._element.xpath(".//p:cNvPr")  # noqa: SLF001 - python-pptx has no public way to a picture's description
    return str(properties[0].get("descr") or "").strip() if properties else ""
