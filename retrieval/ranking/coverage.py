"""What passages say of a question beyond what the best ones say, alone and together. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from retrieval.ranking.links import Bridges, Column, Ints
from retrieval.ranking.mentions import Mentions

_BEYOND: Final = (1, 2, 3)

Table = NDArray[np.float64]


def coverage(found: Mentions, joined: Bridges, order: Ints) -> dict[str, Column]:
    """Work out the features of what covers the question.

    A question whose answer stands in several passages is covered by none of them: what counts is
    what one adds to those that it hangs together with.

    Args:
        found: the question's words in the n candidates.
        joined: how they hang together with the best of them.
        order: places of the candidates, best first.
    """
    weighed = found.holds * found.weights
    added = {f"beyond {count}": _beyond(found, weighed, order, count) for count in _BEYOND}
    alone = {"sentence": found.sentence, "two sentences": found.two}
    return alone | added | _pairs(found, joined, order, weighed)


def _beyond(found: Mentions, weighed: Table, order: Ints, count: int) -> Column:
    """Answer the share of the question that stands in a candidate and in none of the first.

    Of one that is among the first itself, it is compared with the others of them and the next.
    """
    first = order[:count]
    if not len(first):
        return np.zeros(len(weighed))
    beyond: Column = weighed @ (1.0 - found.holds[first].max(axis=0))
    around = order[: count + 1]
    for place in first.tolist():
        others = around[around != place]
        known = found.holds[others].max(axis=0) if len(others) else np.zeros(len(found.weights))
        beyond[place] = float(weighed[place] @ (1.0 - known))
    return beyond


def _pairs(found: Mentions, joined: Bridges, order: Ints, weighed: Table) -> dict[str, Column]:
    top = order[: joined.down.shape[1]]
    own = weighed.sum(axis=1)
    # |a or b| = |a| + |b| - |a and b|, each word by its weight
    together = own[:, None] + own[top][None, :] - weighed @ found.holds[top].T
    count = joined.linked.shape[1]
    near = together[:, :count]
    return {
        "together linked": _best(near, joined.linked),
        "adds to linked": _best(near - own[top[:count]][None, :], joined.linked),
        "together named": _best(together, joined.down),
        "together names": _best(together, joined.up),
        "together": near.max(axis=1, initial=0.0),
    }


def _best(values: Table, allowed: NDArray[np.bool_]) -> Column:
    best: Column = np.where(allowed, values, 0.0).max(axis=1, initial=0.0)
    return best
