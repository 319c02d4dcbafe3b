"""Electronic books: the chapters in reading order, each by the way of HTML."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from foundation.errors import Unparsable
from ingest.parsers.archives import open_archive
from ingest.parsers.charset import decode
from ingest.parsers.conversion import Converted, Task
from ingest.parsers.guards import check_holds_text
from ingest.parsers.markup import to_markdown
from ingest.parsers.titles import markdown_title

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

_CONTAINER: Final = "META-INF/container.xml"
_ENCRYPTION: Final = "META-INF/encryption.xml"
_FONT_SCRAMBLING: Final = (b"http://www.idpf.org/2008/embedding", b"http://ns.adobe.com/pdf/enc#RC")
_DC: Final = "{http://purl.org/dc/elements/1.1/}"
_CHAPTERS: Final = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml"})


def convert_epub(data: bytes, task: Task) -> Converted:
    """Convert a book's chapters in the order of its spine.

    Raises:
        Unparsable: no archive of this kind, locked (DRM), or without a table of its parts.
    """
    with open_archive(data, kind=task.media_type, limits=task.limits) as archive:
        _check_unlocked(archive)
        path, package = _package(archive)
        chapters = [chapter for chapter in _chapters(archive, package, path) if chapter.strip()]
    text = "\n\n".join(chapters)
    check_holds_text(text, task.label)
    fields = {
        name: ", ".join(_texts(package, tag))
        for tag, name in (
            ("creator", "author"),
            ("language", "language"),
            ("publisher", "publisher"),
            ("date", "created"),
            ("identifier", "identifier"),
            ("description", "description"),
        )
    }
    title = next(iter(_texts(package, "title")), "")
    metadata = {"chapters": len(chapters), **{k: v for k, v in fields.items() if v}}
    return Converted(text, title or markdown_title(text), metadata)


def _check_unlocked(archive: zipfile.ZipFile) -> None:
    if _ENCRYPTION not in archive.namelist():
        return
    locks = archive.read(_ENCRYPTION)
    scrambled = sum(locks.count(algorithm) for algorithm in _FONT_SCRAMBLING)
    if locks.count(b"EncryptionMethod") > scrambled:
        raise Unparsable("the book is locked (DRM); ingest a copy without it")


def _package(archive: zipfile.ZipFile) -> tuple[str, Element]:
    from xml.etree.ElementTree import ParseError

    from defusedxml.ElementTree import fromstring

    try:
        container: Element = fromstring(archive.read(_CONTAINER))
        root = next(each for each in container.iter() if each.tag.endswith("}rootfile"))
        path = root.get("full-path", "")
        package: Element = fromstring(archive.read(path))
    except (KeyError, StopIteration, ParseError) as error:
        raise Unparsable(
            f"the EPUB is damaged: it does not say which parts it has ({error}); fetch it again"
        ) from error
    return path, package


def _chapters(archive: zipfile.ZipFile, package: Element, path: str) -> Iterator[str]:
    items = {
        str(item.get("id")): item
        for item in package.iter()
        if item.tag.rpartition("}")[2] == "item"
    }
    names = set(archive.namelist())
    for reference in package.iter():
        item = items.get(reference.get("idref", ""))
        if reference.tag.rpartition("}")[2] != "itemref" or item is None:
            continue
        name = _resolve(item.get("href", ""), posixpath.dirname(path), names)
        if name and item.get("media-type") in _CHAPTERS and item.get("properties") != "nav":
            yield to_markdown(decode(archive.read(name)).text).text


def _resolve(href: str, folder: str, names: set[str]) -> str:
    # References are percent-encoded, names in the archive are not (but some writers disagree).
    paths = (posixpath.normpath(posixpath.join(folder, each)) for each in (unquote(href), href))
    return next((path for path in paths if path in names), "")


def _texts(package: Element, tag: str) -> list[str]:
    found = ("".join(each.itertext()).strip() for each in package.iter(f"{_DC}{tag}"))
    return [text for text in found if text]
