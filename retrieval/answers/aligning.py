"""Two sentences, word by word: which words both have in the same order, and where they differ."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from retrieval.answers.numerals import folded
from retrieval.answers.quantities import Quantity, quantities

_AROUND: Final = 3
"""Words that must be the same beside one that differs, on both sides together."""

_LONGEST: Final = 8
"""Words that stand for others: more are another clause."""

_TOKEN: Final = re.compile(
    r"can(?=not\b)|(?<=can)not\b|[a-z]+?(?=n['’]t\b)|n['’]t\b"
    r"|[a-z]+\d+[a-z]?(?![^\W_])|\d+|[ァ-ヺー・]+|[々一-鿿]+|[ぁ-ゖ]|[^\W\d_ぁ-ゖァ-ヺー々一-鿿]+"
)
_LETTER: Final = re.compile("[A-Za-z]")
_KEYS: Final = {"n't": "not", "n’t": "not", "ca": "can", "wo": "will"}


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a sentence: `text[start:end]`, in lower case, and as it is compared."""

    key: str
    text: str
    start: int
    end: int

    @property
    def is_number(self) -> bool:
        """Tell whether it is a number, in figures or in words."""
        return self.key.startswith("#")

    @property
    def is_code(self) -> bool:
        """Tell whether it is a name of letters and figures: cry1."""
        return self.text.isascii() and self.key[0].isalpha() and not self.text.isalpha()


@dataclass(frozen=True, slots=True)
class Place:
    """Words from `low` to `high` of the one sentence that stand for those of the other."""

    low: int
    high: int
    other_low: int
    other_high: int


class Aligned:
    """Two sentences, word by word.

    Attributes:
        texts: both, in NFKC.
        words: of both.
        quantities: of both.
        alike: the share of the first one's words that stand in the other in the same order.
        shared: the share of them that stand there at all.
    """

    def __init__(self, text: str, said: str) -> None:
        self.texts = tuple(unicodedata.normalize("NFKC", each) for each in (text, said))
        self.quantities = tuple(map(_counting, self.texts))
        self.words = tuple(map(_words, self.texts, self.quantities))
        keys = [[word.key for word in each] for each in self.words]
        matcher = SequenceMatcher(None, keys[0], keys[1], autojunk=False)
        self._codes = matcher.get_opcodes()
        most = max(1, len(keys[0]))
        self.alike = len(list(self.pairs())) / most
        self.shared = (Counter(keys[0]) & Counter(keys[1])).total() / most

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Yield the places of the words that are aligned."""
        for tag, low, high, other_low, other_high in self._codes:
            if tag == "equal":
                yield from zip(range(low, high), range(other_low, other_high), strict=True)

    def places(self) -> Iterator[Place]:
        """Yield where few words differ between words that are the same."""
        last = len(self._codes) - 1
        for number, (tag, *edges) in enumerate(self._codes):
            place = Place(*edges)
            if tag == "equal" or max(edges[1] - edges[0], edges[3] - edges[2]) > _LONGEST:
                continue
            beside = [
                self._codes[near][2] - self._codes[near][1]
                for near in (number - 1, number + 1)
                if 0 <= near <= last
            ]
            if sum(beside) >= _AROUND:
                yield place

    def spans(self, place: Place, more: int = 0) -> tuple[tuple[int, int], tuple[int, int]]:
        """Answer the characters of a place on both sides, and of so many words around it."""
        edges = ((place.low, place.high), (place.other_low, place.other_high))
        found = []
        for words, (low, high) in zip(self.words, edges, strict=True):
            within = words[max(0, low - more) : high + more]
            found.append((within[0].start, within[-1].end) if within else (0, 0))
        return found[0], found[1]

    def within(self, place: Place) -> tuple[Sequence[Word], Sequence[Word]]:
        """Answer the words of a place on both sides."""
        own, other = self.words
        return own[place.low : place.high], other[place.other_low : place.other_high]

    def measured(self, place: Place) -> tuple[list[Quantity], list[Quantity]]:
        """Answer the quantities whose number or unit is in a place, on both sides."""
        first, second = (
            [each for each in own if each.start < high and low < each.unit_end]
            for own, (low, high) in zip(self.quantities, self.spans(place), strict=True)
        )
        return first, second


def _counting(text: str) -> list[Quantity]:
    """Find the numbers of a text, but for those of a code: Cry1."""
    found = quantities(text)
    return [each for each in found if not (each.start and _LETTER.match(text, each.start - 1))]


def _words(text: str, measured: list[Quantity]) -> list[Word]:
    lower = folded(text)
    found: list[Word] = []
    place = 0
    for each in measured:
        found += _between(lower, place, each.start)
        found += _measured(lower, each)
        place = each.unit_end
    return [*found, *_between(lower, place, len(lower))]


def _measured(lower: str, each: Quantity) -> Iterator[Word]:
    """Yield a number and its unit, in the order in which they stand there."""
    start, end = each.start, each.end
    key = f"§{each.unit.key}" if each.unit else ""
    if key and each.unit_start == each.unit_end:  # $5
        yield Word(key, lower[start], start, start + 1)
        start += 1
    yield Word(f"#{each.number}", lower[start:end], start, end)
    yield from _between(lower, end, each.unit_start)
    if each.unit_start < each.unit_end:
        yield Word(key, lower[each.unit_start : each.unit_end], each.unit_start, each.unit_end)


def _between(lower: str, start: int, end: int) -> Iterator[Word]:
    for match in _TOKEN.finditer(lower, start, end):
        yield Word(_KEYS.get(match[0], match[0]), match[0], *match.span())
