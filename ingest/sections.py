"""Divides a text at its headings, and joins what is too small to stand alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ingest.headings import Heading
from ingest.markdown import markdown_headings
from ingest.restructured import restructured_headings
from ingest.tokens import estimate_units

_MARKDOWN: Final = frozenset(
    {
        "text/markdown",
        "text/x-markdown",
        "text/html",
        "application/xhtml+xml",
        "application/pdf",
        "application/epub+zip",
        "application/x-ipynb+json",
        "application/msword",
        "message/rfc822",
    }
)
_OFFICE: Final = (
    "application/vnd.openxmlformats-officedocument.",
    "application/vnd.oasis.opendocument.",
    "application/vnd.ms-",
)
_RESTRUCTURED: Final = frozenset(
    {"text/x-rst", "text/rst", "text/restructuredtext", "text/prs.fallenstein.rst"}
)
_RECORDS: Final = frozenset(
    {"text/css", "text/csv", "text/javascript", "text/tab-separated-values", "text/xml"}
)


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of text under a heading: `text[start:end]`, its prose from `body` on.

    `path` are the titles that lead to it, outermost first, its own last.
    """

    start: int
    body: int
    end: int
    path: tuple[str, ...]


def is_prose(media_type: str) -> bool:
    """Tell whether the text is sentences, rather than source code or records in lines."""
    plain = media_type.startswith("text/") and not media_type.startswith("text/x-")
    return _has_markup(media_type) or (plain and media_type not in _RECORDS)


def find_headings(text: str, media_type: str) -> list[Heading]:
    """Find the headings in order; a type without a known way to write them has none."""
    if media_type in _RESTRUCTURED:
        return list(restructured_headings(text))
    return list(markdown_headings(text)) if _has_markup(media_type) else []


def _has_markup(media_type: str) -> bool:
    """Tell whether the text is reStructuredText, or Markdown once it is parsed."""
    return media_type in _MARKDOWN | _RESTRUCTURED or media_type.startswith(_OFFICE)


def find_sections(text: str, media_type: str) -> list[Section]:
    """Divide at every heading; the sections cover the text, and each has a body.

    A heading with nothing beneath it is the beginning of the section that follows (which keeps
    its own path), and the end of the one before it where nothing follows.
    """
    sections: list[Section] = []
    waiting: int | None = None
    for section in _divide(text, find_headings(text, media_type)):
        start = section.start if waiting is None else waiting
        if _blank(text, section.body, section.end):
            waiting = start
        else:
            sections.append(replace(section, start=start))
            waiting = None
    if waiting is not None:
        if sections:
            sections[-1] = replace(sections[-1], end=len(text))
        else:
            sections.append(Section(waiting, waiting, len(text), ()))
    return sections


def join_small(text: str, sections: Iterable[Section], *, small: int, target: int) -> list[Section]:
    """Join runs of small sections that share a parent, under the path they have in common.

    Args:
        small: in hundredths of a token; sections of this size or more are left alone.
        target: in hundredths of a token; what joined sections may hold together.
    """
    joined: list[Section] = []
    room = depth = 0
    for section in sections:
        size = estimate_units(text[section.start : section.end])
        path = _common(joined[-1].path, section.path) if joined else ()
        if joined and size < small and size <= room and len(path) >= depth:
            joined[-1] = replace(joined[-1], end=section.end, path=path)
            room -= size
            continue
        joined.append(section)
        depth = len(section.path) - 1
        room = target - size if size < small else 0
    return joined


def _divide(text: str, headings: Sequence[Heading]) -> Iterable[Section]:
    """Yield the text before the first heading, if any, and what each heading leads."""
    edges = [*(heading.start for heading in headings), len(text)]
    if not headings or not _blank(text, 0, edges[0]):
        yield Section(0, 0, edges[0], ())
    above: list[Heading] = []
    for heading, end in zip(headings, edges[1:], strict=True):
        while above and above[-1].level >= heading.level:
            above.pop()
        above.append(heading)
        path = tuple(each.title for each in above if each.title)
        yield Section(heading.start, heading.end, end, path)


def _blank(text: str, start: int, end: int) -> bool:
    return not text[start:end].strip()


def _common(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    """Answer the titles with which both paths begin."""
    length = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        length += 1
    return first[:length]
