"""What a sentence that is nearly word for word another one says differently.

Two sentences are aligned word by word. Where one word stands in the place of another, between
words that are the same, the sentence may be a paraphrase, and mostly is; but another number or
unit, the name of another thing, an opposite, or a negation on one side alone make it say something
else. So does what has changed its part with another thing, or has the part of one that was left
out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from string import digits
from typing import Final

from knowledge.extraction.english import FUNCTION
from retrieval.answers.aligning import Aligned, Place, Word
from retrieval.answers.exchanging import Followed, exchanged
from retrieval.answers.negation import denials
from retrieval.answers.numerals import SCALES
from retrieval.answers.opposites import opposite
from retrieval.answers.splicing import spliced
from retrieval.answers.units import period

NEGATED: Final = "one of the two negates what is said"

_ALIKE: Final = 0.6
"""The share of a sentence's words that must stand in the other one, in the same order."""

_TOLD: Final = 0.8
"""The share of its words of content that must stand in the other one, in any order."""

_MOST: Final = 100
"""Things that are followed: more are a table or a list, and no sentence."""

_WINDOW: Final = 4
_LITTLE: Final = frozenset((
    "not", "no", "never", "without", "with", "do", "does", "did", "is", "are", "was", "were", "has",
    "have", "had", "be", "been", "can", "could", "will", "would", "a", "an", "any", "some", "the",
    "ever", "always", "all",
))  # fmt: skip
_BRACKETS: Final = re.compile(r"([^\s(（、。]+)\s*[(（]([^()（）]{2,40})[)）]")
_LIST: Final = re.compile(r",? (?:and|or) |, |[・、]")
_ONLY_LISTING: Final = re.compile(r"(?:\W|\b(?:and|or|the|an?)\b|[とや])*")
_ASIDE: Final = re.compile(r"\s*[(（][^()（）]*[)）]")
_GRAMMAR: Final = re.compile("[ぁ-ゖ]")
_NUMERALS: Final = frozenset("一二三四五六七八九十百千万")

Names = Callable[[str], Sequence[str]]
"""Answers what a text names."""

_Names = tuple[Sequence[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a sentence says differently from another one; `why` is empty for nothing.

    `alike` is the share of its words that stand in the other one in the same order.
    """

    alike: float
    why: str = ""


def difference(text: str, said: str, names: Names, source: str = "") -> Difference:
    """Say what a sentence says differently from one that is much like it.

    Args:
        text: the sentence.
        said: what it is compared with.
        names: finds what is named.
        source: where that stands; a name behind another one in brackets is of the same thing.
    """
    whole = _ASIDE.search(text) is not None or _ASIDE.search(said) is None
    found = _compared(text, said, names, source or said, whole=whole)
    if whole or found.why:
        return found
    main = _compared(text, _ASIDE.sub("", said), names, source or said, whole=True)
    return main if main.why or main.alike >= found.alike else found


def _compared(text: str, said: str, names: Names, source: str, *, whole: bool) -> Difference:
    """Compare two sentences; what moved is known only where nothing in brackets was left out."""
    aligned = Aligned(text, said)
    if aligned.shared < _ALIKE:
        return Difference(aligned.alike)
    own = names(aligned.texts[0]), names(aligned.texts[1])
    why = ""
    if aligned.alike >= _ALIKE:
        why = _replaced(aligned, own, source)
    return Difference(aligned.alike, why or (_moved(aligned, own) if whole else ""))


def opposed(text: str, said: str) -> bool:
    """Tell whether a word that one sentence alone has is the opposite of one of the other's."""
    own, other = Aligned(text, said).words
    known = {word.text for word in own} & {word.text for word in other}
    return bool(
        _opposites(
            [word for word in own if word.text not in known],
            [word for word in other if word.text not in known],
        )
    )


def _replaced(aligned: Aligned, names: _Names, source: str) -> str:
    """Say what stands in the place of something else."""
    folded = aligned.texts[1].casefold()
    traded: list[tuple[str, str]] = []
    places = list(aligned.places())
    for place in places:
        why = _turned(aligned, place, places)
        pair = None if why else _named(aligned, place, names)
        if pair and not _known(pair[0], folded) and not _introduced(pair, source):
            why = f"“{pair[0]}” stands for “{pair[1]}”"
        elif pair and pair[::-1] in traded and not _in_a_list(pair, aligned.texts[1], names[1]):
            why = f"“{pair[0]}” and “{pair[1]}” have changed their places"
        if why:
            return why
        if pair:
            traded.append(pair)
    return ""


def _moved(aligned: Aligned, names: _Names) -> str:
    """Say what changed its part with another thing, or took another one's."""
    named = {
        word.key
        for text, words, own in zip(aligned.texts, aligned.words, names, strict=True)
        for low, high in _all_places(own, text)
        for word in words
        if word.start < high and low < word.end and not word.is_number
        if word.text not in FUNCTION
    }
    followed = Followed(aligned, named)
    if followed.share < _TOLD or len(followed.ours.things) > _MOST:
        return ""
    ours, theirs = followed.ours, followed.theirs
    if pair := exchanged(followed):
        first, second = (theirs.name(each) for each in pair)
        return f"“{first}” and “{second}” have changed their places"
    if pair := spliced(followed):
        return f"“{ours.name(pair[0])}” stands for “{theirs.name(pair[1])}”"
    return ""


def _turned(aligned: Aligned, place: Place, places: Sequence[Place]) -> str:
    """Say which number, opposite or negation makes a place say something else.

    An opposite beside a negation on one side alone says the same: not lower is higher.
    """
    ours, theirs = aligned.within(place)
    if number := _number(aligned, place):
        return number
    denied = _denied(aligned, place)
    if pairs := _opposites(ours, theirs):
        told = f"“{pairs[0][0]}” stands for “{pairs[0][1]}”"
        return told if len(pairs) % 2 == 1 and not denied else ""
    little = all(
        word.key in _LITTLE or word.text in _LITTLE or _GRAMMAR.fullmatch(word.text)
        for word in (*ours, *theirs)
    )
    if not (denied and little):
        return ""
    near = [each for each in places if abs(each.low - place.low) <= _WINDOW]
    return "" if any(_opposites(*aligned.within(each)) for each in near) else NEGATED


def _opposites(ours: Sequence[Word], theirs: Sequence[Word]) -> list[tuple[str, str]]:
    return [(a.text, b.text) for a in ours for b in theirs if opposite(a.text, b.text)]


def _number(aligned: Aligned, place: Place) -> str:
    """Say which number, or unit of one, stands for another: 90 days, 90 weeks."""
    own, other = aligned.measured(place)
    if own and other and not any(one.same(two) for one in own for two in other):
        first, second = own[0], other[0]
        if first.number != second.number:
            return f"{first.number} stands for {second.number}"
        texts = zip(aligned.texts, (first, second), strict=True)
        return " stands for ".join(text[each.start : each.unit_end] for text, each in texts)
    known = {word.text for word in aligned.words[1]}
    for one, two in zip(*aligned.within(place), strict=False):
        if one.text not in known and _counts_otherwise(one, two):
            return f"“{one.text}” stands for “{two.text}”"
    return ""


def _counts_otherwise(one: Word, two: Word) -> bool:
    """Tell whether words differ in a numeral or a time: 二酸化炭素, cry1, "the same year"."""
    if one.key.startswith("§") or two.key.startswith("§"):
        return False
    times = period(one.text), period(two.text)
    if one.text != two.text and SCALES.keys() >= {one.text, two.text}:
        return True
    if times[0] and times[1] and times[0] != times[1]:
        return True
    if one.is_code and two.is_code:
        return one.text.strip(digits) == two.text.strip(digits)
    if len(one.text) != len(two.text) or one.text == two.text:
        return False
    pairs = [(a, b) for a, b in zip(one.text, two.text, strict=True) if a != b]
    return all(a in _NUMERALS and b in _NUMERALS for a, b in pairs)


def _denied(aligned: Aligned, place: Place) -> bool:
    """Tell whether one side alone is negated there."""
    spans = aligned.spans(place, _WINDOW)
    first, second = (
        denials(text[low:high]) for text, (low, high) in zip(aligned.texts, spans, strict=True)
    )
    return first % 2 != second % 2


def _named(aligned: Aligned, place: Place, names: _Names) -> tuple[str, str] | None:
    """Answer what is named where something else is named on the other side."""
    found = [
        _covering(text, span, own)
        for text, span, own in zip(aligned.texts, aligned.spans(place), names, strict=True)
    ]
    if not (found[0] and found[1]):
        return None
    one, two = (each.casefold() for each in found)
    return None if one in two or two in one else (found[0], found[1])


def _known(names: str, folded: str) -> bool:
    """Tell whether all of several names stand there: in another order, maybe."""
    return all(name in folded for name in _LIST.split(names.casefold()))


def _in_a_list(pair: tuple[str, str], text: str, names: Sequence[str]) -> bool:
    """Tell whether nothing but other names, "and" and commas stand between two names."""
    low, high = sorted(text.find(name) for name in pair)
    between = text[low:high]
    for name in sorted((*pair, *names), key=len, reverse=True):
        between = between.replace(name, ",")
    return low >= 0 and _ONLY_LISTING.fullmatch(between) is not None


def _introduced(pair: tuple[str, str], source: str) -> bool:
    """Tell whether a source gives one of two names for the other: pyridostatin (PDS)."""
    one, two = (name.casefold() for name in pair)
    return any(
        (word in one and other in two) or (word in two and other in one)
        for word, other in _BRACKETS.findall(source.casefold())
    )


def _covering(text: str, span: tuple[int, int], names: Sequence[str]) -> str:
    """Answer the whole of the names that a span is a part of, or has; "" for none."""
    low, high = span
    edges = [(start, end) for start, end in _all_places(names, text) if start < high and low < end]
    return text[min(a for a, _ in edges) : max(b for _, b in edges)] if edges else ""


def _all_places(names: Sequence[str], text: str) -> Iterator[tuple[int, int]]:
    for name in names:
        for at in _places_of(name, text):
            yield at, at + len(name)


def _places_of(name: str, text: str) -> Iterator[int]:
    at = text.find(name)
    while at >= 0:
        yield at
        at = text.find(name, at + 1)
