"""What a learned ranker looks at: numbers for each candidate passage of one question. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from retrieval.ranking.coverage import coverage
from retrieval.ranking.links import Bridges, Things, bridges
from retrieval.ranking.mentions import Mentions
from retrieval.ranking.walks import Floats

Column = NDArray[np.float64]
"""Shape (n,): a number for each candidate."""

WALKS: Final = ("asked", "mixed", "step", "passages", "both", "far")
_TOP: Final = 20
_STRAIGHT: Final = 5
_TINY: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Material:
    """What is known of the n candidates of one question; arrays are aligned.

    Attributes:
        words: BM25 of the question.
        rest: BM25 of the question without the names in it.
        meaning: cosine to the question, 0 where there is no vector or the model can't read.
        weight: share of `meaning` in the fused score.
        vectors: of the passages, shape (n, dimension), rows of length 1 (or 0).
        question: its vector, shape (dimension,), all 0 where it was not embedded.
        walks: shares of each walk's time, by its name.
        things: what the passages name, and are named after.
        mentions: which of the question's words they have.
    """

    words: Floats
    rest: Floats
    meaning: Floats
    weight: float
    vectors: NDArray[np.float32]
    question: NDArray[np.float32]
    walks: Mapping[str, Floats]
    things: Things
    mentions: Mentions

    def __len__(self) -> int:
        """Count the candidates."""
        return len(self.words)


def features(found: Material) -> dict[str, Column]:
    """Work out every feature; most are relative to the question's other candidates."""
    words, meaning = z(found.words), z(found.meaning)
    fused = (1.0 - found.weight) * words + found.weight * meaning
    logs = {name: np.log(found.walks[name] + _TINY) for name in WALKS}
    first = fused + z(logs["mixed"])
    order = np.lexsort((np.arange(len(found)), -first))
    joined = bridges(found.things, order[:_TOP], np.exp(first - first.max(initial=0.0)))
    columns: dict[str, Column] = {
        "words": words,
        "meaning": meaning,
        "cosine": found.meaning.astype(np.float64),
        "share of words": _share(found.words),
        "fused": fused,
        "first": first,
        "rank fused": reciprocal(fused),
        "rank words": reciprocal(found.words),
        "rank meaning": reciprocal(found.meaning),
        "rank first": reciprocal(first),
        "rest": z(found.rest),
        "asked": found.things.overlap(),
        "asked title": found.things.asked_titles(),
        "things": np.log1p(found.things.named()),
    }
    for name, values in logs.items():
        columns[f"walk {name}"] = values
        columns[f"walk z {name}"] = z(values)
        columns[f"walk rank {name}"] = reciprocal(values)
    covered = coverage(found.mentions, joined, order)
    return columns | _hops(joined) | _nearness(found, order, joined) | covered


def _hops(joined: Bridges) -> dict[str, Column]:
    return {
        "title named": joined.named,
        "title named by asked": joined.named_by_asked,
        "names title": joined.names,
        "names asked title": joined.names_asked,
        "times named": np.log1p(joined.times),
        "shared": z(joined.shared),
        "same title": np.log1p(joined.same_title),
    }


def _nearness(found: Material, order: NDArray[np.int64], joined: Bridges) -> dict[str, Column]:
    """Compare with the best passages, and with what these leave of the question."""
    top = order[:_STRAIGHT]
    likeness = (found.vectors @ found.vectors[top].T).astype(np.float64)
    likeness[top, np.arange(len(top))] = 0.0
    first = found.vectors[top[:1]]
    rest = _without(found.question[None, :], first)
    parents = found.vectors[np.maximum(joined.parents, 0)]
    left = np.vecdot(found.vectors, _without(found.question[None, :], parents))
    return {
        "like first": likeness[:, 0] if len(top) else np.zeros(len(found)),
        "like best": likeness[:, :3].max(axis=1, initial=0.0),
        "left by first": z(np.vecdot(found.vectors, rest)) if len(top) else np.zeros(len(found)),
        "left by parent": np.where(joined.parents >= 0, left, 0.0).astype(np.float64),
    }


def _without(question: NDArray[np.float32], known: NDArray[np.float32]) -> NDArray[np.float32]:
    """Take out of a vector what each of some others says: shape (k, dimension), of length 1."""
    left = question - np.vecdot(known, question)[:, None] * known
    lengths = np.maximum(np.linalg.norm(left, axis=1, keepdims=True), 1e-9)
    result: NDArray[np.float32] = left / lengths
    return result


def _share(values: Floats) -> Column:
    """Divide by the best value; BM25 is never below 0."""
    return values.astype(np.float64) / max(float(values.max(initial=0.0)), _TINY)


def z(values: NDArray[np.floating]) -> Column:
    """Put values on a common scale: mean 0, deviation 1 (all 0 where they are equal)."""
    wide = values.astype(np.float64)
    if not len(wide):
        return wide
    deviation = float(wide.std())
    scaled: Column = (wide - wide.mean()) / (deviation if deviation > 1e-9 else 1.0)
    return scaled


def reciprocal(values: NDArray[np.floating]) -> Column:
    """Answer 1 for the best, 1/2 for the next …; of equal values the earlier goes first."""
    order = np.lexsort((np.arange(len(values)), -values))
    ranks = np.empty(len(values), np.float64)
    ranks[order] = np.arange(1, len(values) + 1)
    return 1.0 / ranks
