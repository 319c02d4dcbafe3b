"""Takes a text apart by its layout: paragraphs, lists, code and tables, then their parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from ingest.markdown import fenced_blocks
from ingest.tokens import estimate_units
from knowledge.sentences import clauses, cut_at, phrases, sentences, slices, words

Cut = Callable[[str], list[str]]
"""Takes a text apart without loss: `"".join(cut(text)) == text`."""

_GAP: Final = re.compile(r"\n(?:[^\S\n]*\n)+")
_BULLET: Final = r"(?:[-*+•・]|\d{1,9}[.)]|[a-zA-Z#][.)])[ \t]"
_ITEM: Final = re.compile(rf"(?P<indent>[ \t]*){_BULLET}")
_INDENTED: Final = re.compile(r"[ ]{2}|[ ]?\t")
_DIRECTIVE: Final = re.compile(r"\.\.[ ]|::\s*\Z")
_VERBATIM: Final = re.compile(r"[ ]{4}|[ ]{0,3}(?:\t|`{3}|~{3}|\||\+[-=]|=+[ ]=)|>>>[ ]")
_LINE: Final = re.compile(r"\n")


def atoms(text: str, *, limit: int, prose: bool) -> list[str]:
    """Take a text apart until every part fits, each part at its coarsest joints.

    Blocks that fit stay whole. A longer block is cut into its list items, lines of code, table
    rows or sentences; a longer sentence into lines, clauses, phrases, words, and at last into
    characters. Only a single character as a reader sees it may remain above the limit.

    Args:
        limit: in hundredths of a token.
        prose: False for source code, records and logs: their blocks are cut into lines.
    """
    return _atoms(text, limit, _PROSE if prose else _RECORDS)


def _atoms(text: str, limit: int, cuts: Sequence[Cut]) -> list[str]:
    if not cuts or estimate_units(text) <= limit:
        return [text]
    return [atom for part in cuts[0](text) for atom in _atoms(part, limit, cuts[1:])]


def blocks(text: str) -> list[str]:
    """Cut into blocks a reader would not like to see torn.

    A list is one block, blank lines between its items and all; so are the paragraphs of an
    indented block, a directive with its body, fenced code, and the code, table or list that a
    paragraph ends in a colon to announce.
    """
    joined: list[list[str]] = []
    kind, announces = "", False
    for part in paragraphs(text):
        own = _kind(part)
        continues = own == "indented" if kind else announces and own != ""
        if joined and (continues or (own == kind == "item") or not part.strip()):
            joined[-1].append(part)
            kind = kind or own
        else:
            joined.append([part])
            kind = own
        announces = part.rstrip().endswith((":", "："))
    return ["".join(group) for group in joined]


def paragraphs(text: str) -> list[str]:
    """Cut at blank lines, which belong to what is above them, and around fenced code."""
    fences = fenced_blocks(text)
    places = [gap.end() for gap in _outside(_GAP.finditer(text), fences)]
    for start, end in fences:
        places += (start, end + text.startswith("\n", end))
    return cut_at(text, sorted(places))


def _kind(part: str) -> str:
    """Name what a paragraph is by its first line; running text has no name."""
    for kind, pattern in (
        ("item", _ITEM),
        ("indented", _INDENTED),
        ("directive", _DIRECTIVE),
        ("verbatim", _VERBATIM),
    ):
        if pattern.match(part):
            return kind
    return ""


def _outside(
    gaps: Iterable[re.Match[str]], fences: list[tuple[int, int]]
) -> Iterable[re.Match[str]]:
    """Leave out the gaps within fenced code; both come in order."""
    waiting = iter(fences)
    fence = next(waiting, None)
    for gap in gaps:
        while fence is not None and fence[1] <= gap.start():
            fence = next(waiting, None)
        if fence is None or gap.start() < fence[0]:
            yield gap


def block_parts(text: str) -> list[str]:
    """Cut one block by its kind: a list into items, code and tables into lines, else sentences."""
    lead = text.lstrip("\r\n")
    if item := _ITEM.match(lead):
        start = re.compile(
            rf"^[ \t]{{0,{min(len(item['indent']), 99)}}}(?={_BULLET})", re.MULTILINE
        )
        parts = cut_at(text, (each.start() for each in start.finditer(text)))
        if len(parts) > 1:
            return parts
    return lines(text) if _VERBATIM.match(lead) else sentences(text)


def lines(text: str) -> list[str]:
    """Cut after each line feed."""
    return cut_at(text, (feed.end() for feed in _LINE.finditer(text)))


_FINER: Final[tuple[Cut, ...]] = (lines, clauses, phrases, words, slices, slices)
_PROSE: Final[tuple[Cut, ...]] = (blocks, paragraphs, block_parts, *_FINER)
_RECORDS: Final[tuple[Cut, ...]] = (paragraphs, *_FINER)
