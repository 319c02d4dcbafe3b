"""Which nodes matter in the whole graph; each measure is one array over all nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foundation.errors import InvalidInput
from knowledge.graph.adjacency import Adjacency

Values = NDArray[np.float64]
"""One value for each node, shape (n,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Betweenness:
    """How many shortest paths lead through each node, and how that was found out.

    Attributes:
        values: paths, or an estimate of them, float64 of shape (n,).
        exact: all pairs of nodes were looked at, at any distance.
        sources: nodes from which paths were looked for.
        cutoff: the longest paths that were counted; None for any.
    """

    values: Values
    exact: bool
    sources: int
    cutoff: int | None = None


def degree(adjacency: Adjacency) -> NDArray[np.int64]:
    """Count the neighbours of each node (the edges that leave it), a loop as one."""
    return adjacency.degree()


def pagerank(adjacency: Adjacency, *, damping: float = 0.85, tolerance: float = 1e-9) -> Values:
    """Share out the time of a walker who starts anew anywhere with probability 1 - damping.

    From a node without edges the walker goes on anywhere, as with `networkx.pagerank`.

    Raises:
        InvalidInput: damping is not between 0 (inclusive) and 1.

    Source: Page, Brin, Motwani & Winograd, "The PageRank citation ranking", 1999.
    """
    if not 0 <= damping < 1:
        raise InvalidInput(f"damping must be at least 0 and below 1, not {damping}")
    n = adjacency.n
    sums = adjacency.strengths()
    stuck = sums == 0
    inverse = np.divide(1.0, sums, out=np.zeros(n), where=~stuck)
    onward = adjacency.matrix(adjacency.weights).T
    scores = np.full(n, 1 / max(n, 1))
    change = 1.0
    while change > tolerance:
        walked = onward @ (scores * inverse) + scores[stuck].sum() / max(n, 1)
        last, scores = scores, damping * walked + (1 - damping) / max(n, 1)
        change = float(np.abs(scores - last).sum())
    return scores


def betweenness(
    adjacency: Adjacency, *, cutoff: int | None = None, work: int = 200_000_000, seed: int = 0
) -> Betweenness:
    """Count the shortest paths through each node, each pair once; edges count as equally long.

    Every source costs a pass over all edges. Where all of them would cost more than `work` such
    steps, paths start at a sample of nodes alone, and the counts are scaled up: the same sample
    for the same seed. 200 million steps take some seconds.

    Source: Brandes & Pich, "Centrality estimation in large networks", 2007.
    """
    n = adjacency.n
    most = max(1, work // max(1, n + len(adjacency.indices)))
    graph = igraph_of(adjacency, weights=False)
    if n <= most:
        values = np.array(graph.betweenness(cutoff=cutoff), np.float64)
        return Betweenness(values, cutoff is None, n, cutoff)
    chosen = np.random.default_rng(seed).choice(n, most, replace=False)
    sources = np.sort(chosen).tolist()
    values = np.array(graph.betweenness(sources=sources, cutoff=cutoff), np.float64)
    return Betweenness(values * (n / most), exact=False, sources=most, cutoff=cutoff)


def core_numbers(adjacency: Adjacency) -> NDArray[np.int64]:
    """Answer for each node the largest k such that it is in a part where all have k neighbours.

    Loops do not count, nor do directions.

    Source: Batagelj & Zaveršnik, "An O(m) algorithm for cores decomposition", 2003.
    """
    graph = igraph_of(adjacency, weights=False).as_undirected().simplify()
    return np.array(graph.coreness(), np.int64)


def igraph_of(adjacency: Adjacency, *, weights: bool = True) -> Any:  # noqa: ANN401 - untyped
    """Copy a graph to igraph, each edge once.

    With weights, edges have the attribute weight, and those whose weight is 0 are left out.

    igraph keeps Python's global lock throughout: run what may take long in a process of its own.
    """
    import igraph

    heads, values = adjacency.heads(), adjacency.weights
    kept = values > 0 if weights else np.ones(len(heads), np.bool_)
    if adjacency.symmetric:
        kept &= heads <= adjacency.indices
    ends = np.column_stack((heads[kept], adjacency.indices[kept])).astype(np.int64)
    graph = igraph.Graph(n=adjacency.n, edges=ends, directed=not adjacency.symmetric)
    if weights:
        graph.es["weight"] = values[kept].tolist()
    return graph
