"""What a sentence speaks of, and which part each thing has in it: by Ada, to Bob, アリスに."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from knowledge.extraction.english import FUNCTION
from retrieval.answers.aligning import Word
from retrieval.answers.numerals import DETERMINERS


class Kind(Enum):
    """What a thing is; only things of one kind can take each other's place."""

    NUMBER = "number"
    NAME = "name"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Thing:
    """A number, a name's word or another word of content.

    Attributes:
        at: its place among the words of its sentence.
        part: the preposition before it, or the particle behind it; "" for none.
        parted: whether "and", a comma or the like stands between it and the thing before.
        aside: whether it stands in brackets.
    """

    word: Word
    at: int
    kind: Kind
    part: str
    parted: bool
    aside: bool

    @property
    def key(self) -> str:
        """Answer the word as it is compared."""
        return self.word.key


AND: Final = frozenset(("and", "or", "nor", "と", "や", "及び", "並びに"))
SUBJECT: Final = "が"
COPULA: Final = "である"
AGENT: Final = "に"
OBJECT: Final = "を"

_PREPOSITIONS: Final = frozenset((
    "of", "at", "by", "to", "from", "with", "without", "within", "into", "onto", "upon", "over",
    "under", "above", "below", "between", "among", "through", "during", "before", "after", "behind",
    "beside", "beyond", "near", "across", "along", "against", "toward", "towards", "via", "despite",
    "except", "in", "on", "about", "for", "than", "as",
))  # fmt: skip
_CLOSING: Final = '」』）)】”"'
_DASH: Final = re.compile(r"\s*[-‐–—~〜～]\s*")
_COMMA: Final = re.compile("[,;、，；]")
_PAUSE: Final = re.compile("[,;:、，；：(（。]")
_BRACKETS: Final = re.compile(r"[(（][^()（）]*[)）]")
_GRAMMAR: Final = re.compile("[ぁ-ゖ]")
_PARTICLE: Final = re.compile(
    "(で(?:ある|あった|あり|す|した)|だ(?:った)?)|(によって|により)|から|より|まで|[はがもをにへとのでや]"
)


class Sentence:
    """A sentence, taken apart.

    Attributes:
        text: in NFKC.
        words: its words.
        named: the words, as they are compared, that are a part of a name.
        things: what it speaks of, in order.
        by_place: the number of each thing, by its place among the words.
    """

    def __init__(self, text: str, words: Sequence[Word], named: Collection[str]) -> None:
        """Find the things of a sentence, and their parts."""
        self.text = text
        self.named = named
        self.words = words
        self.things = list(self._things())
        self.by_place = {thing.at: number for number, thing in enumerate(self.things)}

    def name(self, thing: Thing) -> str:
        """Write a thing as it stands there, with the whole of its name."""
        low = high = thing.at
        while low and self.goes_on(low):
            low -= 1
        while high + 1 < len(self.words) and self.goes_on(high + 1):
            high += 1
        return self.text[self.words[low].start : self.words[high].end]

    def goes_on(self, at: int) -> bool:
        """Tell whether a word and the one before it are of one name."""
        both = self.words[at - 1 : at + 1]
        named = all(word.key in self.named and len(word.key) > 1 for word in both)
        return named and self.gap(at) == " "

    def _things(self) -> Iterator[Thing]:
        brackets = [match.span() for match in _BRACKETS.finditer(self.text)]
        parted = False
        last = 0
        for at, word in enumerate(self.words):
            parted |= word.key in AND or _COMMA.search(self.text, last, word.start) is not None
            last = word.end
            kind = self._kind(word)
            if kind is not None:
                part = self._before(at) or self._behind(at)
                aside = any(low < word.start < high for low, high in brackets)
                yield Thing(word, at, kind, part, parted, aside)
                parted = False

    def _kind(self, word: Word) -> Kind | None:
        if word.is_number:
            return None if word.text in DETERMINERS else Kind.NUMBER
        if word.key.startswith("§") or _GRAMMAR.fullmatch(word.text) or word.text in FUNCTION:
            return None
        if word.text.isascii() and len(word.text) == 1:
            return None
        return Kind.NAME if word.is_code or word.key in self.named else Kind.OTHER

    def gap(self, at: int) -> str:
        """Answer what stands between a word and the one before it."""
        return self.text[self.words[at - 1].end : self.words[at].start] if at > 0 else "."

    def _before(self, at: int) -> str:
        """Find the preposition of a word; of a whole name, if it is a part of one."""
        while at and self.goes_on(at):
            at -= 1
        counted = self.words[at].is_number
        if counted and at and _DASH.fullmatch(self.gap(at)):
            return "to" if self.words[at - 1].key.startswith(("#", "§")) else ""
        while at and not _PAUSE.search(self.gap(at)):
            at -= 1
            word = self.words[at]
            if word.text in _PREPOSITIONS and not (word.text == "about" and counted):
                return word.text
            figure = word.key.startswith(("#", "§"))
            if word.key in AND or not (figure or word.text in FUNCTION):
                break
        return ""

    def _behind(self, at: int) -> str:
        """Find the particle of a Japanese word, behind the compound that it begins."""
        last = len(self.words) - 1
        while at < last and not self.gap(at + 1).strip(_CLOSING):
            at += 1
            word = self.words[at]
            if _GRAMMAR.fullmatch(word.text):
                match = _PARTICLE.match(self.text, word.start)
                return _part(match) if match else ""
            if word.text.isascii() and word.text.isalpha():
                break
        return ""


def _part(match: re.Match[str]) -> str:
    if match[1]:
        return COPULA
    if match[2]:
        return AGENT
    return SUBJECT if match[0] in {"は", "が", "も"} else match[0]
