"""Finds names by their capitals: "University of Tokyo", "Charles de Gaulle", "Apollo 11"."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from foundation.patterns import deferred
from knowledge.extraction.english import (
    COMMON,
    CONNECTORS,
    DAYS,
    FUNCTION,
    GENERIC,
    HONORIFICS,
    MONTHS,
    SHOUTED,
    is_common,
)
from knowledge.extraction.identifiers import ACRONYM, Piece
from knowledge.extraction.model import NameKind
from knowledge.extraction.word_lists import words


def _upper_case() -> str:
    """Write the capitals of Latin, Greek and Cyrillic as ranges of a character class."""
    points = [p for p in (*range(0x41, 0x530), *range(0x1E00, 0x2000)) if chr(p).isupper()]
    runs = groupby(enumerate(points), key=lambda pair: pair[1] - pair[0])
    edges = ([point for _, point in run] for _, run in runs)
    return "".join(f"{chr(run[0])}-{chr(run[-1])}" for run in edges)


_UPPER: Final = f"[{_upper_case()}]"
_LETTER: Final = "[0-9A-Za-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u052f\u1e00-\u1fff]"
_SHORTENED: Final = (
    r"(?:St|Mt|Ft|Dr|Mr|Mrs|Ms|Prof|Jr|Sr|Bros|Lt|Col|Gen|Sgt|Capt|Rev|Gov|Sen|Vol)\.(?=\s)"
)
_WORD: Final = (
    rf"(?:{_UPPER}\.(?:-?{_UPPER}\.)*(?!{_LETTER})|{_SHORTENED}"
    rf"|{_UPPER}{_LETTER}*+(?:[-&.’'/]{_UPPER}{_LETTER}*+|[-’']{_LETTER}{{2,}}+|\.js\b|-\d+)*"
    r"(?:\+\+|#)?)(?:['’]s(?!\w))?"
)
_NUMBER: Final = r"\d{1,3}(?:\.\d+)*(?![\w%:/–-]|[.,]\d)"
_ORDINAL: Final = r"\d{1,3}(?:st|nd|rd|th)"
_GAP: Final = (
    r"(?:[ \u00a0]|[ ]?\n[ ]*(?!(?:A|An|As|At|By|For|From|He|How|I|If|In|It|On|She|So|The|They"
    r"|These|This|To|We|What|When|Where|Which|While|Who|With|You)\b))"
)
_BODIES: Final = "|".join(
    rf"(?<={noun}\s)"
    for noun in words(
        "ouncil enter entre nstitute ociety ociation undation mittee cademy rize ward rtment gency"
        " ization isation etwork ommission rence Fund"
    )
)
"""Endings of bodies that are for something: "International Council for Small Business"."""

_INNER: Final = (
    rf"(?:(?:{'|'.join(sorted(CONNECTORS))}){_GAP}(?:(?:the|la|las|los|le){_GAP})?|&{_GAP}|d['’]"
    rf"|(?:{_BODIES})for{_GAP})?"
)
_NAME: Final = deferred(rf"(?:{_ORDINAL} )?{_WORD}(?:{_GAP}{_INNER}(?:{_WORD}|{_NUMBER}))*")
_PART: Final = deferred(r"[^\s\u00a0]+")
_OWNED: Final = deferred(r"['’]s\s+")
_BEFORE_FIRST: Final = deferred(r"[\W\d_]*")
_INITIALS: Final = frozenset(":;•–—>|\0")
_ROMAN: Final = deferred(r"[IVXLC]+|[A-Z]\.?")
_PLURAL_ACRONYM: Final = deferred(r"[A-Z]{2,5}s")
_ABSTRACT: Final = deferred(
    r"[a-z-]+(?:[tsx]ion|ment|ness|ance|ence|ency|ive|ous|[ai]ble|ful|ical|ing|ed|...ly|ity|ism)s?"
)
_DOTTED: Final = deferred(r"(?:\b\w|[JS]r|Bros)\.\Z")
_LONGEST: Final = 12


def find_capitals(text: str, start: int, end: int, title: str = "") -> Iterator[Piece]:
    """Find the names in the sentence `text[start:end]`.

    What only a sentence's start has raised is none: function words are cut off there ("The",
    "However"), and a single common word is dropped, unless the title has it so.
    """
    leading = True
    for found in _NAME.finditer(text, start, end):
        left, right = found.span()
        if leading:
            before = _BEFORE_FIRST.match(text, start)
            first = before is not None and before.end() >= left
            leading = False
        else:
            first = text[left - 1] in _INITIALS or text[left - 2] in _INITIALS
        whole = found[0]
        if first and title and len(whole) > 3 and whole in title and " " in whole:
            first = False
        if " of " in whole and (person := _person_before_of(whole)):
            yield Piece(left, left + person, NameKind.NAME)
            left, first = left + person + len(" of "), True
        if "'s" in whole or "’s" in whole:
            yield from _owned(text, left, right, first=first)
        elif piece := _trimmed(text, left, right, first=first):
            yield piece


def _person_before_of(whole: str) -> int:
    """Answer how long the person is in "Jan Solovej of the University of Copenhagen", else 0."""
    person, _, rest = whole.partition(" of ")
    words, follows = person.split(), rest.split(None, 1)[0].lower()
    if (
        len(words) < 2
        or _ROMAN.fullmatch(words[-1])
        or not (follows == "the" or is_common(follows))
    ):
        return 0
    return 0 if any(is_common(word.lower()) for word in words) else len(person)


def _owned(text: str, left: int, right: int, *, first: bool) -> Iterator[Piece]:
    """Take owners off ("Google's Chrome"), but not from what has no name alone ("King's Cross")."""
    for owner in _OWNED.finditer(text, left, right):
        rest = text[owner.end() : right]
        if all(is_common(word.lower()) for word in rest.split()):
            break
        if piece := _trimmed(text, left, owner.start(), first=first):
            yield piece
        left, first = owner.end(), False
    if text.endswith(("'s", "’s"), left, right):
        right -= 2
    if piece := _trimmed(text, left, right, first=first):
        yield piece


def _trimmed(text: str, left: int, right: int, *, first: bool) -> Piece | None:
    """Cut off what belongs to the sentence or the calendar; None if no name is left."""
    parts = [(part.start(), part.end()) for part in _PART.finditer(text, left, right)]
    words = [text[begin:stop] for begin, stop in parts]
    at = _head(words, first=first)
    if at == len(parts) or len(parts) - at > _LONGEST:
        return None
    start, end = parts[at][0], parts[-1][1]
    if len(parts) - at == 1:
        return _single(text, start, end, first=first and at == 0)
    if text[end - 1] == "." and not _DOTTED.search(text, start, end):
        end -= 1
    words = [word.lower() for word in words[at:]]
    if all(word in GENERIC or word in FUNCTION for word in words):
        return None
    if len(words) == 2 and words[1][0].isdigit() and (words[0] in COMMON or words[0] in FUNCTION):
        return None
    return Piece(start, end, NameKind.NAME)


def _joins(word: str) -> bool:
    return word in CONNECTORS or word in {"the", "la", "las", "los", "&"}


def _head(words: list[str], *, first: bool) -> int:
    """Answer how many words at the start of a span are no part of the name."""
    at = 0
    while at < len(words):
        word, alone = words[at], at == len(words) - 1
        if not alone and word.isupper() and _is_label(word.lower(), words[at + 1 :]):
            first = True
        elif not _leads(word, first=first, alone=alone, dated=alone or at > 0):
            break
        at += 1
        while at < len(words) and _joins(words[at]):
            at += 1
    return at


def _is_label(lower: str, following: list[str]) -> bool:
    """Tell whether a word in capitals heads a paragraph ("METHODS We …") or is the time's "AM"."""
    if lower in {"am", "pm", "bc", "ad"}:
        return True
    if lower in GENERIC:
        return True
    return (lower in COMMON or lower in SHOUTED) and not all(map(str.isupper, following))


def _leads(word: str, *, first: bool, alone: bool, dated: bool) -> bool:
    """Tell whether a word at the start of a span is no part of the name."""
    lower = word.lower().rstrip(".")
    if lower == "i" or (dated and (lower in MONTHS or lower in DAYS)):
        return True
    if alone:
        return False
    if lower in HONORIFICS:
        return True
    return first and lower in FUNCTION and not (len(word) > 1 and word.isupper())


def _single(text: str, start: int, end: int, *, first: bool) -> Piece | None:
    """Judge a name of one word."""
    word = text[start:end]
    if _PLURAL_ACRONYM.fullmatch(word):
        return Piece(start, end - 1, NameKind.ACRONYM)
    lower = word.lower()
    if len(word) < 2 or _ROMAN.fullmatch(word) or lower.rstrip(".") in HONORIFICS:
        return None
    if ACRONYM.fullmatch(word) and "-" not in word[:2]:
        shouted = lower in SHOUTED or (len(word) > 4 and is_common(lower))
        return None if shouted else Piece(start, end, NameKind.ACRONYM)
    if word.endswith("."):
        end -= 1
    if lower in FUNCTION:
        return None
    doubtful = is_common(lower) if first else lower in COMMON and f" {lower}" in text
    doubtful = doubtful or (first and (f" {lower}" in text or bool(_ABSTRACT.fullmatch(lower))))
    return Piece(start, end, NameKind.NAME, doubtful)
