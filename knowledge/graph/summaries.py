"""Say what a community is about in the words of its own sentences: no model writes anything."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from knowledge.language import CJK_RUN

_WORD: Final = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_HIRAGANA: Final = re.compile("[\u3041-\u3096\u3099-\u309f]+")
_KATAKANA: Final = re.compile("[\u30a1-\u30fa\u30fc-\u30ff]+")

_LIMIT: Final = 1_500
"""Sentences that are compared with each other, at 8 bytes for each pair."""

_FEWEST: Final = 3
"""Terms of a sentence that may stand in a summary: fewer are a heading or a fragment."""

_DAMPING: Final = 0.85
_ROUNDS: Final = 100
_SETTLED: Final = 1e-9

_RELEVANT: Final = 0.9
"""Of the average score: a sentence with less is about something else."""

_SAME: Final = 0.6
"""Share of its terms (the rarer count for more) that a sentence may have from one chosen."""


def title(labels: Iterable[str], *, most: int = 3, longest: int = 80) -> str:
    """Name a community after its most central entities.

    A label that says nothing beyond one before it (or that one with more words) is left out.

    Args:
        labels: most central first.
        most: labels to use.
        longest: characters; the first label is cut to it, others are left out if too long.
    """
    chosen: list[str] = []
    for label in (" ".join(label.split()) for label in labels):
        folded = label.casefold()
        told = any(folded in other.casefold() or other.casefold() in folded for other in chosen)
        if not label or told:
            continue
        if len(" · ".join([*chosen, label])) > longest and chosen:
            continue
        chosen.append(label if len(label) <= longest else label[: longest - 1] + "…")
        if len(chosen) == most:
            break
    return " · ".join(chosen)


def summarise(sentences: Sequence[str], *, most: int = 3) -> list[int]:
    """Choose the sentences that say what most of the others also speak of.

    TextRank: sentences vote for each other by the terms that they share (rarer ones count for
    more), and votes of sentences with many votes count for more. One that says what another has
    said is passed over. Terms are words; of Japanese text, katakana words and pairs of kanji.

    Args:
        sentences: in the order of the text. Of more than 1,500, the first are read.
        most: sentences to choose.

    Returns:
        Their places, ascending; fewer than `most` where the rest repeats them or is beside the
        point.

    Source: Mihalcea & Tarau, "TextRank: bringing order into texts", EMNLP 2004.
    """
    terms = [_terms(sentence) for sentence in sentences[:_LIMIT]]
    able = [place for place, found in enumerate(terms) if len(found) >= _FEWEST]
    if not able or most < 1:
        return list(range(min(max(most, 0), len(terms))))
    shared = _shared([terms[place] for place in able])
    own = shared.diagonal()
    scores = _power(shared, np.log([len(terms[place]) + 1.0 for place in able]))
    chosen: list[int] = []
    for one in np.argsort(-scores, kind="stable").tolist():
        if len(chosen) == most or scores[one] < _RELEVANT / len(able):
            break
        if all(shared[one, other] <= _SAME * min(own[one], own[other]) for other in chosen):
            chosen.append(one)
    return sorted(able[one] for one in chosen)


def _terms(sentence: str) -> frozenset[str]:
    """Fold a sentence to what it speaks of."""
    found = {word.casefold() for word in _WORD.findall(CJK_RUN.sub(" ", sentence))}
    for run in CJK_RUN.findall(sentence):
        found.update(_KATAKANA.findall(run))
        for kanji in _KATAKANA.sub(" ", _HIRAGANA.sub(" ", run)).split():
            found.update(kanji[at : at + 2] for at in range(max(1, len(kanji) - 1)))
    return frozenset(term for term in found if len(term) > 1 or CJK_RUN.match(term))


def _shared(terms: Sequence[frozenset[str]]) -> NDArray[np.float64]:
    """Add up the inverse document frequency of the terms that two sentences share, shape (n, n)."""
    from scipy import sparse

    frequency = Counter(term for found in terms for term in found)
    column = {term: at for at, term in enumerate(frequency)}
    rarity = np.log1p(len(terms) / np.fromiter(frequency.values(), np.float64))
    rows = np.repeat(np.arange(len(terms)), [len(found) for found in terms])
    columns = np.fromiter((column[term] for found in terms for term in found), np.int64)
    shape = (len(terms), len(column))
    table = sparse.csr_array((np.sqrt(rarity[columns]), (rows, columns)), shape=shape)
    shared: NDArray[np.float64] = (table @ table.T).toarray()
    return shared


def _power(shared: NDArray[np.float64], lengths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rank by power iteration, shape (n,); who shares nothing spreads its votes evenly."""
    n = len(shared)
    votes = shared / (lengths[:, None] + lengths[None, :])
    np.fill_diagonal(votes, 0)
    sums = votes.sum(axis=1, keepdims=True)
    onward = np.where(sums > 0, votes / np.where(sums > 0, sums, 1), 1 / n)
    scores = np.full(n, 1 / n)
    for _ in range(_ROUNDS):
        last, scores = scores, _DAMPING * (scores @ onward) + (1 - _DAMPING) / n
        if np.abs(scores - last).sum() < _SETTLED:
            break
    return np.round(scores, 9)  # equal sentences tie, whatever the order of the sums
