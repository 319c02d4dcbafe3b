"""Cite passages: where they stand, and the sentence that shows what is said."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from api.cli.printing import say

if TYPE_CHECKING:
    from knowledge.model import Chunk

_LONGEST: Final = 160
_BEFORE: Final = 40
"""Characters that are kept before a name in a sentence that is too long."""

_INDENT: Final = 3
_RULE: Final = re.compile(r"([=~^#*_-])\1{3,}")
"""Lines drawn with characters: they are no words."""


def place(chunk: Chunk) -> str:
    """Tell where a passage stands."""
    return " › ".join(dict.fromkeys((chunk.title or chunk.document_id, *chunk.heading)))


def cite(chunk: Chunk, names: Collection[str] = (), *, at: int = -1, indent: int = 0) -> None:
    """Print where a passage stands, and its sentence at an offset, or with most of some names."""
    say(place(chunk), indent=indent)
    said = quote(chunk.text, names, at=at)
    if said:
        say(f"“{said}”", indent=indent + _INDENT)


def cite_all(
    title: str, chunks: Iterable[Chunk], names: Collection[str] = (), *, anyway: bool = False
) -> None:
    """Print passages under a title, if there are any; `anyway` quotes those without the names."""
    for number, chunk in enumerate(chunks):
        if not number:
            say(title)
        shown = () if anyway and not quote(chunk.text, names) else names
        cite(chunk, shown, indent=_INDENT)


def spread(chunks: Sequence[Chunk]) -> list[Chunk]:
    """Put the first passage of each document before the second ones."""
    seen: Counter[str] = Counter()
    rounds: list[int] = []
    for chunk in chunks:
        rounds.append(seen[chunk.document_id])
        seen[chunk.document_id] += 1
    return [chunk for _, chunk in sorted(zip(rounds, chunks, strict=True), key=itemgetter(0))]


def quote(text: str, names: Collection[str] = (), *, at: int = -1) -> str:
    """Take the sentence at an offset, or else the first one that has the most of the names.

    A heading says little: it is taken where there is nothing else. Without an offset, a text that
    has none of the names written in it (a link may name them otherwise) shows nothing.
    """
    from knowledge.sentences import split_sentences

    wanted = [name.casefold() for name in names if name]
    told = [
        (not start <= at < end, not (found := _count(line, wanted)), line[:1] == "#", -found, place)
        for place, (start, end) in enumerate(split_sentences(text))
        if (line := _line(text[start:end]))
    ]
    if not told or (wanted and min(told)[:2] == (True, True)):
        return ""
    start, end = split_sentences(text)[min(told)[-1]]
    return _shortened(_line(text[start:end]), wanted)


def _shortened(line: str, names: Iterable[str]) -> str:
    """Cut a long line around the first of the names."""
    if len(line) <= _LONGEST:
        return line
    folded = line.casefold()
    first = min((spot for name in names if (spot := folded.find(name)) >= 0), default=0)
    start = min(max(0, first - _BEFORE), len(line) - _LONGEST)
    end = start + _LONGEST
    return ("…" if start else "") + line[start:end].strip() + ("…" if end < len(line) else "")


def _line(text: str) -> str:
    return " ".join(_RULE.sub(" ", text).split())


def _count(sentence: str, names: Iterable[str]) -> int:
    folded = sentence.casefold()
    return sum(name in folded for name in names)
