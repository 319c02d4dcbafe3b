from __future__ import annotations

import math
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import InvalidInput
from knowledge.graph.adjacency import Adjacency
from knowledge.graph.paths import neighbourhood, shortest_paths, simple_paths, strongest_path
from tests.knowledge.graph.made import EDGES, built, karate

NODES = st.integers(0, 9)


@settings(deadline=None)
@given(edges=EDGES, source=NODES, target=NODES, symmetric=st.booleans())
def test_the_shortest_paths_are_those_of_networkx(
    edges: list[tuple[int, int, int]], source: int, target: int, *, symmetric: bool
) -> None:
    ours, theirs = built(edges, symmetric=symmetric)
    found = shortest_paths(ours, source, target, most=1000)
    try:
        wanted = {tuple(path) for path in nx.all_shortest_paths(theirs, source, target)}
    except nx.NetworkXNoPath:
        wanted = set()
    assert set(found.paths) == wanted
    assert len(found.paths) == len(wanted)
    assert found.complete


@settings(deadline=None)
@given(edges=EDGES, source=NODES, target=NODES, longest=st.integers(0, 5), symmetric=st.booleans())
def test_the_simple_paths_are_those_of_networkx_the_shorter_first(
    edges: list[tuple[int, int, int]],
    source: int,
    target: int,
    longest: int,
    *,
    symmetric: bool,
) -> None:
    ours, theirs = built(edges, symmetric=symmetric)
    found = simple_paths(ours, source, target, longest=longest, most=100_000, steps=1_000_000)
    wanted = {tuple(p) for p in nx.all_simple_paths(theirs, source, target, cutoff=longest)}
    if source == target:
        wanted = {(source,)}
    assert set(found.paths) == wanted
    assert len(found.paths) == len(wanted)
    assert [len(path) for path in found.paths] == sorted(len(path) for path in found.paths)
    assert found.complete


@settings(deadline=None)
@given(
    edges=EDGES,
    source=NODES,
    target=NODES,
    factors=st.lists(st.floats(0.1, 5), min_size=10, max_size=10),
)
def test_the_strongest_path_is_as_strong_as_that_of_networkx(
    edges: list[tuple[int, int, int]], source: int, target: int, factors: list[float]
) -> None:
    ours, theirs = built(edges)
    ours = ours.weighted(factors)
    sums = ours.strengths()
    entries = zip(ours.heads(), ours.indices, ours.weights, strict=True)
    cost = {(h, t): math.log(math.sqrt(sums[h] * sums[t]) / w) for h, t, w in entries}
    path = strongest_path(ours, source, target)
    if not nx.has_path(theirs, source, target):
        assert path is None
        return
    wanted = nx.dijkstra_path_length(
        theirs, source, target, weight=lambda h, t, _: max(cost[h, t], 0)
    )
    assert path is not None
    assert (path[0], path[-1]) == (source, target)
    assert sum(cost[pair] for pair in pairwise(path)) == pytest.approx(wanted, abs=1e-4)


def test_bounds_leave_paths_out_and_say_so() -> None:
    club, _ = karate()
    every = simple_paths(club, 0, 33, longest=4, most=1000)
    assert every.complete
    some = simple_paths(club, 0, 33, longest=4, most=5)
    assert (some.paths, some.complete) == (every.paths[:5], False)
    assert simple_paths(club, 0, 33, longest=4, most=len(every.paths)).complete
    tired = simple_paths(club, 0, 33, longest=6, steps=50)
    assert not tired.complete
    two = shortest_paths(club, 0, 33, most=2)
    assert (len(two.paths), two.complete) == (2, False)
    line = Adjacency.from_edges(12, range(11), range(1, 12), [1] * 11)
    assert shortest_paths(line, 0, 11).paths == []
    assert shortest_paths(line, 0, 11, longest=11).paths == [tuple(range(12))]
    assert strongest_path(line, 0, 11, steps=5) is None


def test_the_strongest_path_goes_around_a_node_that_is_connected_to_everything() -> None:
    hub = [(1, other, 1) for other in (0, 4, *range(5, 30))]
    around = [(0, 2, 3), (2, 3, 3), (3, 4, 3)]
    graph, _ = built(hub + around, 30)
    assert shortest_paths(graph, 0, 4).paths == [(0, 1, 4)]
    assert strongest_path(graph, 0, 4) == (0, 2, 3, 4)


def test_an_edge_that_weighs_nothing_is_not_on_the_strongest_path() -> None:
    graph = Adjacency.from_edges(3, [0, 1], [1, 2], [1, 1]).weighted([1, 0, 1])
    assert strongest_path(graph, 0, 2) is None


@settings(deadline=None)
@given(edges=EDGES, start=NODES, hops=st.integers(0, 4), symmetric=st.booleans())
def test_a_neighbourhood_without_a_bound_is_that_of_networkx(
    edges: list[tuple[int, int, int]], start: int, hops: int, *, symmetric: bool
) -> None:
    ours, theirs = built(edges, symmetric=symmetric)
    found = neighbourhood(ours, [start], hops=hops)
    part = nx.ego_graph(theirs, start, radius=hops)
    lengths = nx.single_source_shortest_path_length(theirs, start, cutoff=hops)
    assert dict(zip(found.nodes.tolist(), found.hops.tolist(), strict=True)) == lengths
    key = sorted if symmetric else tuple
    ends = zip(found.heads.tolist(), found.tails.tolist(), found.weights.tolist(), strict=True)
    assert {(*key((h, t)), w) for h, t, w in ends} == {
        (*key((h, t)), data["weight"]) for h, t, data in part.edges(data=True)
    }
    assert len(found.heads) == part.number_of_edges()
    assert found.complete


def test_a_budget_takes_the_strongest_edges_first() -> None:
    graph = Adjacency.from_edges(6, [0, 0, 0, 2, 3], [1, 2, 3, 4, 5], [1, 3, 2, 9, 9])
    found = neighbourhood(graph, [0], budget=3)
    assert (found.nodes.tolist(), found.hops.tolist()) == ([0, 2, 3], [0, 1, 1])
    assert sorted(zip(found.heads.tolist(), found.tails.tolist(), strict=True)) == [(0, 2), (0, 3)]
    assert not found.complete
    assert neighbourhood(graph, [0], budget=5).nodes.tolist() == [0, 2, 3, 1, 4]
    assert neighbourhood(graph, [0, 0, 1], budget=1).nodes.tolist() == [0, 1]


def test_what_is_no_node_is_refused() -> None:
    club, _ = karate()
    for node in (-1, 34):
        for find in (shortest_paths, simple_paths, strongest_path):
            with pytest.raises(InvalidInput, match=f"no node {node}"):
                find(club, 0, node)
        with pytest.raises(InvalidInput, match="no node"):
            neighbourhood(club, [node])
    with pytest.raises(InvalidInput, match="symmetric graph alone"):
        strongest_path(Adjacency.from_edges(2, symmetric=False), 0, 1)


def test_a_hub_of_a_million_edges_does_not_stop_the_search() -> None:
    n = 1_000_000
    star = Adjacency.from_edges(n, np.zeros(n - 1, int), np.arange(1, n), np.ones(n - 1, int))
    assert shortest_paths(star, 5, 7).paths == [(5, 0, 7)]
    assert simple_paths(star, 5, 7).paths == [(5, 0, 7)]
    assert len(neighbourhood(star, [5], budget=50).nodes) == 50
