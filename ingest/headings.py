"""What a heading is, whichever markup it is written in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_LONGEST_TITLE: Final = 200

_LINK: Final = re.compile(r"!?\[([^\]\n]{0,200})\]\([^)\n]{0,500}\)")
_ROLE: Final = re.compile(r":[a-zA-Z:+-]{1,40}:`([^`<\n]+?)\s*(?:<[^>\n]*>)?`")
_REFERENCE: Final = re.compile(r"`([^`<\n]+?)\s*<[^>\n]*>`__?")
_ANCHOR: Final = re.compile(r"\s*\{[#.:][^}\n]{0,200}\}$")
_TAG: Final = re.compile(r"</?[a-zA-Z][^>\n]{0,200}>")
_EMPHASIS: Final = re.compile(r"\*\*|`+|\\(?=[!-/:-@\[-`{-~])")


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading: `text[start:end]` are its lines, underline included; `level` 1 is outermost."""

    start: int
    end: int
    level: int
    title: str


def plain_title(title: str) -> str:
    """Reduce a heading to what a reader sees, on one line of at most 200 characters."""
    text = _ANCHOR.sub("", title.strip()[: 4 * _LONGEST_TITLE].rstrip())
    for pattern in (_LINK, _ROLE, _REFERENCE):
        text = pattern.sub(r"\1", text)
    text = _EMPHASIS.sub("", _TAG.sub("", text))
    return " ".join(text.split())[:_LONGEST_TITLE].rstrip()


def line_above(text: str, underline: int, floor: int) -> int | None:
    """Find where the line above an underline starts, if it is a paragraph of its own.

    Args:
        underline: where the underlining line starts.
        floor: where the previous heading or block ended; nothing before it is looked at.

    Returns:
        The start of the line, or None: it is blank, or has text directly above it.
    """
    if underline <= floor:
        return None
    start = _line_start(text, underline - 1, floor)
    if not text[start:underline].strip():
        return None
    if start > floor and text[_line_start(text, start - 1, floor) : start].strip():
        return None
    return start


def _line_start(text: str, position: int, floor: int) -> int:
    return max(text.rfind("\n", floor, position) + 1, floor)
