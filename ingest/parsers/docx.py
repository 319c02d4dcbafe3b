"""Word documents: mammoth reads the structure, which then goes the way of HTML."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from ingest.parsers.archives import open_archive
from ingest.parsers.conversion import Converted, Task
from ingest.parsers.guards import check_holds_text
from ingest.parsers.markup import to_markdown
from ingest.parsers.ooxml import core_properties
from ingest.parsers.titles import markdown_title

if TYPE_CHECKING:
    import zipfile

_DOCUMENT: Final = "word/document.xml"
# Beside mammoth's own: the title, and headings under the names that Japanese programs give them.
_STYLES: Final = "\n".join(
    [
        "p[style-name='Title'] => h1:fresh",
        "p[style-name='表題'] => h1:fresh",
        "p[style-name='Subtitle'] => p:fresh",
        *(f"p[style-name='見出し {level}'] => h{level}:fresh" for level in range(1, 7)),
        *(f"p[style-name='heading {level}'] => h6:fresh" for level in range(7, 10)),
        *(f"p[style-name='Heading {level}'] => h6:fresh" for level in range(7, 10)),
        "br[type='page'] => ",
    ]
)


def convert_docx(data: bytes, task: Task) -> Converted:
    """Convert a Word document: headings, lists, tables, links, footnotes and equations."""
    import mammoth

    with open_archive(data, kind=task.media_type, limits=task.limits) as archive:
        title, metadata = core_properties(archive)
        data = _with_equations(data, archive)
    html = mammoth.convert_to_html(
        BytesIO(data),
        style_map=_STYLES,
        include_embedded_style_map=False,
        convert_image=mammoth.images.img_element(_no_picture),
    ).value
    text = to_markdown(html).text
    check_holds_text(text, task.label)
    return Converted(text, title or markdown_title(text), metadata)


def _no_picture(_image: object) -> dict[str, str]:
    # Its alternative text is added by mammoth; its bytes are no text.
    return {}


def _with_equations(data: bytes, archive: zipfile.ZipFile) -> bytes:
    """Write equations as text runs: mammoth drops them otherwise."""
    from ingest.parsers.equations import HAS_EQUATIONS, equations_to_runs

    if _DOCUMENT not in archive.namelist():
        return data
    document = archive.read(_DOCUMENT)
    if HAS_EQUATIONS not in document:
        return data
    return _replaced(archive, _DOCUMENT, equations_to_runs(document))


def _replaced(archive: zipfile.ZipFile, name: str, content: bytes) -> bytes:
    import zipfile

    out = BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for entry in archive.infolist():
            part: Any = content if entry.filename == name else archive.read(entry)
            target.writestr(entry.filename, part)
    return out.getvalue()
