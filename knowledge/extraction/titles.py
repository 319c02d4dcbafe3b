"""Names above a passage: its title and headings, and the short forms of long names in it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from knowledge.extraction.collecting import Collector, Gathered
from knowledge.extraction.english import LEGAL_FORMS, QUALIFYING, is_common
from knowledge.extraction.markup import is_generic
from knowledge.extraction.model import Claim, Excerpt, NameKind, Predicate, Role
from knowledge.extraction.normalise import clean_surface, kind_of

_NUMBERING: Final = re.compile(
    r"(?:\d+(?:\.\d+)*[.):]?|[A-Z][.)]|第[\d一二三四五六七八九十]+[章節部条])\s+"
)
_ANCHOR: Final = re.compile(r"\s*(?:\{#[^{}]*\}|#+)\s*\Z")
_PATH: Final = re.compile(r"\s+[>›»|]\s+")
_NUMBERED: Final = re.compile(r"(?P<id>[A-Z]{2,8}[- ]?\d+(?:-\d+)?)(?:\s+[–—-]|:)\s+(?P<name>\S.+)")
_QUALIFIED: Final = re.compile(r"(?P<bare>[^(（]*[^(（\s])\s*[(（][^()（）]+[)）]\Z")
_PLACED: Final = re.compile(r"(?P<bare>[^,]+), [A-Z][^,]+\Z")
_SHORTEST: Final = 3
_MOST_WORDS: Final = 14


def gather_above(excerpt: Excerpt, found: Collector) -> Iterator[Claim]:
    """Note the title, its parts, and the headings; claim what a title's number is also called.

    "PEP 8 – Style Guide for Python Code" is three names of one thing; of "Guide > createApp()"
    the parts are headings. Headings that name no subject ("Introduction", "概要") are left out.
    """
    title = found.add(excerpt.title, kind_of(clean_surface(excerpt.title)), -1, Role.TITLE)
    if title and (numbered := _NUMBERED.fullmatch(title)):
        for group in ("id", "name"):
            alias = found.add(numbered[group], kind_of(numbered[group]), -1, Role.TITLE)
            if alias and alias != title and not is_generic(alias):
                yield Claim(title, Predicate.ALSO_KNOWN_AS, alias, confidence=0.9)
    parts = _PATH.split(title) if title else []
    for heading in (*(parts if len(parts) > 1 else ()), *excerpt.heading):
        text = _ANCHOR.sub("", heading.strip().strip("#").strip())
        surface = clean_surface(_NUMBERING.sub("", text.replace("`", ""), count=1))
        if surface and surface.count(" ") < _MOST_WORDS and not is_generic(surface):
            found.add(surface, kind_of(surface), -1, Role.HEADING)


def count_short_forms(excerpt: Excerpt, found: Collector) -> None:
    """Count a bare surname or short form for the long name that the passage has before it.

    "Albert Einstein … Einstein", "Publix Inc. … Publix", and in a passage with the title "Mercury
    (planet)" any "Mercury". A short form that may stand for several long names stays as it is.
    """
    if title := clean_surface(excerpt.title):
        named = _QUALIFIED.fullmatch(title) or _PLACED.fullmatch(title)
        if named and named["bare"] in found.names and title in found.names:
            found.move(named["bare"], title, found.names[named["bare"]].starts)
    singles = {
        surface
        for surface, known in found.names.items()
        if known.role is Role.TEXT
        and known.kind is NameKind.NAME
        and " " not in surface
        and len(surface) >= _SHORTEST
    }
    longs: defaultdict[str, list[str]] = defaultdict(list)
    for surface, known in found.names.items():
        if " " in surface and (short := _short_form(surface, known)) in singles:
            longs[short].append(surface)
    for short, (long, *others) in longs.items():
        if not others:
            known = found.names[long]
            above = known.role in {Role.TITLE, Role.HEADING}
            after = -1 if above else min(known.starts, default=-1)
            found.move(short, long, [at for at in found.names[short].starts if at >= after])


def _short_form(surface: str, known: Gathered) -> str:
    """Answer the word that may stand for a long name; "" where none does."""
    if known.kind not in {NameKind.NAME, NameKind.PERSON}:
        return ""
    words = surface.split()
    if words[-1].lower() in LEGAL_FORMS:
        return words[0] if len(words) == 2 else ""
    if not 2 <= len(words) <= 4 or not words[0][0].isupper() or words[0].lower() in QUALIFYING:
        return ""
    if any(not word.replace("-", "").replace(".", "").replace("'", "").isalpha() for word in words):
        return ""
    if any(word == "of" or is_common(word.lower()) for word in words):
        return ""
    return words[-2] if words[-1] in {"Jr.", "Sr.", "Jr", "Sr"} else words[-1]
