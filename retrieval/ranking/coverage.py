"""What passages say of a question beyond what the best ones say, alone and together. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from retrieval.ranking.links import Column, Ints, Things
from retrieval.ranking.mentions import Mentions

_TOP: Final = 20
_FIRST: Final = 5
_BEYOND: Final = (1, 2, 3)

Table = NDArray[np.float64]


def coverage(found: Mentions, things: Things, order: Ints) -> dict[str, Column]:
    """Work out the features of what covers the question.

    A question whose answer stands in several passages is covered by none of them: what counts is
    what one adds to those that it hangs together with.

    Args:
        found: the question's words in the n candidates.
        things: what they name.
        order: places of the candidates, best first.
    """
    weighed = found.holds * found.weights
    own = weighed.sum(axis=1)
    added = {f"beyond {count}": _beyond(found, weighed, order, count) for count in _BEYOND}
    alone = {"sentence": found.sentence, "two sentences": found.two}
    return alone | added | _pairs(found, things, order, own)


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


def _pairs(found: Mentions, things: Things, order: Ints, own: Column) -> dict[str, Column]:
    top, first = order[:_TOP], order[:_FIRST]
    weighed = found.holds * found.weights
    # |a or b| = |a| + |b| - |a and b|, each word by its weight
    together = own[:, None] + own[top][None, :] - weighed @ found.holds[top].T
    apart = np.arange(len(own))[:, None] != top[None, :]
    same = (things.titles @ things.titles[top].T) > 0.0
    named = ((things.titles @ things.names[top].T) > 0.0) & ~same & apart
    names = ((things.names @ things.titles[top].T) > 0.0) & ~same & apart
    news = things.names * (things.asked == 0.0)
    linked = ((news @ news[first].T) > 0.0) | _near(things, first)
    linked &= apart[:, : len(first)]
    near = together[:, : len(first)]
    return {
        "together linked": _best(near, linked),
        "adds to linked": _best(near - own[first][None, :], linked),
        "together named": _best(together, named),
        "together names": _best(together, names),
        "together": near.max(axis=1, initial=0.0),
    }


def _near(things: Things, first: Ints) -> NDArray[np.bool_]:
    """Tell which candidates name what one of the first is about, or the other way round."""
    ways: NDArray[np.float32] = things.titles @ things.names[first].T
    back: NDArray[np.float32] = things.names @ things.titles[first].T
    near: NDArray[np.bool_] = (ways > 0.0) | (back > 0.0)
    return near


def _best(values: Table, allowed: NDArray[np.bool_]) -> Column:
    best: Column = np.where(allowed, values, 0.0).max(axis=1, initial=0.0)
    return best
