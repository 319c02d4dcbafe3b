"""Other ways to ask: what each finds beside the question's own words, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from retrieval.enhancement.model import Variation
from retrieval.model import Scope
from retrieval.retrievers.model import WordIndex

TRANSLATION: Final = "translation"
"""The kind of variation that asks in another language."""

DEPTH: Final = 10
"""Passages that a variation brings: what stands further down is of another question."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What one variation found, best first: `ids` of shape (n,)."""

    variation: Variation
    ids: NDArray[np.int64]


def worth_asking(variations: Sequence[Variation], found: int) -> list[Variation]:
    """Choose those that can bring what the question itself does not find.

    Names in the other language always may: a passage may have no other word in common with the
    question. The others are asked where its own words found fewer passages than a page of hits.
    Measured on five training sets (`python -m benchmarks.variations`): of 1,473 variations one
    brought a relevant passage that words, meaning and walks had not among their candidates, and
    each costs a search of its own.

    Args:
        variations: of the question.
        found: passages that its own words found.
    """
    return [each for each in variations if each.kind == TRANSLATION or found < DEPTH]


def ask(
    variations: Sequence[Variation], lexical: WordIndex, scope: Scope, pool: Executor
) -> list[Brought]:
    """Search by words for each variation, side by side."""
    asked = [pool.submit(lexical.search, each.text, DEPTH, scope) for each in variations]
    return [
        Brought(variation, each.result().ids)
        for variation, each in zip(variations, asked, strict=True)
    ]


def candidates(found: Sequence[Brought]) -> NDArray[np.int64]:
    """Put together what the variations found, each passage once: shape (n,)."""
    every = [each.ids for each in found]
    ids = np.concatenate(every) if every else np.empty(0, np.int64)
    return np.array(list(dict.fromkeys(ids.tolist())), np.int64)


def contributions(
    found: Sequence[Brought], own: NDArray[np.int64], hits: Sequence[int]
) -> Iterator[str]:
    """Tell for each variation what it gave to the answer.

    Args:
        found: what the variations found.
        own: what the question itself found, by words and meaning.
        hits: the passages that are answered.
    """
    known = set(own.tolist())
    for each in found:
        given = set(hits).intersection(each.ids.tolist())
        alone = len(given - known)
        told = f"found {len(given)} of the {len(hits)} hits"
        more = f", {alone} of which the question itself did not find" if alone else ""
        yield f"{each.variation.kind} “{each.variation.text}”: {told}{more}"
