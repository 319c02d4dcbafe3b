"""What a sentence that is nearly word for word another one says differently.

Two sentences are aligned word by word. Where one word stands in the place of another, between
words that are the same, the sentence may be a paraphrase, and mostly is; but another number, the
name of another thing, an opposite, or a negation on one side alone make it say something else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from retrieval.answers.negation import denials
from retrieval.answers.opposites import opposite
from retrieval.answers.quantities import quantity

NEGATED: Final = "one of the two negates what is said"

_ALIKE: Final = 0.6
"""The share of a sentence's words that must stand in the other one, in the same order."""

_AROUND: Final = 3
"""Words that must be the same beside one that differs, on both sides together."""

_WINDOW: Final = 4
_LONGEST: Final = 8
"""Words that stand for others: more are another clause."""

_TOKEN: Final = re.compile(
    r"can(?=not\b)|(?<=can)not\b|[a-z]+?(?=n['’]t\b)|n['’]t\b"
    r"|\d+(?:[.,]\d+)*|[〇一二三四五六七八九十百千]+|[ァ-ヺー・]+|[々一-鿿]+|[ぁ-ゖ]|[^\W\d_ぁ-ゖァ-ヺー々一-鿿]+"
)
_KEYS: Final = {"n't": "not", "n’t": "not", "ca": "can", "wo": "will"}
_LITTLE: Final = frozenset((
    "not", "no", "never", "without", "with", "do", "does", "did", "is", "are", "was", "were", "has",
    "have", "had", "be", "been", "can", "could", "will", "would", "a", "an", "any", "some", "the",
    "ever", "always", "all",
))  # fmt: skip
_BRACKETS: Final = re.compile(r"([^\s(（、。]+)\s*[(（]([^()（）]{2,40})[)）]")
_GRAMMAR: Final = re.compile("[ぁ-ゖ]")

Names = Callable[[str], Sequence[str]]
"""Answers what a text names."""


@dataclass(frozen=True, slots=True)
class _Word:
    key: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Place:
    """Words from `low` to `high` of the one sentence that stand for those of the other."""

    low: int
    high: int
    other_low: int
    other_high: int


class _Aligned:
    """Two sentences, word by word."""

    def __init__(self, text: str, said: str) -> None:
        self.texts = tuple(unicodedata.normalize("NFKC", each) for each in (text, said))
        self.words = tuple(_words(each) for each in self.texts)
        keys = [[word.key for word in each] for each in self.words]
        matcher = SequenceMatcher(None, keys[0], keys[1], autojunk=False)
        self._codes = matcher.get_opcodes()
        same = sum(high - low for tag, low, high, *_ in self._codes if tag == "equal")
        self.alike = same / max(1, len(keys[0]))

    def places(self) -> Iterator[_Place]:
        """Yield where few words differ between words that are the same."""
        last = len(self._codes) - 1
        for number, (tag, *edges) in enumerate(self._codes):
            place = _Place(*edges)
            if tag == "equal" or max(edges[1] - edges[0], edges[3] - edges[2]) > _LONGEST:
                continue
            beside = [
                self._codes[near][2] - self._codes[near][1]
                for near in (number - 1, number + 1)
                if 0 <= near <= last
            ]
            if sum(beside) >= _AROUND:
                yield place

    def spans(self, place: _Place, more: int = 0) -> tuple[tuple[int, int], tuple[int, int]]:
        """Answer the characters of a place on both sides, and of so many words around it."""
        edges = ((place.low, place.high), (place.other_low, place.other_high))
        found = []
        for words, (low, high) in zip(self.words, edges, strict=True):
            within = words[max(0, low - more) : high + more]
            found.append((within[0].start, within[-1].end) if within else (0, 0))
        return found[0], found[1]

    def keys(self, place: _Place) -> tuple[list[str], list[str]]:
        """Answer the words of a place, as they are compared."""
        own, other = self.words
        return (
            [word.key for word in own[place.low : place.high]],
            [word.key for word in other[place.other_low : place.other_high]],
        )


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
    aligned = _Aligned(text, said)
    if aligned.alike < _ALIKE:
        return Difference(aligned.alike)
    own = names(aligned.texts[0]), names(aligned.texts[1])
    folded = aligned.texts[1].casefold()
    exchanged: list[tuple[str, str]] = []
    places = list(aligned.places())
    for place in places:
        why = _turned(aligned, place, places)
        pair = None if why else _named(aligned, place, own)
        if pair is not None:
            if pair[0].casefold() not in folded and not _introduced(pair, source or said):
                why = f"“{pair[0]}” stands for “{pair[1]}”"
            elif pair[::-1] in exchanged:
                why = f"“{pair[0]}” and “{pair[1]}” have changed their places"
            exchanged.append(pair)
        if why:
            return Difference(aligned.alike, why)
    return Difference(aligned.alike)


def _turned(aligned: _Aligned, place: _Place, places: Sequence[_Place]) -> str:
    """Say which number, opposite or negation makes a place say something else.

    An opposite beside a negation on one side alone says the same: not lower is higher.
    """
    ours, theirs = aligned.keys(place)
    for number, instead in _numbers(ours, theirs):
        return f"{number} stands for {instead}"
    denied = _denied(aligned, place)
    if pairs := _opposites(ours, theirs):
        told = f"“{pairs[0][0]}” stands for “{pairs[0][1]}”"
        return told if len(pairs) % 2 == 1 and not denied else ""
    little = all(word in _LITTLE or _GRAMMAR.fullmatch(word) for word in (*ours, *theirs))
    if not (denied and little):
        return ""
    near = [each for each in places if abs(each.low - place.low) <= _WINDOW]
    return "" if any(_opposites(*aligned.keys(each)) for each in near) else NEGATED


def _opposites(ours: Sequence[str], theirs: Sequence[str]) -> list[tuple[str, str]]:
    return [(a, b) for a in ours for b in theirs if opposite(a, b)]


def _words(text: str) -> list[_Word]:
    found = []
    for match in _TOKEN.finditer(text.lower()):
        word = match[0]
        value = quantity(word)
        found.append(_Word(_KEYS.get(word, word) if value is None else f"#{value}", *match.span()))
    return found


def _numbers(ours: Sequence[str], theirs: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield a number that stands in the place of another one."""
    own = [key[1:] for key in ours if key.startswith("#")]
    other = [key[1:] for key in theirs if key.startswith("#")]
    if own and other and not set(own) & set(other):
        yield own[0], other[0]


def _denied(aligned: _Aligned, place: _Place) -> bool:
    """Tell whether one side alone is negated there."""
    spans = aligned.spans(place, _WINDOW)
    first, second = (
        denials(text[low:high]) for text, (low, high) in zip(aligned.texts, spans, strict=True)
    )
    return first % 2 != second % 2


def _named(
    aligned: _Aligned, place: _Place, names: tuple[Sequence[str], Sequence[str]]
) -> tuple[str, str] | None:
    """Answer what is named where something else is named on the other side."""
    found = [
        _covering(text, span, own)
        for text, span, own in zip(aligned.texts, aligned.spans(place), names, strict=True)
    ]
    if not (found[0] and found[1]):
        return None
    one, two = (each.casefold() for each in found)
    return None if one in two or two in one else (found[0], found[1])


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
    edges = [
        (at, at + len(name))
        for name in names
        for at in _places_of(name, text)
        if at < high and low < at + len(name)
    ]
    return text[min(a for a, _ in edges) : max(b for _, b in edges)] if edges else ""


def _places_of(name: str, text: str) -> Iterator[int]:
    at = text.find(name)
    while at >= 0:
        yield at
        at = text.find(name, at + 1)
