"""Ways to make a true sentence untrue, and to write it in another way.

Each answers None where a sentence gives no hold for it. What is put in "of the passage" stands in
the cited passage itself: true words, put together wrongly. Some of what comes out is still true by
chance (a list in another order, a name for another of the same thing).
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from benchmarks.opposites import ENGLISH, JAPANESE
from benchmarks.rewritings import DENIALS, NEGATIONS, NUMBERS, ORDERS, STYLES, UNITS
from benchmarks.stated import Stated
from knowledge.extraction.japanese import find_terms
from knowledge.extraction.model import NameKind
from knowledge.language import detect_language
from knowledge.sentences import split_sentences
from retrieval.answers.asking import names_in
from retrieval.answers.model import Passage


@dataclass(frozen=True, slots=True)
class Tampered:
    """A sentence as it is to be checked, and the passage that it is cited to."""

    text: str
    passage: Passage


Tamper = Callable[[Stated, random.Random], Tampered | None]

_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")
_SPELT: Final = (
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_SPELT_WORD: Final = re.compile(rf"\b(?:{'|'.join(_SPELT)})\b")
_KANJI: Final = re.compile("[二三四五六七八九](?=[つ人年月日本個回種段階部点社国世大])")
_NAMED: Final = re.compile("[A-Z][a-z]")
_PROPER: Final = (NameKind.PERSON, NameKind.PLACE, NameKind.ORGANISATION, NameKind.NAME)
_ALONE: Final = re.compile("[一-鿿々]{2}")
"""A kanji in a compound: no word of its own."""

_EACH_ITS_OWN: Final = re.compile("respectively|それぞれ")
_TRIES: Final = 30


def _put(given: Stated, old: str, new: str) -> Tampered:
    """Write something else in the place of what stands at one place."""
    return Tampered(given.text.replace(old, new, 1), given.passage)


def _rewritten(
    given: Stated, draw: random.Random, ways: Mapping[str, Sequence[tuple[str, str]]]
) -> Tampered | None:
    """Rewrite a sentence in one of the ways of its language."""
    found = [
        given.text[: match.start()] + match.expand(new) + given.text[match.end() :]
        for old, new in ways[given.language]
        for match in re.finditer(old, given.text)
    ]
    return Tampered(draw.choice(found), given.passage) if found else None


def _numbers(text: str) -> set[str]:
    plain = unicodedata.normalize("NFKC", text)
    return {each.replace(",", "") for each in _NUMBER.findall(plain)}


def another_number(given: Stated, draw: random.Random) -> Tampered | None:
    """Write a number that the passage has not."""
    found = _NUMBER.findall(given.text)
    if not found:
        return None
    old = draw.choice(found)
    for _ in range(_TRIES):
        place = draw.randrange(len(old))
        if old[place].isdigit():
            new = f"{old[:place]}{draw.randrange(1, 10)}{old[place + 1 :]}"
            if not _numbers(new) <= _numbers(f"{given.passage.citation.title} {_text(given)}"):
                return _put(given, old, new)
    return None


def number_of_the_passage(given: Stated, draw: random.Random) -> Tampered | None:
    """Write one of the passage's other numbers, one as long where there is one."""
    own = _NUMBER.findall(given.text)
    others = sorted(_numbers(_text(given)) - _numbers(given.text))
    if not own or not others:
        return None
    old = draw.choice(own)
    alike = [other for other in others if len(other) == len(old)]
    return _put(given, old, draw.choice(alike or others))


def number_in_words(given: Stated, draw: random.Random) -> Tampered | None:
    """Write another number where one is spelt out: two, 二."""
    spelt, numerals = (
        (_SPELT_WORD, _SPELT) if given.language == "en" else (_KANJI, "二三四五六七八九")
    )
    found = spelt.findall(given.text)
    if not found:
        return None
    old = draw.choice(found)
    new = draw.choice([each for each in numerals if each not in given.text])
    changed = spelt.sub(lambda m: new if m[0] == old else m[0], given.text, count=1)
    return None if changed == given.text else Tampered(changed, given.passage)


def another_unit(given: Stated, draw: random.Random) -> Tampered | None:
    """Write another unit or scale: weeks for days, 億 for 万."""
    return _rewritten(given, draw, UNITS)


def negated(given: Stated, draw: random.Random) -> Tampered | None:
    """Say that it is not so, or that it is where it was not."""
    return _rewritten(given, draw, NEGATIONS)


def denied(given: Stated, draw: random.Random) -> Tampered | None:
    """Put un- or 不 before a word, or leave it out."""
    return _rewritten(given, draw, DENIALS)


def another_name(given: Stated, draw: random.Random) -> Tampered | None:
    """Name what another passage names, and this one does not."""
    own = _names(given.text)
    others = [name for name in _names(given.far.text) if name not in _text(given)]
    return _put(given, draw.choice(own), draw.choice(others)) if own and others else None


def name_of_the_passage(given: Stated, draw: random.Random) -> Tampered | None:
    """Name something else that the passage names."""
    own = _names(given.text)
    others = [name for name in _names(_text(given)) if name not in given.text]
    return _put(given, draw.choice(own), draw.choice(others)) if own and others else None


def names_exchanged(given: Stated, draw: random.Random) -> Tampered | None:
    """Let two names that do not stand side by side change their places."""
    return _exchanged(given, draw, _names(given.text))


def numbers_exchanged(given: Stated, draw: random.Random) -> Tampered | None:
    """Let two numbers that do not stand side by side change their places."""
    return _exchanged(given, draw, _NUMBER.findall(given.text))


def _exchanged(given: Stated, draw: random.Random, found: Sequence[str]) -> Tampered | None:
    own = [each for each in found if given.text.count(each) == 1]
    pairs = [
        (first, second)
        for number, first in enumerate(own)
        for second in own[number + 1 :]
        if given.text.index(second) - given.text.index(first) - len(first) > _APART
    ]
    if not pairs:
        return None
    first, second = draw.choice(pairs)
    parts = re.split(f"({re.escape(first)}|{re.escape(second)})", given.text)
    changed = {first: second, second: first}
    return Tampered("".join(changed.get(part, part) for part in parts), given.passage)


def opposite(given: Stated, draw: random.Random) -> Tampered | None:
    """Write a word's opposite: more for less, 増加 for 減少."""
    pairs = ENGLISH if given.language == "en" else JAPANESE
    border = r"\b" if given.language == "en" else ""
    ways = [
        (match, new)
        for old, new in pairs
        for match in re.finditer(f"{border}{old}{border}", given.text)
        if len(old) > 1 or not _within_compound(given.text, match)
    ]
    if not ways:
        return None
    match, new = draw.choice(ways)
    return Tampered(given.text[: match.start()] + new + given.text[match.end() :], given.passage)


def cited_to_a_near_passage(given: Stated, _: random.Random) -> Tampered | None:
    """Cite another passage of the same title, or one for the same question."""
    if given.near is None or given.text in given.near.text:
        return None
    return Tampered(given.text, given.near)


def cited_to_a_far_passage(given: Stated, _: random.Random) -> Tampered | None:
    """Cite a passage for another question."""
    return Tampered(given.text, given.far)


def half_replaced(given: Stated, _: random.Random) -> Tampered | None:
    """End the sentence as one of another passage ends."""
    first, second = _halves(given.text, given.language), _halves(given.beside, given.language)
    return Tampered(first[0] + second[1], given.passage)


def as_it_was(given: Stated, _: random.Random) -> Tampered | None:
    """Leave it as it stands in the passage."""
    return Tampered(given.text, given.passage)


def written_otherwise(given: Stated, _: random.Random) -> Tampered | None:
    """Say the same a little shorter and in another style: numbers, contractions, polite endings."""
    text = given.text
    for old, new in STYLES[given.language]:
        text = re.sub(old, new, text)
    return None if text == given.text or len(text) < _SHORTEST else Tampered(text, given.passage)


def numbers_otherwise(given: Stated, _: random.Random) -> Tampered | None:
    """Write its numbers and their units in another way: ten for 10."""
    text = given.text
    for old, new in NUMBERS[given.language]:
        text = re.sub(old, new, text)
    return None if text == given.text else Tampered(text, given.passage)


def another_order(given: Stated, draw: random.Random) -> Tampered | None:
    """Say the same in another order: "Ada and Bob" for "Bob and Ada", or as no passive."""
    return None if _EACH_ITS_OWN.search(given.text) else _rewritten(given, draw, ORDERS)


TRUE: Final[Mapping[str, Tamper]] = MappingProxyType(
    {
        "nothing changed": as_it_was,
        "numbers written otherwise": numbers_otherwise,
        "in another order": another_order,
    }
)
UNTRUE: Final[Mapping[str, Tamper]] = MappingProxyType(
    {
        "another number": another_number,
        "number of the passage": number_of_the_passage,
        "number in words": number_in_words,
        "another unit or scale": another_unit,
        "numbers exchanged": numbers_exchanged,
        "negated": negated,
        "denied by a prefix": denied,
        "another name": another_name,
        "name of the passage": name_of_the_passage,
        "names exchanged": names_exchanged,
        "opposite": opposite,
        "cited to a near passage": cited_to_a_near_passage,
        "cited to a far passage": cited_to_a_far_passage,
        "half replaced": half_replaced,
    }
)

_APART: Final = 8
_SHORTEST: Final = 12


def _text(given: Stated) -> str:
    return given.passage.text


def _names(text: str) -> list[str]:
    """List names, without the word that begins the text; in Japanese those of a dictionary."""
    spans = split_sentences(text)
    if detect_language(text) == "ja":
        found = [text[p.start : p.end] for p in find_terms(text, spans) if p.kind in _PROPER]
    else:
        found = [name for start, end in spans for name in _english(text[start:end])]
    return [name for name in dict.fromkeys(found) if not text.startswith(name)]


def _english(sentence: str) -> list[str]:
    known = names_in(sentence)
    return [name for name in known if _NAMED.search(name) and not sentence.startswith(name)]


def _within_compound(text: str, match: re.Match[str]) -> bool:
    return _ALONE.search(text[max(0, match.start() - 1) : match.end() + 1]) is not None


def _halves(text: str, language: str) -> tuple[str, str]:
    if language == "en":
        words = text.split(" ")
        middle = len(words) // 2
        return " ".join(words[:middle]) + " ", " ".join(words[middle:])
    middle = len(text) // 2
    pause = text.find("、", middle // 2, middle + middle // 2) + 1
    return text[: pause or middle], text[pause or middle :]
