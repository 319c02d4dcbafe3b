"""Takes prose apart where a reader would pause: sentences, clauses, words, characters.

Every function here is lossless (the parts, joined, are the text) and takes linear time.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

_STOP: Final = re.compile(
    r"(?<![.!?…])(?P<mark>[.!?…]++)[\"'”’)\]»*_]*+\s++"
    r"|(?<![。！？｡])[。！？｡]++(?P<closers>[」』】）〉》〕］｝”’)\"\]]*+)\s*+"
)
_CONTINUING: Final = frozenset("とっなにをがはもでのへや、，,")
"""What goes on with the sentence after a quotation: 「行こう。」と言った。"""

_ABBREVIATION: Final = re.compile(
    r"al|approx|apr|aug|ave|bros|bzw|ca|capt|cf|co|col|corp|dec|dept|dr|ed|eds|esp|est|etc|evtl"
    r"|feb|gen|ggf|gov|hon|inc|jan|jr|lt|ltd|messrs|mr|mrs|ms|mt|nov|nr|oct|op|pres|prof|resp|rev"
    r"|sen|sept|sgt|sr|st|univ|usw|vgl|viz|vs",
    re.IGNORECASE,
)
_BEFORE_NUMBERS: Final = re.compile(
    r"app|art|ch|chap|eqs?|ex|figs?|jul|jun|mar|nos?|pp?|par|refs?|secs?|tab|vols?", re.IGNORECASE
)
_LONGEST_ABBREVIATION: Final = 12

_BLOCK: Final = re.compile(
    r"\n(?=[^\S\n]*+(?:\n|(?:[-*+•・>#|]|#{2,6}|\d{1,3}[.)])[^\S\n]|[|:][^\n]))"
    r"|^\#{1,6}[ ][^\n]*+\n|(?<===|--|~~|\^\^)\n",
    re.MULTILINE,
)

_CLAUSE: Final = re.compile(r"(?<=[,;:])\s++|(?<=[、，；：])\s*+")
_PHRASE: Final = re.compile(r"[\s\S]{1,60}(?:\s++|\Z)|\S++\s*+")
_WORD: Final = re.compile(r"\S++\s*+")
_SLICE: Final = 32
_SEARCH: Final = 64


def cut_at(text: str, places: Iterable[int]) -> list[str]:
    """Cut at the given offsets, which come in order; those at the ends and repeats are ignored."""
    edges = [0]
    edges.extend(place for place in places if 0 < place < len(text))
    edges.append(len(text))
    return [text[start:end] for start, end in pairwise(edges) if start < end]


def sentences(text: str) -> list[str]:
    """Cut after each sentence, its closing quotes and the white space behind it.

    A full stop ends a Latin sentence if white space and no lower-case letter follow, and if what
    stands before it is no abbreviation, initial or list number. A Japanese or Chinese one ends
    at 。！？ with the brackets that close there, unless a particle carries it on.
    """
    return cut_at(text, (stop.end() for stop in _STOP.finditer(text) if _ends(text, stop)))


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Answer where each sentence starts and ends, without the white space around it.

    A blank line and the start of a list item, heading or table row end one too: what stands in
    different blocks is not said together.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    edges = [gap.end() for gap in _BLOCK.finditer(text)] if "\n" in text else []
    for edge in (*edges, len(text)):
        for sentence in sentences(text[start:edge]):
            body = sentence.strip()
            if body:
                begin = start + len(sentence) - len(sentence.lstrip())
                spans.append((begin, begin + len(body)))
            start += len(sentence)
    return spans


def _ends(text: str, stop: re.Match[str]) -> bool:
    following = text[stop.end() : stop.end() + 1]
    mark = stop["mark"]
    if mark is None:
        return not (stop["closers"] and following in _CONTINUING)
    if following.islower():
        return False
    return mark != "." or not _abbreviates(text, stop.start(), following)


def _abbreviates(text: str, stop: int, following: str) -> bool:
    """Tell whether the full stop at `stop` belongs to the word before it."""
    before = text[max(stop - _LONGEST_ABBREVIATION, 0) : stop]
    word = before[-1:].strip() and before.split()[-1].lstrip("([{\"'“‘«")
    if not word:
        return False
    if word.isdigit():
        line = text.rfind("\n", max(stop - _LONGEST_ABBREVIATION, 0), stop) + 1
        return len(word) < 4 and not text[line : stop - len(word)].strip() and _at_line(text, line)
    letters = word.split(".")
    if all(len(part) == 1 and part.isalpha() for part in letters):
        return len(letters) > 1 or word.isupper()
    if _ABBREVIATION.fullmatch(word):
        return True
    return following.isdigit() and _BEFORE_NUMBERS.fullmatch(word) is not None


def _at_line(text: str, place: int) -> bool:
    return place == 0 or text[place - 1] == "\n"


def clauses(text: str) -> list[str]:
    """Cut after commas, colons and semicolons."""
    return cut_at(text, (mark.end() for mark in _CLAUSE.finditer(text)))


def phrases(text: str) -> list[str]:
    """Cut between words, some sixty characters at a time."""
    return cut_at(text, (phrase.end() for phrase in _PHRASE.finditer(text)))


def words(text: str) -> list[str]:
    """Cut after each run of white space."""
    return cut_at(text, (word.end() for word in _WORD.finditer(text)))


def slices(text: str) -> list[str]:
    """Cut every 32 characters, or at every character in a text no longer than that.

    What a reader sees as one character is kept whole: accents with their letter, emoji
    sequences, flags, Korean syllables in parts. Only where none ends within 64 code points is it
    cut all the same.
    """
    width = _SLICE if len(text) > _SLICE else 1
    places: list[int] = []
    place = 0
    while (place := _safe_place(text, place + width, place)) < len(text):
        places.append(place)
    return cut_at(text, places)


def _safe_place(text: str, wanted: int, floor: int) -> int:
    for place in range(wanted, min(wanted + _SEARCH, len(text))):
        if _between_graphemes(text, place, floor):
            return place
    return wanted if wanted + _SEARCH < len(text) else len(text)


def _between_graphemes(text: str, place: int, floor: int) -> bool:
    """Tell whether a cut between `text[place - 1]` and `text[place]` divides no grapheme.

    A part of the rules of Unicode UAX #29, section 3.1.1, that needs no tables but Python's own.
    `floor` is an earlier such place: regional indicators are paired from there on.
    """
    before, after = text[place - 1], text[place]
    if before < "\u0300" and after < "\u0300":
        return (before, after) != ("\r", "\n")
    if _extends(after) or before == "\u200d":
        return False
    if "\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff":
        return False
    if _is_indicator(before) and _is_indicator(after):
        run = place - 1
        while run > floor and _is_indicator(text[run - 1]):
            run -= 1
        return (place - run) % 2 == 0
    return not _joins_syllable(before, after)


def _extends(char: str) -> bool:
    return (
        unicodedata.category(char) in {"Mn", "Mc", "Me"}
        or char in "\u200c\u200d\uff9e\uff9f"
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or "\U000e0020" <= char <= "\U000e007f"
    )


def _is_indicator(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _joins_syllable(before: str, after: str) -> bool:
    """Tell whether two code points are parts of one hangul syllable block."""
    if "\u1100" <= before <= "\u115f":
        return "\u1100" <= after <= "\u11a7" or "\uac00" <= after <= "\ud7a3"
    vowel_or_final = "\u1160" <= after <= "\u11ff"
    return vowel_or_final and ("\u1160" <= before <= "\u11ff" or "\uac00" <= before <= "\ud7a3")
