"""What a question asks for: its words with their weights, its names, and the kind of answer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Final, Protocol

from knowledge.extraction.english import FUNCTION
from retrieval.answers.seeking import INTERROGATIVE, Seeks, sought
from retrieval.indexes.analysis import Analyser, Terms


class Frequencies(Protocol):
    """How common terms are in what is searched."""

    def frequencies(self, terms: Terms) -> tuple[Mapping[str, int], int]:
        """Answer how many passages have each word and gram, and how many passages there are."""
        ...


class OfTexts:
    """How common terms are in some texts alone: for who may not know what stands in others."""

    def __init__(self, texts: Sequence[str], analyser: Analyser) -> None:
        """Take the texts apart."""
        found = [analyser.terms(text) for text in texts]
        self._held = [frozenset([*each.words, *each.grams]) for each in found]

    def frequencies(self, terms: Terms) -> tuple[Mapping[str, int], int]:
        """Answer how many of the texts have each word and gram, and how many texts there are."""
        wanted = dict.fromkeys([*terms.words, *terms.grams])
        counts = {term: sum(term in held for held in self._held) for term in wanted}
        return counts, len(self._held)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, taken apart.

    Attributes:
        weights: inverse document frequency of each term (words' stems; characters and pairs of
            them in Japanese).
        mass: the sum of the weights.
        unknown: the share of the mass whose terms stand in no passage.
        pairs: neighbouring words.
        names: what is named, in lower case.
    """

    text: str
    weights: Mapping[str, float]
    mass: float
    unknown: float
    pairs: frozenset[str]
    names: Sequence[str]
    seeks: Seeks

    def share(self, terms: frozenset[str]) -> float:
        """Answer which share of the question's mass a set of terms covers, 0 to 1."""
        if self.mass == 0.0:
            return 0.0
        return sum(self.weights[term] for term in self.weights.keys() & terms) / self.mass


_NAME: Final = re.compile(
    r"[A-Z][\w'’.&-]*(?:[ -](?:(?:of|the|de|van|von|and|la|du|da) )*(?:[A-Z0-9][\w'’.&-]*))*"
    r"|[\"“「『]([^\"”」』]{2,60})[\"”」』]"
    "|[ァ-ヺー・]{2,}|[一-鿿々]{2,}"
)


def asked(question: str, analyser: Analyser, known: Frequencies) -> Asked:
    """Take a question apart against what is searched."""
    text = unicodedata.normalize("NFKC", question)
    terms = analyser.query(INTERROGATIVE.sub(" ", text))
    counts, passages = known.frequencies(terms)
    weights = {term: _rarity(count, passages) for term, count in counts.items()}
    mass = sum(weights.values())
    missing = sum(weights[term] for term, count in counts.items() if not count)
    return Asked(
        text=text,
        weights=weights,
        mass=mass,
        unknown=missing / mass if mass else 0.0,
        pairs=frozenset(terms.pairs),
        names=[name.casefold() for name in names_in(text)],
        seeks=sought(text),
    )


def names_in(text: str) -> list[str]:
    """Find what a text names: capitalised, quoted, in katakana or kanji; each once."""
    found: dict[str, None] = {}
    for match in _NAME.finditer(text):
        name = (match[1] or match[0]).strip(" .'’-・&")
        words = name.split()
        while words and words[0].casefold() in FUNCTION:
            words = words[1:]
        if words and (len(words) > 1 or len(words[0]) > 1):
            found[" ".join(words)] = None
    return list(found)


def _rarity(count: int, passages: int) -> float:
    return log(1.0 + (max(passages, count) - count + 0.5) / (count + 0.5))
