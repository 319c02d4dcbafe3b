"""Checks a written sentence against the passages that it cites: its words, and what they mean."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from knowledge.extraction.english import is_common
from knowledge.extraction.japanese import find_terms
from knowledge.extraction.model import NameKind
from knowledge.sentences import clauses, split_sentences
from retrieval.answers.asking import names_in
from retrieval.answers.differing import NEGATED, difference, opposed
from retrieval.answers.model import Passage, Quote, Sentence
from retrieval.answers.negation import denials
from retrieval.answers.quantities import in_figures, quantities, without_units
from retrieval.indexes.analysis import Analyser

_BORNE: Final = 0.6
"""The share of a sentence's content words that its passages must have."""

_WORDS_ON_END: Final = 4
_PAIRS_ON_END: Final = 8
"""So many content words, or pairs of Japanese characters, on end that no passage has."""

_CLOSE: Final = 0.6
"""A clause of a passage with so many of the words says the same, or the opposite."""

_WORD_FOR_WORD: Final = 0.9
"""A sentence with so many of its words in the order of another one was compared word by word."""

_TELLING: Final = 2
"""Words from which on a clause says something."""

_SUFFIXED: Final = 2
_KANJI: Final = re.compile("[一-鿿]")
_HIRAGANA: Final = re.compile("[ぁ-ゖ]+")
_WRITTEN: Final = re.compile("[A-Zァ-ヺ]")
_PROPER: Final = (NameKind.PERSON, NameKind.PLACE, NameKind.ORGANISATION, NameKind.NAME)


class Checker:
    """Believes of a sentence what the passages that it cites bear out."""

    def __init__(self, analyser: Analyser) -> None:
        self._analyser = analyser

    def check(self, sentence: Sentence, passages: Sequence[Passage]) -> Sentence:
        """Answer the sentence with the verdict, and with the words that bear it out.

        It is unsupported where it cites nothing, or what is not there; where a number with its unit
        or a name in it stands in none of the cited passages (nor in their titles), or more than two
        fifths of its words do not, or several on end; and where the nearest sentence, which is much
        like it, has another number, unit, name, or opposite word in its place, or has two of them
        the other way round, or one of the two negates what the other says. What is said in other
        words altogether is unsupported too: better too little than too much.
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
        if quote is not None:
            why = self._otherwise(sentence.text, quote, numbered[quote.number])
        if why:
            return replace(sentence, supported=False, why=why)
        return replace(sentence, supported=True, why="", quotes=[quote] if quote else [])

    def _against(self, text: str, cited: Sequence[Passage]) -> str:
        """Say what speaks against a sentence; "" for nothing."""
        source = "\n".join(" ".join((p.citation.title, *p.citation.heading, p.text)) for p in cited)
        folded = source.casefold()
        if unknown := _unknown_number(text, source):
            return f"{unknown} does not stand there"
        held = self._terms(source)
        for name in _names(without_units(text)):
            if not self._stands(name, folded, held):
                return f"“{name}” does not stand there"
        share = _share(self._content(text), held)
        if share < _BORNE:
            return f"only {share:.0%} of its words stand there"
        return "several words on end do not stand there" if self._strange(text, held) else ""

    def _stands(self, name: str, folded: str, held: frozenset[str]) -> bool:
        """Tell whether a source has a name, or all of its words; numbers were looked for before."""
        short = name[:-1] if len(name) > _SUFFIXED and _KANJI.match(name[-1]) else name
        if short.casefold() in folded:  # 東京 is 東京都, too
            return True
        return {term for term in self._content(name) if not term.isdecimal()} <= held

    def _strange(self, text: str, held: frozenset[str]) -> bool:
        """Tell whether a part of a sentence comes from elsewhere, however well the rest stands."""
        terms = self._analyser.query(in_figures(text))
        pairs = [gram for gram in terms.grams if len(gram) > 1]
        runs = ((terms.words, _WORDS_ON_END), (pairs, _PAIRS_ON_END))
        return any(_longest_unknown(found, held) >= most for found, most in runs)

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

    def _otherwise(self, text: str, quote: Quote, passage: Passage) -> str:
        """Say what the nearest sentence says differently; "" for nothing."""
        start = passage.citation.start
        said = passage.text[quote.start - start : quote.end - start]
        found = difference(text, said, _names, passage.text)
        if found.why or found.alike >= _WORD_FOR_WORD:
            return found.why
        return NEGATED if self._opposite(text, said) else ""

    def _opposite(self, text: str, said: str) -> bool:
        """Tell whether a clause says the opposite of the clause that is nearest to it."""
        known = [(part, self._terms(part)) for part in clauses(said)]
        for clause in clauses(text):
            wanted = self._content(clause)
            if len(wanted) < _TELLING:
                continue
            share, _, part = max(
                (_share(wanted, terms), _share(terms, wanted), part) for part, terms in known
            )
            denied = denials(clause) % 2 != denials(part) % 2
            if share >= _CLOSE and denied and not opposed(clause, part):
                return True
        return False

    def _content(self, text: str) -> frozenset[str]:
        terms = self._analyser.query(in_figures(text))
        return frozenset((*terms.words, *terms.grams))

    def _terms(self, text: str) -> frozenset[str]:
        terms = self._analyser.terms(in_figures(text, both_ways=True))
        return frozenset((*terms.words, *terms.grams))


def _names(text: str) -> list[str]:
    """Find the names that must stand in a source; a sentence's first word may be any word."""
    parts = [part for name in names_in(text) for part in _HIRAGANA.split(name)]
    spans = [(0, len(text))]
    proper = [text[p.start : p.end] for p in find_terms(text, spans) if p.kind in _PROPER]
    return [
        *(
            name
            for name in parts
            if _WRITTEN.search(name) and not (text.startswith(name) and is_common(name.lower()))
        ),
        *proper,
    ]


def _unknown_number(text: str, source: str) -> str:
    """Answer a number of a text that its source has not, or has of another unit; "" for none."""
    plain = unicodedata.normalize("NFKC", text)
    known = quantities(unicodedata.normalize("NFKC", source))
    for each in quantities(plain):
        if each.exact and not any(each.same(other) for other in known):
            alone = all(each.number != other.number for other in known)
            return plain[each.start : each.end if alone else each.unit_end]
    return ""


def _longest_unknown(terms: Sequence[str], held: frozenset[str]) -> int:
    longest = run = 0
    for term in terms:
        run = 0 if term in held else run + 1
        longest = max(longest, run)
    return longest


def _share(wanted: frozenset[str], held: frozenset[str]) -> float:
    return len(wanted & held) / len(wanted) if wanted else 0.0
