"""Reads the structure of Markdown: headings, and the fenced blocks in which nothing is one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ingest.headings import Heading, line_above, plain_title

_FENCE: Final = r"(?P<indent>[ \t]*)(?P<fence>`{3,}(?=[^`\n]*$)|~{3,})"
_OPENING: Final = re.compile(rf"^{_FENCE}", re.MULTILINE)
_CLOSING: Final = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*\r?$", re.MULTILINE)
_MARK: Final = re.compile(
    rf"^(?:{_FENCE}"
    r"|[ ]{0,3}(?P<hashes>\#{1,6})(?P<atx>[ \t][^\n]*)?\r?$"
    r"|[ ]{0,3}(?P<underline>={2,}|-{2,})[ \t]*\r?$"
    r"|[ ]{0,3}<(?P<html>!--|pre\b|script\b|style\b))",
    re.MULTILINE | re.IGNORECASE,
)
_FRONT_MATTER: Final = re.compile(
    r"\ufeff?(?P<mark>---|\+\+\+)[ \t]*\r?\n(?:[^\n]*\n)*?(?:(?P=mark)|\.\.\.)[ \t]*\r?(?:\n|\Z)"
)
_CLOSING_HASHES: Final = re.compile(r"(?:^|[ \t])#+[ \t\r]*$")
_NO_TITLE: Final = re.compile(r"[ ]{0,3}(?:[-*+>|#<]|\d{1,9}[.)][ \t])|[ ]{4}|[ ]{0,3}\t")


def markdown_headings(text: str) -> Iterator[Heading]:
    """Yield the headings in order, as CommonMark has them.

    Two liberties: the title above an underline is one line, not a paragraph of several (those
    are mostly mistaken rules), and an HTML comment that nothing closes hides nothing.
    """
    closers = _Closers(text)
    front = _FRONT_MATTER.match(text)
    position = floor = front.end() if front else 0
    while mark := _MARK.search(text, position):
        position = mark.end()
        if mark["fence"]:
            position = floor = _fence_end(mark, closers)
        elif mark["html"]:
            position = floor = closers.html(mark["html"].lower(), mark.end()) or mark.end()
        elif mark["hashes"]:
            title = plain_title(_CLOSING_HASHES.sub("", mark["atx"] or ""))
            yield Heading(mark.start(), mark.end(), len(mark["hashes"]), title)
            floor = mark.end()
        elif (start := line_above(text, mark.start(), floor)) is not None:
            if not _NO_TITLE.match(text, start):
                level = 1 if mark["underline"][0] == "=" else 2
                title = plain_title(text[start : mark.start()])
                yield Heading(start, mark.end(), level, title)
            floor = mark.end()


def fenced_blocks(text: str) -> list[tuple[int, int]]:
    """Find the fenced code blocks as (start, end), fences included, in order.

    A fence that nothing closes reaches to the end of the text, unless it is indented by four
    columns or more: then it is but a line of an indented block.
    """
    if "```" not in text and "~~~" not in text:
        return []
    closers = _Closers(text)
    blocks: list[tuple[int, int]] = []
    position = 0
    while opening := _OPENING.search(text, position):
        position = _fence_end(opening, closers)
        if position > opening.end():
            blocks.append((opening.start(), position))
    return blocks


def _fence_end(opening: re.Match[str], closers: _Closers) -> int:
    """Answer where the fenced block ends: at its own mark if it opens nothing."""
    end = closers.fence(opening["fence"], opening.end())
    if end is not None:
        return end
    indented = "\t" in opening["indent"] or len(opening["indent"]) > 3
    return opening.end() if indented else len(opening.string)


class _Closers:
    """Looks for what closes a fence or an HTML block, and never twice for what is not there.

    Without that memory a text of nothing but opening fences would take quadratic time.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._absent: dict[str, int] = {}

    def fence(self, mark: str, start: int) -> int | None:
        """Answer the end of the line that closes a fence of this character and length."""
        if len(mark) >= self._absent.get(mark[0], len(mark) + 1):
            return None
        for closing in _CLOSING.finditer(self._text, start):
            if closing[1][0] == mark[0] and len(closing[1]) >= len(mark):
                return closing.end()
        self._absent[mark[0]] = len(mark)
        return None

    def html(self, tag: str, start: int) -> int | None:
        """Answer the end of the tag that closes this kind of block."""
        if tag in self._absent:
            return None
        closing = "-->" if tag == "!--" else rf"</{tag}\s*>"
        if found := re.compile(closing, re.IGNORECASE).search(self._text, start):
            return found.end()
        self._absent[tag] = 0
        return None
