"""Reads names off a text's markup: links, bold terms and code in Markdown, reST, HTML, wikis."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from knowledge.extraction.english import FUNCTION, GENERIC, is_common
from knowledge.extraction.identifiers import Piece
from knowledge.extraction.japanese_words import GENERIC_JAPANESE
from knowledge.extraction.model import NameKind, Role
from knowledge.extraction.normalise import clean_surface, kind_of

_FENCED: Final = re.compile(r"^[ \t]*(```+|~~~+).*?(?:^[ \t]*\1|\Z)", re.MULTILINE | re.DOTALL)
_INDENTED: Final = re.compile(
    r"(?:::|\.\. [\w-]+::[^\n]*)\n(?:[ \t]+:[^\n]*\n)*(?:[ \t]*\n)+"
    r"((?:[ \t]+[^\n]*(?:\n|\Z)|[ \t]*\n)+)"
)
_DECLARED: Final = re.compile(
    r"\b(?:def|class|function|interface|struct|fn|func|enum|trait)[ ]+([A-Za-z_$][\w$]*)"
)
_MARKED: Final = re.compile(
    r"(?P<link>!?\[(?P<label>[^\[\]\n]{1,120})\]"
    r"\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:[ ]\"[^\"\n]*\")?\))"
    r"|(?P<role>:[a-z:]{2,12}:`[^`\n]{1,120}`)"
    r"|`(?P<reference>[^`<\n]{1,120}?)\s*<[^`<>\s]+>`_"
    r"|(?P<tick>``?)(?P<code>[^`\n]{1,80})(?P=tick)(?!`)_{0,2}"
    r"|<a\s[^<>]*>(?P<anchor>[^<>]{1,120})</a>"
    r"|\[\[(?:[^\[\]|\n]{1,100}\|)?(?P<wiki>[^\[\]|\n]{1,100})\]\]"
    r"|\*\*(?P<bold>[^*\n]{2,80})\*\*"
    r"(?P<after>[ ]?[:：—–]|[ ]-[ ]|[ ](?:is|are|means|refers)\b|とは|は)?"
)
_SIGNS: Final = ("`", "](", "**", "[[", "<a ")
_ITEM: Final = re.compile(r"[\s>]*(?:[-*+•]|\d{1,3}[.)])?[ \t]*\Z")
_EXPLAINED: Final = re.compile(r"[ ]?[:：—–]|[ ]-[ ]")
_CODE_NAME: Final = re.compile(r"[@$#.:<&]*[A-Za-z_$][\w$.:/-]*(?:\(\))?[>!?*]*|--?[a-z][\w-]*")
_WORDS: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_MOST_WORDS: Final = 9


class Marked(NamedTuple):
    """A name that markup sets apart: `surface` is written at `start`, its markup ends at `end`."""

    surface: str
    start: int
    kind: NameKind
    role: Role


def is_generic(surface: str) -> bool:
    """Tell whether a heading or a link text names no subject: "Introduction", "概要", "here"."""
    if surface in GENERIC_JAPANESE or surface.endswith(("で試す", "を参照", "を見る", "はこちら")):
        return True
    words = _WORDS.findall(surface.lower())
    return all(word in GENERIC or word in FUNCTION or word.isdigit() for word in words)


def blank(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Put NUL characters over the given spans, so that all else keeps its place."""
    parts: list[str] = []
    done = 0
    for start, end in sorted(spans):
        begin = max(start, done)
        if begin < end:
            parts += (text[done:begin], "\0" * (end - begin))
            done = end
    return "".join((*parts, text[done:])) if parts else text


def find_blocks(text: str) -> list[tuple[int, int]]:
    """Find the blocks of code, fenced or indented."""
    spans = []
    if "```" in text or "~~~" in text:
        spans += [block.span() for block in _FENCED.finditer(text)]
    if "::\n" in text:
        spans += [block.span(1) for block in _INDENTED.finditer(text)]
    return spans


def find_declared(text: str, blocks: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    """Find what blocks of code define: functions and classes."""
    for start, end in blocks:
        for found in _DECLARED.finditer(text, start, end):
            if len(found[1]) > 2:
                yield Piece(found.start(1), found.end(1), NameKind.CODE)


def find_marked(text: str) -> Iterator[tuple[tuple[int, int], Marked | None]]:
    """Yield each marked span with its name; without one where it only has to be passed over."""
    if not any(map(text.__contains__, _SIGNS)):
        return
    for found in _MARKED.finditer(text):
        if found["bold"]:
            yield from _bold(text, found)
            continue
        group = next(
            name for name in ("label", "role", "reference", "code", "anchor", "wiki") if found[name]
        )
        start = found.start(group)
        if group == "code":
            yield found.span(), _code(text, found, start)
        elif group == "role":
            yield found.span(), None
        else:
            yield found.span(), _link(found[group], start)


def _bold(text: str, found: re.Match[str]) -> Iterator[tuple[tuple[int, int], Marked | None]]:
    surface = found["bold"].strip(" :：`")
    words = _WORDS.findall(surface)
    if not words or len(words) > 6 or surface[-1] in ".!?。" or is_generic(surface):
        return
    if len(words) == 1 and is_common(words[0].lower()):
        return
    start = found.start("bold")
    leads = _ITEM.match(text[text.rfind("\n", 0, found.start()) + 1 : found.start()])
    explained = found["after"] or found["bold"].endswith((":", "："))
    if leads and explained:
        yield found.span(), Marked(surface, start, kind_of(clean_surface(surface)), Role.DEFINED)


def _code(text: str, found: re.Match[str], start: int) -> Marked | None:
    surface = found["code"].strip()
    if not _CODE_NAME.fullmatch(surface):
        return None
    bare = surface.strip("<>/*!?&")
    if (
        len(bare) < 2
        or bare.lower() in FUNCTION
        or bare in {"true", "false", "null", "True", "False", "None"}
    ):
        return None
    leads = _ITEM.match(text[text.rfind("\n", 0, found.start()) + 1 : found.start()])
    role = Role.DEFINED if leads and _EXPLAINED.match(text, found.end()) else Role.TEXT
    kind = kind_of(bare)
    if kind in {NameKind.TERM, NameKind.NAME}:
        kind = NameKind.CODE
    return Marked(bare, start + found["code"].find(bare), kind, role)


def _link(label: str, start: int) -> Marked | None:
    surface = clean_surface(label.replace("`", "").replace("*", ""))
    words = _WORDS.findall(surface)
    if not words or len(words) > _MOST_WORDS or len(surface) > 80 or is_generic(surface):
        return None
    kind = kind_of(surface)
    if kind is NameKind.TERM and label.startswith("`"):
        kind = NameKind.CODE
    elif kind is NameKind.TERM and any(word in FUNCTION for word in words):
        return None
    return Marked(surface, start + max(label.find(surface), 0), kind, Role.LINK)
