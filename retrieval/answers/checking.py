"""Checks a written sentence against the passages that it cites: words, numbers, names, negation."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from knowledge.extraction.english import is_common
from knowledge.sentences import clauses, split_sentences
from retrieval.answers.asking import names_in, numbers_in
from retrieval.answers.model import Passage, Quote, Sentence
from retrieval.indexes.analysis import Analyser

_BORNE: Final = 0.6
"""The share of a sentence's content words that its passages must have."""

_CLOSE: Final = 0.6
"""A clause of a passage with so many of the words says the same, or the opposite."""

_NEGATION: Final = re.compile(
    r"\b(?:not|no|never|cannot|none|neither|nor|without|nobody|nothing)\b|n['’]t\b"
    r"|(?:ない|なかっ|ません|せず|られず|ぬ)(?=[。、\s」]|$)|なく|なけれ|ません",
    re.IGNORECASE,
)
_WORDS: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen twenty"
)
_TENS: Final = "thirty forty fifty sixty seventy eighty ninety hundred"
_SAID: Final[Mapping[str, str]] = {
    **{word: str(number) for number, word in enumerate(_WORDS.split())},
    **{word: str(number) for number, word in zip(range(30, 101, 10), _TENS.split(), strict=True)},
}
_LETTERS: Final = re.compile(r"[a-z]+")
_KANJI: Final = re.compile("[一二三四五六七八九]?[十百]?[一二三四五六七八九十百]")
_DIGITS: Final = "〇一二三四五六七八九"
_WRITTEN: Final = re.compile("[A-Zァ-ヺ]")


class Checker:
    """Believes of a sentence what the passages that it cites bear out."""

    def __init__(self, analyser: Analyser) -> None:
        self._analyser = analyser

    def check(self, sentence: Sentence, passages: Sequence[Passage]) -> Sentence:
        """Answer the sentence with the verdict, and with the words that bear it out.

        It is unsupported where it cites nothing, or what is not there; where a number or a name in
        it stands in none of the cited passages (nor in their titles), or more than two fifths of
        its words do not; and where it negates what the nearest clause says, or the other way round.
        What is said in other words altogether is unsupported too: better too little than
        too much.
        """
        numbered = {passage.number: passage for passage in passages}
        cited = [numbered[number] for number in sentence.citations if number in numbered]
        missing = [number for number in sentence.citations if number not in numbered]
        if missing or not cited:
            why = f"it cites [{missing[0]}], which is not there" if missing else "it cites nothing"
            return replace(sentence, supported=False, why=why)
        why = self._against(sentence.text, cited)
        if why:
            return replace(sentence, supported=False, why=why)
        near = (self._nearest(sentence.text, passage) for passage in cited)
        _, quote = max(near, key=lambda found: found[0])
        if quote is not None and self._opposite(sentence.text, _quoted(quote, numbered)):
            return replace(sentence, supported=False, why="one of the two negates what is said")
        return replace(sentence, supported=True, why="", quotes=[quote] if quote else [])

    def _against(self, text: str, cited: Sequence[Passage]) -> str:
        """Say what speaks against a sentence; "" for nothing."""
        source = "\n".join(" ".join((p.citation.title, *p.citation.heading, p.text)) for p in cited)
        folded = source.casefold()
        unknown = sorted(numbers_in(text) - numbers_in(source) - _spelt(folded))
        if unknown:
            return f"{unknown[0]} does not stand there"
        held = self._terms(source)
        for name in _names(text):
            if name.casefold() not in folded and not self._content(name) <= held:
                return f"“{name}” does not stand there"
        share = _share(self._content(text), held)
        return "" if share >= _BORNE else f"only {share:.0%} of its words stand there"

    def _nearest(self, text: str, passage: Passage) -> tuple[float, Quote | None]:
        """Find the passage's sentence that has most of a sentence's words."""
        wanted, start = self._content(text), passage.citation.start
        shares = [
            (_share(wanted, self._terms(passage.text[low:high])), -low, high)
            for low, high in split_sentences(passage.text)
        ]
        if not shares:
            return 0.0, None
        share, low, high = max(shares)
        return share, Quote(passage.number, start - low, start + high)

    def _opposite(self, text: str, said: str) -> bool:
        """Tell whether the clause that is nearest to a sentence says its opposite."""
        wanted = self._content(text)
        share, clause = max((_share(wanted, self._terms(part)), part) for part in clauses(said))
        return share >= _CLOSE and bool(_NEGATION.search(clause)) != bool(_NEGATION.search(text))

    def _content(self, text: str) -> frozenset[str]:
        terms = self._analyser.query(text)
        return frozenset((*terms.words, *terms.grams))

    def _terms(self, text: str) -> frozenset[str]:
        terms = self._analyser.terms(text)
        return frozenset((*terms.words, *terms.grams))


def _names(text: str) -> list[str]:
    """Find the names that must stand in a source; a sentence's first word may be any word."""
    return [
        name
        for name in names_in(text)
        if _WRITTEN.search(name) and not (text.startswith(name) and is_common(name.lower()))
    ]


def _quoted(quote: Quote, numbered: Mapping[int, Passage]) -> str:
    passage = numbered[quote.number]
    start = passage.citation.start
    return passage.text[quote.start - start : quote.end - start]


def _share(wanted: frozenset[str], held: frozenset[str]) -> float:
    return len(wanted & held) / len(wanted) if wanted else 0.0


def _spelt(folded: str) -> frozenset[str]:
    """Find the numbers that a text spells out, up to a hundred: ninety, 九十."""
    english = {_SAID[word] for word in _LETTERS.findall(folded) if word in _SAID}
    return frozenset(english | {str(_value(run)) for run in _KANJI.findall(folded)})


def _value(run: str) -> int:
    """Read kanji numerals: 九十 is 90, 十二 is 12."""
    total = digit = 0
    for character in run:
        if character in _DIGITS:
            digit = _DIGITS.index(character)
        else:
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
    return total + digit
