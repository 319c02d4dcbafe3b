"""Finds the sentences that answer, and says how sure it is that there are any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from retrieval.answers.asking import Asked, Frequencies, OfTexts, asked
from retrieval.answers.evidence import FEATURES, Evidence, Statement, gather
from retrieval.answers.model import Context, Passage, Quote, Sentence
from retrieval.answers.weights import Weights, shipped_weights
from retrieval.indexes.analysis import Analyser
from retrieval.model import Hit

MOST_SENTENCES: Final = 3
MOST_HITS: Final = 10
"""Hits behind these are not looked at: the weights were fitted on so many."""

_NEAR: Final = 0.7
"""A further sentence is told if its odds are at least half of the best one's (log 2)."""

_SAME: Final = 0.6
"""Sentences that share so much of their words say the same."""

_UNFIT: Final = [FEATURES.index(name) for name in ("short", "markup", "question")]
_TOPS: Final = 3
_FIFTH: Final = 4

FIGURES: Final = ("union", "names missing", "unknown", "gap")
"""What the confidence is made of."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the hits say to a question.

    Attributes:
        order: places of the statements, the best first.
        odds: log odds of each statement, shape (n,).
        figures: what the confidence is made of, by names from `FIGURES`.
        confidence: the probability that the hits hold an answer.
    """

    asked: Asked
    evidence: Evidence
    order: Sequence[int]
    odds: Sequence[float]
    figures: Mapping[str, float]
    confidence: float


class Finder:
    """Judges sentences by their words; it needs no model, and takes some 7 ms for ten hits."""

    def __init__(self, frequencies: Frequencies, weights: Weights | None = None) -> None:
        """Take what tells how common terms are, and the weights (by default the shipped ones)."""
        self._frequencies = frequencies
        self._weights = weights
        self.analyser = Analyser()

    def find(self, question: str, hits: Sequence[Hit], *, apart: bool = False) -> Finding:
        """Judge the hits, best first, and their sentences.

        Args:
            question: as it was asked.
            hits: the best first.
            apart: whether only the hits may tell how common terms are.
        """
        weights = self._weights or shipped_weights()
        hits = hits[:MOST_HITS]
        texts = [f"{hit.citation.title}\n{hit.text}" for hit in hits]
        common = OfTexts(texts, self.analyser) if apart else self._frequencies
        known = asked(question, self.analyser, common)
        evidence = gather(known, hits, self.analyser)
        odds = weights.sentence.logits(evidence.rows, FEATURES)
        unfit = evidence.rows[:, _UNFIT].any(axis=1)
        order = np.lexsort((-odds, unfit)).tolist()
        summed = figures(known, evidence, hits)
        confidence = weights.found.probability(summed) if order else 0.0
        return Finding(known, evidence, order, odds.tolist(), summed, confidence)


def figures(asked: Asked, evidence: Evidence, hits: Sequence[Hit]) -> Mapping[str, float]:
    """Sum the hits up, by names from `FIGURES`.

    The share of the question that the best three cover together; the share of its names that
    even the best hit lacks; the share that no passage of all has; and how far the best BM25 score
    stands out from the fifth, in units of the best that is possible or so.
    """
    together = frozenset[str]().union(*evidence.tops[:_TOPS])
    lexical = sorted((hit.parts.get("lexical", 0.0) for hit in hits), reverse=True)
    fifth = lexical[_FIFTH] if len(lexical) > _FIFTH else 0.0
    best = lexical[0] if lexical else 0.0
    return {
        "union": asked.share(together),
        "names missing": 1.0 - max(evidence.named, default=0.0) if asked.names else 0.0,
        "unknown": asked.unknown,
        "gap": (best - fifth) / asked.mass if asked.mass else 0.0,
    }


def extract(
    finding: Finding, context: Context, hits: Sequence[Hit], *, most: int = MOST_SENTENCES
) -> list[Sentence]:
    """Take the best sentences, word for word, from the passages of a context.

    Further ones are taken where they are nearly as good as the first and say something else.
    """
    place = {chunk: passage for passage in context.passages for chunk in passage.chunk_ids}
    chosen: list[tuple[Statement, Passage]] = []
    floor = 0.0
    for number in finding.order:
        statement = finding.evidence.statements[number]
        passage = place.get(hits[statement.hit].chunk_id)
        if passage is None or _quote(statement, passage, hits).end > passage.citation.end:
            continue
        odds = finding.odds[number]
        if not chosen:
            floor = odds - _NEAR
        elif odds < floor or any(_alike(statement, other) for other, _ in chosen):
            continue
        chosen.append((statement, passage))
        if len(chosen) >= most:
            break
    return [
        Sentence(
            " ".join(statement.text.split()),
            [passage.number],
            [_quote(statement, passage, hits)],
        )
        for statement, passage in chosen
    ]


def _quote(statement: Statement, passage: Passage, hits: Sequence[Hit]) -> Quote:
    start = hits[statement.hit].citation.start
    return Quote(passage.number, start + statement.start, start + statement.end)


def _alike(one: Statement, other: Statement) -> bool:
    shared = len(one.terms & other.terms)
    return shared > _SAME * min(len(one.terms), len(other.terms))
