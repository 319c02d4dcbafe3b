"""PDF by PDFium: fast, at home in Japanese encodings, and not to be led in circles."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from foundation.errors import Unparsable
from ingest.parsers.conversion import Converted, Task
from ingest.parsers.markup import squeeze
from ingest.parsers.titles import markdown_title

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PASSWORD: Final = "the PDF is encrypted with a password; save it without one"  # noqa: S105 - a message
_DAMAGED: Final = "the PDF is damaged ({}); fetch or export it again"
# PDFium writes a hyphen that breaks a word at the end of a line as one of these.
_BROKEN_WORD: Final = re.compile(r"(?<=[a-zß-ÿ])[\x02\ufffe](?:\r?\n)?(?=[a-zß-ÿ])")
_BROKEN_NAME: Final = re.compile("[\x02\ufffe](?:\r?\n)?")
_JAPANESE: Final = re.compile("[\u3001-\u30ff\u4e00-\u9fff\uff01-\uff5e]")
_GOES_ON: Final = re.compile("[\u3001\u3005-\u300c\u3041-\u30ff\u4e00-\u9fff\uff0c]$")
_METADATA: Final = {
    "Author": "author",
    "Subject": "subject",
    "Keywords": "keywords",
    "CreationDate": "created",
    "ModDate": "modified",
}
# What programs write where nobody gave a title: a file's name.
_FILE_NAME: Final = re.compile(
    r"untitled|microsoft (?:word|powerpoint|excel) - .*|"
    r".*\.(?:docx?|pptx?|xlsx?|pdf|odt|rtf|txt|tex|dvi|indd|html?)",
    re.IGNORECASE,
)


def convert_pdf(data: bytes, task: Task) -> Converted:
    """Read a PDF's text layer, page by page; its bookmarks make the headings.

    Raises:
        Unparsable: encrypted, damaged, with a page tree that leads nowhere, or scanned.
    """
    pdf = _open(data)
    try:
        count = len(pdf)
        if not count:
            raise Unparsable(_DAMAGED.format("it has no pages"))
        bookmarks = _bookmarks(pdf)
        pages = [
            _with_headings(text, bookmarks.get(number, {}))
            for number, text in enumerate(_pages(pdf, count))
        ]
        properties = pdf.get_metadata_dict(skip_empty=True)
    finally:
        pdf.close()
    blank = [number for number, text in enumerate(pages, start=1) if not text.strip()]
    if len(blank) == count:
        raise Unparsable(
            f"the {task.label} has {count} page{'s'[: count > 1]} but no text layer (a scan?): "
            "OCR is needed; run it through an OCR program that adds the text, and ingest that"
        )
    title = properties.get("Title", "").strip()
    if _FILE_NAME.fullmatch(title):
        title = ""
    metadata: dict[str, Any] = {"pages": count}
    if blank:
        metadata["pages_without_text"] = blank[:1000]
    metadata |= {ours: properties[name] for name, ours in _METADATA.items() if name in properties}
    text = squeeze("\n\n".join(page for page in pages if page.strip()))
    return Converted(text, title or markdown_title(text), metadata)


def _open(data: bytes) -> Any:  # noqa: ANN401 - pypdfium2 publishes no types
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        # PDFium's reason may be that of an earlier document: the file must say so too.
        if "password" in str(error).lower() and b"/Encrypt" in data:
            raise Unparsable(_PASSWORD) from error
        raise Unparsable(_DAMAGED.format("it cannot be opened")) from error


def _pages(pdf: Any, count: int) -> Iterator[str]:  # noqa: ANN401 - untyped library
    import pypdfium2

    for number in range(count):
        try:
            page = pdf[number]
        except pypdfium2.PdfiumError as error:
            raise Unparsable(
                _DAMAGED.format(
                    f"page {number + 1} of {count:,} cannot be found: its page tree is broken or "
                    "cyclic"
                )
            ) from error
        try:
            layer = page.get_textpage()
            text = layer.get_text_range()
            layer.close()
        except pypdfium2.PdfiumError as error:
            raise Unparsable(_DAMAGED.format(f"page {number + 1} cannot be read")) from error
        finally:
            page.close()
        text = _BROKEN_NAME.sub("-", _BROKEN_WORD.sub("", text))
        yield _unwrap(text.replace("\r\n", "\n"))


def _unwrap(text: str) -> str:
    """Join a full line of Japanese to the one that goes on with it; words would be cut otherwise.

    A line is full at four fifths of the page's longest.
    """
    lines = text.split("\n")
    full = max(map(len, lines)) * 0.8
    parts: list[str] = []
    for line, after in pairwise([*lines, ""]):
        goes_on = len(line) >= full and _GOES_ON.search(line) and _JAPANESE.match(after)
        parts += [line, "" if goes_on else "\n"]
    return "".join(parts).rstrip("\n")


def _bookmarks(pdf: Any) -> dict[int, dict[str, int]]:  # noqa: ANN401 - untyped library
    """Map each page to the titles of its bookmarks and their levels (1 is outermost)."""
    found: dict[int, dict[str, int]] = {}
    for bookmark in pdf.get_toc(max_depth=6):
        target = bookmark.get_dest()
        page = target.get_index() if target else None
        title = _key(bookmark.get_title())
        if page is not None and title:
            found.setdefault(page, {})[title] = bookmark.level + 1
    return found


def _with_headings(text: str, titles: Mapping[str, int]) -> str:
    """Mark the first line that says what a bookmark of the page says as a heading."""
    if not titles:
        return text
    left = dict(titles)
    lines = []
    for line in text.split("\n"):
        level = left.pop(_key(line), 0)
        lines.append(f"\n{'#' * level} {line.strip()}\n" if level else line)
    return "\n".join(lines)


def _key(title: str) -> str:
    return "".join(title.split()).casefold()
