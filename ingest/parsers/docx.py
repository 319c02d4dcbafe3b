"""Word documents: mammoth reads the structure, which then goes the way of HTML."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Final

from ingest.parsers.archives import open_archive
from ingest.parsers.conversion import Converted, Task
from ingest.parsers.equations import HAS_EQUATIONS, equations_to_runs
from ingest.parsers.guards import check_holds_text
from ingest.parsers.markup import to_markdown
from ingest.parsers.ooxml import core_properties
from ingest.parsers.titles import markdown_title

_DOCUMENT: Final = "word/document.xml"
_STYLES_PART: Final = "word/styles.xml"
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
        prepared = _prepared(archive)
    html = mammoth.convert_to_html(
        BytesIO(prepared),
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


def _prepared(archive: zipfile.ZipFile) -> bytes:
    """Copy what mammoth needs, in the form it likes: equations as text, styles as mere names.

    mammoth drops equations, and spends most of its time on the looks of styles that it then
    ignores. Pictures are left out: their bytes are no text.
    """
    names = set(archive.namelist())
    changed: dict[str, bytes] = {}
    if _DOCUMENT in names and HAS_EQUATIONS in (document := archive.read(_DOCUMENT)):
        changed[_DOCUMENT] = equations_to_runs(document)
    if _STYLES_PART in names:
        changed[_STYLES_PART] = _names_only(archive.read(_STYLES_PART))
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name in names:
            if not name.startswith("word/media/"):
                target.writestr(name, changed.get(name) or archive.read(name))
    return out.getvalue()


def _names_only(styles: bytes) -> bytes:
    from lxml import etree

    root = etree.fromstring(styles, etree.XMLParser(resolve_entities=False, no_network=True))
    for element in list(root):
        if etree.QName(element).localname != "style":
            root.remove(element)
            continue
        for child in list(element):
            if etree.QName(child).localname not in {"name", "pPr"}:
                element.remove(child)
    return bytes(etree.tostring(root))
