"""Personalised PageRank near its seeds: which nodes a walker who keeps coming home meets most."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foundation.errors import InvalidInput
from knowledge.graph.adjacency import Adjacency, Ids

Scores = NDArray[np.float32]
"""Shares of the walker's time, one for each node answered."""

_Arrays = tuple[Any, ...]
"""Arrays where the walk is compiled, memory views where it is not."""

_Kernel = Callable[[_Arrays, _Arrays, _Arrays, float, float], tuple[int, float]]


def personalised_pagerank(
    adjacency: Adjacency,
    seeds: Mapping[int, float],
    *,
    alpha: float = 0.5,
    epsilon: float = 3e-6,
) -> tuple[Ids, Scores]:
    """Follow a walk that returns to the seeds with probability alpha before each step.

    Local forward push: what a node receives is passed on to its neighbours (by the weights of its
    edges) only while it is more than epsilon for each of them. So the time does not depend on the
    size of the graph: at most 1 / (alpha × epsilon) edges are followed.

    What is not passed on is counted at the node for alpha, so that scores are never too high. In
    a symmetric graph a score is too low by at most epsilon × (the node's degree) where all weights
    are equal; in general by epsilon × (the node's sum of weights) × the highest ratio of degree to
    sum of weights. All that is missing adds up to epsilon × (the degrees reached) at most.

    A walker without a way on returns to the seeds, as with `networkx.pagerank` (whose `alpha` is
    1 - alpha here). The same seeds give the same answer on every machine, with numba or without.

    Args:
        seeds: weights by node, above 0; their scale does not matter.
        alpha: probability of a return, 0.001 to 1.
        epsilon: above 0; smaller is more exact and slower.

    Returns:
        The nodes reached, int32 of shape (k,), and their scores, float32 of shape (k,).

    Raises:
        InvalidInput: a seed is no node or has no weight, or alpha or epsilon is out of range.

    Source: Andersen, Chung & Lang, "Local graph partitioning using PageRank vectors", FOCS 2006.
    """
    if not (0.001 <= alpha <= 1 and epsilon > 0):
        raise InvalidInput(
            f"alpha must be 0.001 to 1 and epsilon above 0, but they are {alpha} and {epsilon}"
        )
    nodes, shares = _starts(adjacency.n, seeds)
    scores, left = np.zeros(adjacency.n), np.zeros(adjacency.n)
    reached, queue = np.empty(adjacency.n, np.int32), np.empty(adjacency.n + 1, np.int32)
    found, lost = _kernel()(
        (adjacency.indptr, adjacency.indices, adjacency.counts, adjacency.factors),
        (nodes, shares), (scores, left, reached, queue), alpha, epsilon,
    )  # fmt: skip
    met = reached[:found]
    return met, ((scores[met] + alpha * left[met]) / (1 - lost)).astype(np.float32)


def best(nodes: Ids, scores: Scores, most: int) -> tuple[Ids, Scores]:
    """Take the highest scores, best first; of equal ones the lower number goes first."""
    if most < len(nodes):
        limit = np.partition(scores, len(scores) - most)[len(scores) - most] if most else np.inf
        kept = scores >= limit
        nodes, scores = nodes[kept], scores[kept]
    order = np.lexsort((nodes, -scores))[:most]
    return nodes[order], scores[order]


def _starts(n: int, seeds: Mapping[int, float]) -> tuple[Ids, NDArray[np.float64]]:
    nodes = np.fromiter(seeds.keys(), np.int64, len(seeds))
    shares = np.fromiter(seeds.values(), np.float64, len(seeds))
    if len(nodes) and not (nodes.min() >= 0 and nodes.max() < n):
        raise InvalidInput(f"seeds must be numbers of nodes, 0 to {n - 1}")
    if not (np.isfinite(shares).all() and (shares > 0).all()):
        raise InvalidInput("weights of seeds must be finite and above 0")
    if len(shares):
        shares /= shares.max()  # so that no sum overflows
        shares /= shares.sum()
    return nodes.astype(np.int32), shares


@cache
def _kernel() -> _Kernel:
    """Compile the walk once a process; where there is no numba, it runs as it stands."""
    try:
        import numba
    except ImportError:
        return _walk_plainly
    return _compiled(numba)


def _compiled(numba: Any) -> _Kernel:  # noqa: ANN401 - numba has no types
    """Compile for the arrays of an `Adjacency`, and keep that on disk where there is a place."""
    types = numba.types
    row, ids, real = (
        types.Array(kind, 1, "C", readonly=True)
        for kind in (types.int64, types.int32, types.float32)
    )
    numbers, values = types.int32[::1], types.float64[::1]
    signature = types.Tuple((types.int64, types.float64))(
        types.Tuple((row, ids, ids, real)),
        types.Tuple((numbers, values)),
        types.Tuple((values, values, numbers, numbers)),
        types.float64,
        types.float64,
    )
    try:
        kernel: _Kernel = numba.njit(signature, cache=True, nogil=True)(_walk)
    except (RuntimeError, OSError):  # neither the package's folder nor the user's can be written
        kernel = numba.njit(signature, nogil=True)(_walk)
    return kernel


def _walk_plainly(
    graph: _Arrays, starts: _Arrays, state: _Arrays, alpha: float, epsilon: float
) -> tuple[int, float]:
    """Run the walk in Python: memory views are the fastest arrays to take single values from."""

    def views(arrays: _Arrays) -> _Arrays:
        return tuple(memoryview(array) for array in arrays)

    return _walk(views(graph), views(starts), views(state), alpha, epsilon)


def _walk(
    graph: _Arrays, starts: _Arrays, state: _Arrays, alpha: float, epsilon: float
) -> tuple[int, float]:
    """Fill scores, left and reached (all at 0); answer how many were reached and what was lost.

    A node waits in the queue (a ring) exactly while more is left with it than its limit.
    """
    indptr, indices, counts, factors = graph
    seeds, shares = starts
    scores, left, reached, queue = state
    size, first, last, lost = len(queue), 0, 0, 0.0
    for at in range(len(seeds)):
        node = seeds[at]
        left[node], reached[at] = shares[at], node
        if shares[at] > epsilon * max(indptr[node + 1] - indptr[node], 1):
            queue[last] = node
            last += 1
    found = len(seeds)
    while first != last:
        node, first = queue[first], (first + 1) % size
        mass, left[node] = left[node], 0.0
        scores[node] += alpha * mass
        total = 0.0
        for at in range(indptr[node], indptr[node + 1]):
            total += counts[at] * factors[indices[at]]
        if total == 0.0:
            lost += (1 - alpha) * mass
            continue
        share = (1 - alpha) * mass / total
        for at in range(indptr[node], indptr[node + 1]):
            other = indices[at]
            before = left[other]
            after = before + share * (counts[at] * factors[other])
            if after == before:
                continue
            if before == 0.0 and scores[other] == 0.0:
                reached[found] = other
                found += 1
            left[other] = after
            limit = epsilon * max(indptr[other + 1] - indptr[other], 1)
            if before <= limit < after:
                queue[last] = other
                last = (last + 1) % size
    return found, lost
