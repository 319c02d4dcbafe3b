"""Pseudo-relevance feedback: words of the best passages, asked for too, where that helps.

No search does it: beside the ranker it brings nothing that would be worth a second search by words
(docs/search.md). It is here so that `benchmarks.enhancement` can measure that again.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Final

from retrieval.indexes.analysis import STOP_WORDS

PASSAGES: Final = 10
TERMS: Final = 10
WEIGHT: Final = 0.4
"""Of such a word against one of the question's: from 0.1 on it helps, beyond 0.4 hardly more."""

_GAP: Final = 0.05
_CANDIDATES: Final = 60
_UNSPACED: Final = frozenset(("ja", "zh", "ko"))
_WORD: Final = re.compile(r"[a-z][a-z0-9-]{2,}")
_STOPPED: Final = frozenset(STOP_WORDS.split())

Counts = Callable[[Sequence[str]], tuple[Sequence[int], int]]
"""Answers how many passages hold each word, and how many passages there are."""


def feedback_helps(scores: Sequence[float], language: str = "") -> bool:
    """Predict whether the best passages speak of what is asked, by BM25's scores, best first.

    They do where the first stands out: its score is at least 5 % above the second's. Feedback
    without this rule harms keyword queries, whose first passages are many and alike. Measured
    with BM25, nDCG@10 (`python -m benchmarks.enhancement`): it gains on every English training
    set when the threshold is chosen on the others; Japanese, which has no words to add, loses.
    """
    if len(scores) < 2 or scores[0] <= 0.0 or language in _UNSPACED:
        return False
    return (scores[0] - scores[1]) / scores[0] >= _GAP


def feedback_terms(
    question: str, passages: Sequence[tuple[str, float]], counts: Counts
) -> list[str]:
    """Choose words of the best passages that tell them from the rest, the most telling first.

    Args:
        question: its own words are not chosen.
        passages: texts (with titles) and BM25 scores, best first; ten are read.
        counts: tells how common words are.

    Source: RM3's relevance model (Abdul-Jaleel et al., TREC 2004), times inverse frequency.
    """
    best = passages[:PASSAGES]
    if not best or best[0][1] <= 0.0:
        return []
    sharpness = 10.0 / best[0][1]
    shares = [math.exp((score - best[0][1]) * sharpness) for _, score in best]
    asked = _STOPPED.union(_WORD.findall(question.lower()))
    chances: dict[str, float] = defaultdict(float)
    for (text, _), share in zip(best, shares, strict=True):
        words = Counter(_WORD.findall(text.lower()))
        length = max(1, words.total())
        for word, count in words.items():
            if word not in asked:
                chances[word] += share * count / length
    likely = sorted(chances, key=lambda word: (-chances[word], word))[:_CANDIDATES]
    held, total = counts(likely)
    weighed = [
        (-chances[word] * math.log(max(total, 1) / count), word)
        for word, count in zip(likely, held, strict=True)
        if count > 1
    ]
    return [word for _, word in sorted(weighed)[:TERMS]]
