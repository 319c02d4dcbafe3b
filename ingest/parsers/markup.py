"""HTML as Markdown: headings, lists, tables, code and links; scripts, menus and ruby glosses go."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ingest.parsers.charset import decode
from ingest.parsers.conversion import Converted, Task
from ingest.parsers.guards import check_holds_text, check_is_text, check_no_entities
from ingest.parsers.titles import markdown_title

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bs4 import BeautifulSoup, Tag

_HEAD: Final = 4096
_META_CHARSET: Final = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([-\w.:]+)""", re.IGNORECASE
)
_XML_ENCODING: Final = re.compile(
    rb"""<\?xml[^>]{0,100}?encoding\s*=\s*["']([-\w.]+)["']""", re.IGNORECASE
)
# Not for readers: code, drawings, what shows without scripts, and readings set above kanji.
_DROPPED: Final = (
    "script",
    "style",
    "template",
    "noscript",
    "svg",
    "iframe",
    "object",
    "rt",
    "rp",
    "nav",
)
_PERMALINKS: Final = frozenset({"¶", "#", "§", "🔗", ""})
_PROLOG: Final = re.compile(r"\A\ufeff?\s*<\?xml[^>]*>")
_LANGUAGE: Final = re.compile(r"(?:lang|language|highlight-source)-([\w+#.-]+)")
_WIDE: Final = "[\u3001-\u30ff\u4e00-\u9fff\uff01-\uff5e]"
_WRAPPED: Final = re.compile(f"(?<={_WIDE})[ \\t]*\n[ \\t]*(?={_WIDE})")
_BLANK_LINES: Final = re.compile(r"\n[ \t]*(?:\n[ \t]*)+\n")


@dataclass(frozen=True, slots=True)
class Page:
    """What an HTML document says, and about itself."""

    text: str
    title: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


def convert_html(data: bytes, task: Task) -> Converted:
    """Convert an HTML document; its `<title>` comes before its first heading."""
    head = data[:_HEAD]
    if head.lstrip().startswith(b"<?xml"):
        check_no_entities(data, "it")
    own = _META_CHARSET.search(head) or _XML_ENCODING.search(head)
    declared = task.charset or (own[1].decode("ascii") if own else "")
    # A document that could be searched for its charset is not in UTF-16, whatever it says.
    decoded = decode(data, declared="" if declared.lower().startswith("utf-16") else declared)
    check_is_text(decoded.text, task.label)
    page = to_markdown(decoded.text)
    check_holds_text(page.text, f"{task.label} document")
    return Converted(
        page.text,
        page.title or markdown_title(page.text),
        {"encoding": decoded.encoding, **page.metadata},
    )


def to_markdown(html: str) -> Page:
    """Convert HTML text; nesting too deep for recursion is read as plain text."""
    from bs4 import BeautifulSoup

    # lxml knows which end tags may be left out; a prolog would make it doubt that this is HTML.
    soup = BeautifulSoup(_PROLOG.sub("", html, count=1), "lxml")
    title = soup.title.get_text() if soup.title else ""
    metadata = _metadata(soup)
    if soup.title:
        soup.title.decompose()
    _prune(soup)
    try:
        text = _converter().convert_soup(soup)
    except RecursionError:
        text = soup.get_text("\n", strip=True)
    return Page(squeeze(text), title.strip(), metadata)


def squeeze(text: str) -> str:
    """Normalise what a converter wrote: line ends, trailing blanks, at most one empty line."""
    lines = (line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n")


def join_wrapped(text: str) -> str:
    """Take out line breaks between two Japanese characters: they are no spaces there."""
    return _WRAPPED.sub("", text)


def _metadata(soup: BeautifulSoup) -> dict[str, str]:
    found: dict[str, str] = {}
    root = soup.find("html")
    if root and isinstance(root.get("lang"), str):
        found["language"] = str(root["lang"])
    for name in ("description", "author", "keywords"):
        tag = soup.find("meta", attrs={"name": name})
        if tag and str(tag.get("content") or "").strip():
            found[name] = str(tag["content"]).strip()
    return found


def _prune(soup: BeautifulSoup) -> None:
    for tag in soup(_DROPPED):
        tag.extract()
    for heading in soup(["h1", "h2", "h3", "h4", "h5", "h6"]):
        for link in heading("a"):
            if link.get_text().strip() in _PERMALINKS and not link.find("img"):
                link.extract()
    for table in _layout_tables(soup):
        own = [cell for cell in table(["tbody", "thead", "tr", "td", "th"]) if _of(cell, table)]
        for tag in (table, *own):
            tag.name = "div"


def _layout_tables(soup: BeautifulSoup) -> list[Tag]:
    # A table around a table, or around a single cell, arranges a page (mail programs love them).
    return [table for table in soup("table") if table.find("table") or len(table(["td", "th"])) < 2]


def _of(cell: Tag, table: Tag) -> bool:
    return cell.find_parent(["table"]) is table


def _converter() -> Any:  # noqa: ANN401 - markdownify's stub leaves its converter's methods out
    from markdownify import ATX, MarkdownConverter

    class Converter(MarkdownConverter):
        """Markdown for reading and searching: nothing escaped but a table's bars."""

        def process_text(self, el: object, parent_tags: set[str] | None = None) -> str:
            text = str(super().process_text(el, parent_tags=parent_tags))  # type: ignore[misc]  # missing in the stub
            tags = parent_tags or set()
            if "td" in tags or "th" in tags:
                text = text.replace("|", "\\|")
            return text if "pre" in tags else join_wrapped(text)

        def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: ARG002 - called by name
            return " ".join(str(el.get("alt") or "").split())

        def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
            href = str(el.get("href") or "").strip()
            if href.lower().startswith(("#", "javascript:", "data:", "vbscript:")):
                return text
            return str(super().convert_a(el, text, parent_tags))  # type: ignore[misc]  # missing in the stub

    return Converter(
        heading_style=ATX,
        bullets="-",
        escape_asterisks=False,
        escape_underscores=False,
        table_infer_header=True,
        code_language_callback=_code_language,
    )


def _code_language(pre: Tag) -> str:
    inner = pre.find("code")
    classes = [*(pre.get("class") or []), *((inner.get("class") or []) if inner else [])]
    outer = pre.parent.get("class") if pre.parent else None
    found = (_LANGUAGE.search(str(name)) for name in (*classes, *(outer or [])))
    return next((match[1] for match in found if match), "")
