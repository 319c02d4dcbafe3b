"""How two nodes are connected, and what lies around one: answers that a person can look at."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, product

import numpy as np
from numpy.typing import NDArray

from foundation.errors import InvalidInput
from knowledge.graph.adjacency import Adjacency, Ids

Path = tuple[int, ...]
"""Nodes from the source to the target, both included."""

_Levels = NDArray[np.int32]
"""Steps from a start to each node, -1 where none were found, shape (n,)."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Paths between two nodes; `complete` is False where a bound left some out."""

    paths: Sequence[Path]
    complete: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Neighbourhood:
    """A part of a graph around some nodes.

    Attributes:
        nodes: the starts, then the others in the order in which they were reached, int32 (k,).
        hops: steps from the nearest start, int32 of shape (k,).
        heads, tails, weights: all edges between these nodes, each of shape (e,); an edge of a
            symmetric graph stands once.
        complete: False where the budget left nodes out.
    """

    nodes: Ids
    hops: _Levels
    heads: Ids
    tails: Ids
    weights: NDArray[np.float32]
    complete: bool = True


def shortest_paths(
    adjacency: Adjacency, source: int, target: int, *, most: int = 10, longest: int = 10
) -> Paths:
    """Find the paths with the fewest steps, by a breadth-first search from both ends.

    In a directed graph paths follow the edges; it is turned round once for each call, which
    takes time in proportion to all its edges.

    Args:
        most: paths to answer; the same ones each time.
        longest: steps of a path; no longer one is looked for.

    Raises:
        InvalidInput: source or target is no node.
    """
    _check(adjacency, source, target)
    if source == target:
        return Paths([(source,)])
    sides = (adjacency, adjacency.transposed())
    levels = (_levels(adjacency.n, source), _levels(adjacency.n, target))
    frontiers = [np.array([source], np.int32), np.array([target], np.int32)]
    depths = [0, 0]
    while sum(depths) < longest and len(frontiers[0]) and len(frontiers[1]):
        turn = int(_cost(sides[1], frontiers[1]) < _cost(sides[0], frontiers[0]))
        depths[turn] += 1
        frontiers[turn] = _expanded(sides[turn], frontiers[turn], levels[turn], depths[turn])
        met = frontiers[turn][levels[1 - turn][frontiers[turn]] >= 0]
        if len(met):
            found = chain.from_iterable(
                (
                    (*reversed(there), *onward[1:])
                    for there, onward in product(
                        _descents(sides[1], levels[0], node),
                        _descents(sides[0], levels[1], node),
                    )
                )
                for node in np.sort(met).tolist()
            )
            paths = list(islice(found, most + 1))
            return Paths(paths[:most], len(paths) <= most)
    return Paths([])


def simple_paths(
    adjacency: Adjacency,
    source: int,
    target: int,
    *,
    longest: int = 4,
    most: int = 100,
    steps: int = 100_000,
) -> Paths:
    """Find the paths that meet no node twice, those with fewer edges first.

    Args:
        longest: edges of a path.
        most: paths to answer.
        steps: nodes to visit before it gives up (one more for each thousand edges of a node):
            this bounds the time, by the same measure on any machine.

    Raises:
        InvalidInput: source or target is no node.
    """
    _check(adjacency, source, target)
    if source == target:
        return Paths([(source,)])
    back, levels = adjacency.transposed(), _levels(adjacency.n, target)
    frontier = np.array([target], np.int32)
    for depth in range(1, longest + 1):
        frontier = _expanded(back, frontier, levels, depth)
    found: list[Path] = []
    left = steps
    for length in range(max(1, int(levels[source])), longest + 1 if levels[source] > 0 else 0):
        for visited, path in _prolonged(adjacency, levels, (source,), length):
            left -= visited
            if left < 0 or (path and len(found) == most):
                return Paths(found, complete=False)
            if path:
                found.append(path)
    return Paths(found)


def strongest_path(
    adjacency: Adjacency, source: int, target: int, *, steps: int = 1_000_000
) -> Path | None:
    """Find the path with the greatest product of strengths, by Dijkstra's search over -log.

    The strength of an edge is its weight over the geometric mean of the sums of weights of both
    its ends: at most 1, the same in both directions, and small at a node that is connected to
    everything. None where there is no path, or it was not found before so many edges were seen.

    Raises:
        InvalidInput: source or target is no node, or the graph is directed.
    """
    _check(adjacency, source, target)
    if not adjacency.symmetric:
        raise InvalidInput("the strongest path is looked for in a symmetric graph alone")
    sums = adjacency.strengths()
    costs, previous = {source: 0.0}, {source: source}
    queue, settled, left = [(0.0, source)], set[int](), steps
    while queue and left > 0:
        cost, node = heapq.heappop(queue)
        if node == target:
            return _traced(previous, source, target)
        if node in settled:
            continue
        settled.add(node)
        heads, places = adjacency.entries(np.array([node], np.int32))
        others, weights = adjacency.indices[places], adjacency.weights_at(heads, places)
        others, weights = others[weights > 0], weights[weights > 0]
        left -= len(others)
        lengths = 0.5 * np.log(sums[node] * sums[others]) - np.log(weights)
        for other, length in zip(others.tolist(), lengths.tolist(), strict=True):
            reach = cost + max(length, 0.0)
            if reach < costs.get(other, np.inf):
                costs[other], previous[other] = reach, node
                heapq.heappush(queue, (reach, other))
    return None


def neighbourhood(
    adjacency: Adjacency, starts: Sequence[int], *, hops: int = 2, budget: int = 100
) -> Neighbourhood:
    """Take what lies within so many steps, over the strongest edges first if that is too much.

    Args:
        hops: steps from the nearest start.
        budget: nodes to take, starts included (these are always all taken).

    Raises:
        InvalidInput: a start is no node.
    """
    _check(adjacency, *starts)
    levels = np.full(adjacency.n, -1, np.int32)
    frontier = np.array(list(dict.fromkeys(starts)), np.int32)
    levels[frontier] = 0
    taken, complete = [frontier], True
    left = budget - len(frontier)
    for hop in range(1, hops + 1):
        frontier = _by_strength(adjacency, frontier, levels)
        complete = complete and len(frontier) <= max(left, 0)
        frontier = frontier[: max(left, 0)]
        left -= len(frontier)
        levels[frontier] = hop
        taken.append(frontier)
    nodes = np.concatenate(taken)
    heads, tails, weights = _between(adjacency, nodes, levels)
    return Neighbourhood(nodes, levels[nodes], heads, tails, weights, complete)


def _check(adjacency: Adjacency, *nodes: int) -> None:
    for node in nodes:
        if not 0 <= node < adjacency.n:
            raise InvalidInput(f"there is no node {node}: nodes are 0 to {adjacency.n - 1}")


def _levels(n: int, start: int) -> _Levels:
    levels = np.full(n, -1, np.int32)
    levels[start] = 0
    return levels


def _cost(adjacency: Adjacency, nodes: Ids) -> int:
    return int((adjacency.indptr[nodes + 1] - adjacency.indptr[nodes]).sum())


def _expanded(adjacency: Adjacency, frontier: Ids, levels: _Levels, level: int) -> Ids:
    """Go one step on and give the nodes that are new their level."""
    reached = adjacency.indices[adjacency.entries(frontier)[1]]
    new = np.unique(reached[levels[reached] < 0])
    levels[new] = level
    return new


def _descents(back: Adjacency, levels: _Levels, node: int) -> Iterator[Path]:
    """Yield all ways from a node down to level 0; none of them is a dead end."""
    if levels[node] == 0:
        yield (node,)
        return
    row = back.row(node)
    for other in row[levels[row] == levels[node] - 1].tolist():
        for rest in _descents(back, levels, other):
            yield (node, *rest)


def _prolonged(
    adjacency: Adjacency, levels: _Levels, path: Path, length: int
) -> Iterator[tuple[int, Path]]:
    """Yield the paths of exactly so many more edges to level 0, and what each visit costs."""
    row = adjacency.row(path[-1])
    yield 1 + len(row) // 1000, ()
    near = row[(levels[row] >= 0) & (levels[row] < length)]
    if length == 1:
        near = near[levels[near] == 0]
        yield from ((0, (*path, node)) for node in near.tolist())
        return
    for node in near[levels[near] > 0].tolist():
        if node not in path:
            yield from _prolonged(adjacency, levels, (*path, node), length - 1)


def _traced(previous: dict[int, int], source: int, target: int) -> Path:
    path = [target]
    while path[-1] != source:
        path.append(previous[path[-1]])
    return tuple(reversed(path))


def _by_strength(adjacency: Adjacency, frontier: Ids, levels: _Levels) -> Ids:
    """Answer the new nodes one step on, those at the strongest edges first."""
    heads, places = adjacency.entries(frontier)
    new = levels[adjacency.indices[places]] < 0
    heads, places = heads[new], places[new]
    others, weights = adjacency.indices[places], adjacency.weights_at(heads, places)
    others = others[np.lexsort((others, -weights))]
    return others[np.sort(np.unique(others, return_index=True)[1])]


def _between(
    adjacency: Adjacency, nodes: Ids, levels: _Levels
) -> tuple[Ids, Ids, NDArray[np.float32]]:
    """Find the edges between nodes: those that have a level."""
    heads, places = adjacency.entries(nodes)
    tails = adjacency.indices[places]
    inside = levels[tails] >= 0
    if adjacency.symmetric:
        inside &= heads <= tails
    heads, places = heads[inside], places[inside]
    return heads, tails[inside], adjacency.weights_at(heads, places)
