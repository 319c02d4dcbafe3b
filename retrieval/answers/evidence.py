"""What speaks for a sentence as an answer: one row of figures for each sentence of the hits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from knowledge.sentences import split_sentences
from retrieval.answers.asking import Asked
from retrieval.answers.seeking import Seeks, offers
from retrieval.indexes.analysis import Analyser
from retrieval.model import Hit

LONGEST: Final = 1_200
"""Characters: what has no end by then is a table or code, and is quoted up to there."""

_MOST: Final = 30
"""Sentences that are looked at in one passage."""

_MOST_IN_ALL: Final = 150
_MARKUP: Final = ("#", "|", "```", "<", "{", ":::")
_FEW_TERMS: Final = 4

FEATURES: Final = (
    "coverage", "with title", "pairs", "offers", "lacks", "score", "around", "first", "short",
    "markup", "question",
)  # fmt: skip
"""The columns of `Evidence.rows`."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a hit: `hits[hit].text[start:end]`, with the terms it has."""

    hit: int
    start: int
    end: int
    text: str
    terms: frozenset[str]
    told: frozenset[str]


@dataclass(frozen=True, slots=True)
class Evidence:
    """All sentences of the hits, and what speaks for each.

    Attributes:
        statements: n sentences, in the order of the hits.
        rows: shape (n, len(FEATURES)), float64.
        passages: the share of the question's mass that each hit covers, its title included.
        named: the share of the question's names that each hit has, its title included.
        tops: the terms of each hit, its title included.
    """

    statements: Sequence[Statement]
    rows: NDArray[np.float64]
    passages: Sequence[float]
    named: Sequence[float]
    tops: Sequence[frozenset[str]]


def gather(asked: Asked, hits: Sequence[Hit], analyser: Analyser) -> Evidence:
    """Look at every sentence of the hits, best first."""
    scores = np.array([hit.score for hit in hits], np.float64)
    scores = (scores - scores.mean()) / (scores.std() or 1.0) if len(hits) else scores
    statements: list[Statement] = []
    rows: list[list[float]] = []
    passages, named, tops = [], [], []
    for rank, hit in enumerate(hits):
        heading = " ".join((hit.citation.title, *hit.citation.heading))
        title = _terms(analyser, heading)
        own = _statements(rank, hit, analyser, title, most=_MOST_IN_ALL - len(statements))
        whole = title.union(*(each.terms for each in own))
        passages.append(asked.share(whole))
        named.append(_named(asked, f"{heading} {hit.text}".casefold()))
        tops.append(whole)
        rows += _rows(asked, own, float(scores[rank]))
        statements += own
    shaped = np.array(rows, np.float64).reshape(-1, len(FEATURES))
    return Evidence(statements, shaped, passages, named, tops)


def _terms(analyser: Analyser, text: str) -> frozenset[str]:
    found = analyser.terms(text)
    return frozenset((*found.words, *found.grams))


def _statements(
    rank: int, hit: Hit, analyser: Analyser, title: frozenset[str], *, most: int
) -> list[Statement]:
    found = []
    for start, end in split_sentences(hit.text)[: max(0, min(_MOST, most))]:
        stop = min(end, start + LONGEST)
        text = hit.text[start:stop]
        terms = analyser.terms(text)
        single = frozenset((*terms.words, *terms.grams))
        pairs = frozenset(terms.pairs)
        found.append(Statement(rank, start, stop, text, single, single | title | pairs))
    return found


def _rows(asked: Asked, own: Sequence[Statement], score: float) -> list[list[float]]:
    """Describe the sentences of one hit."""
    cover = [asked.share(each.terms) for each in own]
    typed = asked.seeks is not Seeks.OTHER
    rows = []
    for place, each in enumerate(own):
        offering = offers(each.text, asked.seeks, asked.text)
        near = [cover[other] for other in (place - 1, place + 1) if 0 <= other < len(own)]
        rows.append(
            [
                cover[place],
                asked.share(each.told),
                len(asked.pairs & each.told) / len(asked.pairs) if asked.pairs else 0.0,
                float(typed and offering),
                float(typed and not offering),
                score,
                max(near, default=0.0),
                float(place == 0),
                float(len(each.terms) < _FEW_TERMS),
                float(each.text.startswith(_MARKUP)),
                float(each.text.endswith(("?", "？"))),
            ]
        )
    return rows


def _named(asked: Asked, folded: str) -> float:
    if not asked.names:
        return 0.0
    return sum(name in folded for name in asked.names) / len(asked.names)
