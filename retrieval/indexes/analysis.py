"""Text to terms: the same analysis for what is indexed and for what is asked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from knowledge.language import CJK_RUN

ANALYSIS: Final = 1
"""Counts up with every change of the analysis: an index of another number is rebuilt."""

LONGEST_TERM: Final = 64
"""In bytes: long enough for a SHA-256 in hexadecimal, too short for encoded binaries."""

LONGEST_QUERY: Final = 10_000
"""In characters: what is asked beyond them is not read."""

_WORD: Final = re.compile(r"[^\W_]+")
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_JOINT: Final = re.compile(r"[^\W_][._]+[^\W_]")
_JOINED: Final = re.compile(r"[^\W_]+(?:[._]+[^\W_]+)+")
_HIRAGANA: Final = re.compile("[\u3041-\u309f]")

STOP_WORDS: Final = (
    "a about above after again all am an and any are as at be because been before being below "
    "between both but by can could did do does doing down during each few for from further had "
    "has have having he her here hers him his how i if in into is it its itself just me more most "
    "my no nor not of off on once only or other our out over own s same she should so some such "
    "t than that the their theirs them then there these they this those through to too under until "
    "up very was we were what when where which while who whom whose why will with would you your"
)
"""English words that nearly every passage holds: they cost five times the rest and tell nothing."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a text consists of, in its order, repetitions included.

    Attributes:
        words: stemmed words and, beside their parts, identifiers as a whole.
        pairs: neighbouring words (stop words skipped): they reward phrases.
        grams: characters and pairs of characters of scripts written without spaces.
    """

    words: list[str]
    pairs: list[str]
    grams: list[str]


class Analyser:
    """Finds the terms of a text; safe to share between threads.

    Text is compared in NFKC, lower case, without accents, English words by their stems.
    `createApp` stands for createapp, create and app; `http_client.py` for itself, http_client,
    http, client and py. Japanese, Chinese and Korean need no dictionary: BM25 over characters and
    pairs of characters finds more than word segmentation does.
    """

    def __init__(self) -> None:
        from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

        self._stemmer = (
            TextAnalyzerBuilder(Tokenizer.whitespace())
            .filter(Filter.remove_long(LONGEST_TERM + 1))
            .filter(Filter.lowercase())
            .filter(Filter.ascii_fold())
            .filter(Filter.stemmer("english"))
            .build()
        )
        self._stop_words = frozenset(self._stems(STOP_WORDS.split()))

    def terms(self, text: str) -> Terms:
        """Find all terms of a text that is to be indexed."""
        spaced, grams = _split_scripts(text)
        found = _WORD.findall(spaced)
        words, pairs = self._neighbours(found)
        return Terms(words + self._stems(_identifiers(spaced, found)), pairs, grams)

    def query(self, text: str) -> Terms:
        """Find the terms to ask for: without stop words, unless there is nothing else."""
        terms = self.terms(text[:LONGEST_QUERY])
        words = [word for word in terms.words if word not in self._stop_words]
        # A single hiragana is a particle or an ending, hence the stop word of Japanese.
        grams = [gram for gram in terms.grams if not _HIRAGANA.fullmatch(gram)]
        if words or grams:
            return Terms(words, terms.pairs, grams)
        return terms

    def queries(self, texts: Iterable[str]) -> Terms:
        """Find the terms to ask for in several texts; no pair spans two of them."""
        found = Terms([], [], [])
        for text in texts:
            terms = self.query(text)
            found.words.extend(terms.words)
            found.pairs.extend(terms.pairs)
            found.grams.extend(terms.grams)
        return found

    def phrases(self, texts: Iterable[str]) -> Terms:
        """Find what every text has that holds each of these word for word; no pair spans two.

        Identifiers as a whole are left out: they may go on where a phrase ends.
        """
        found = Terms([], [], [])
        for text in texts:
            spaced, grams = _split_scripts(text)
            words, pairs = self._neighbours(_WORD.findall(spaced))
            found.words.extend(words)
            found.pairs.extend(pairs)
            found.grams.extend(grams)
        return found

    def _neighbours(self, found: list[str]) -> tuple[list[str], list[str]]:
        """Answer the stems of words, and the pairs that the telling ones among them make."""
        words = self._stems(found)
        telling = [word for word in words if word not in self._stop_words]
        return words, [f"{first}+{second}" for first, second in pairwise(telling)]

    def _stems(self, words: list[str]) -> list[str]:
        return self._stemmer.analyze(" ".join(words)) if words else []


def _split_scripts(text: str) -> tuple[str, list[str]]:
    """Take the runs without spaces out of a text: the rest of it in NFKC, and their grams."""
    if text.isascii():
        return text, []
    text = unicodedata.normalize("NFKC", text)
    grams = []
    for run in CJK_RUN.findall(text):
        grams.extend(run)
        grams.extend(first + second for first, second in pairwise(run))
    return (CJK_RUN.sub(" ", text) if grams else text), grams


def _identifiers(text: str, words: list[str]) -> list[str]:
    """Find what else identifiers stand for: the whole of joined ones, the parts of camelCase."""
    found = []
    if _HUMP.search(text):
        for word in words:
            if not word.islower() and len(parts := _HUMP.split(word)) > 1:
                found.extend(parts)
    if _JOINT.search(text):
        for whole in _JOINED.findall(text):
            found.append(whole)
            if "." in whole:
                found.extend(part for part in whole.split(".") if "_" in part.strip("_"))
    return found
