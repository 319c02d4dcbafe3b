from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.graph.adjacency import Adjacency
from knowledge.graph.communities import NONE, Objective, hierarchy, leiden, members, relabel
from tests.knowledge.graph.made import columns

COMMUNITIES = st.lists(st.sets(st.integers(0, 20), min_size=1), max_size=6)


def cliques(sizes: list[int], *, more: int = 0) -> Adjacency:
    """Make cliques in a ring, each tied to the next by one edge, and some nodes without edges."""
    edges, first, starts = [], 0, []
    for size in sizes:
        edges += [(a + first, b + first, 1) for a, b in combinations(range(size), 2)]
        starts.append(first)
        first += size
    edges += [(a, b, 1) for a, b in zip(starts, starts[1:] + starts[:1], strict=True) if a != b]
    return Adjacency.from_edges(first + more, *columns(edges))


@pytest.mark.parametrize(
    "how", [{}, {"objective": Objective.CPM, "resolution": 0.5}, {"resolution": 1.2}]
)
def test_cliques_are_communities_the_largest_first_and_loners_are_in_none(how: object) -> None:
    found = leiden(cliques([4, 6, 5], more=2), **how)  # type: ignore[arg-type]  # of three kinds
    assert found.tolist() == [2] * 4 + [0] * 6 + [1] * 5 + [NONE] * 2
    assert [part.tolist() for part in members(found)] == [
        [4, 5, 6, 7, 8, 9],
        [10, 11, 12, 13, 14],
        [0, 1, 2, 3],
    ]


def test_weights_decide_and_edges_that_weigh_nothing_do_not_count() -> None:
    square = Adjacency.from_edges(4, [0, 1, 2, 3], [1, 2, 3, 0], [9, 1, 9, 1])
    assert leiden(square).tolist() == [0, 0, 1, 1]
    pair = Adjacency.from_edges(3, [0, 1], [1, 2], [1, 1]).weighted([1, 1, 0])
    assert leiden(pair).tolist() == [0, 0, NONE]
    assert leiden(pair.weighted([0, 0, 0])).tolist() == [NONE] * 3


def test_a_graph_without_edges_has_no_communities() -> None:
    for n in (0, 3):
        labels = leiden(Adjacency.from_edges(n))
        assert labels.tolist() == [NONE] * n
        assert members(labels) == []
        assert [level.tolist() for level in hierarchy(Adjacency.from_edges(n))] == [[NONE] * n]


def test_the_same_seed_finds_the_same_and_nobody_elses_randomness_is_disturbed() -> None:
    rng = np.random.default_rng(0)
    ends = rng.integers(0, 300, (2, 900))
    graph = Adjacency.from_edges(300, ends[0], ends[1], np.ones(900, int))
    before = random.getstate()
    first = leiden(graph, seed=7)
    assert random.getstate() == before
    assert any((leiden(graph, seed=seed) != first).any() for seed in range(5))
    with ThreadPoolExecutor(4) as pool:
        for again in pool.map(lambda _: leiden(graph, seed=7), range(8)):
            assert again.tolist() == first.tolist()
    import igraph

    igraph.Graph.Erdos_Renyi(n=10, p=0.5)
    assert random.getstate() != before  # igraph draws from `random` again, as it does by default


def test_large_communities_are_divided_level_by_level() -> None:
    rng = np.random.default_rng(1)
    towns = [rng.integers(0, 12, (2, 60)) + 12 * town for town in range(12)]  # dense: 12 nodes
    lands = [rng.integers(0, 48, (2, 60)) + 48 * land for land in range(3)]  # loose: 4 towns
    ends = np.concatenate([*towns, *lands, rng.integers(0, 144, (2, 6))], axis=1)
    graph = Adjacency.from_edges(144, ends[0], ends[1], np.ones(ends.shape[1], int))
    levels = hierarchy(graph, largest=20, levels=4)
    assert len(levels) >= 2
    for coarse, fine in pairwise(levels):
        assert fine.max() > coarse.max()
        for nodes in members(fine):
            assert len(np.unique(coarse[nodes])) == 1
        assert (fine[coarse == NONE] == NONE).all()
    sizes = [len(nodes) for nodes in members(levels[-1])]
    assert sizes == sorted(sizes, reverse=True)
    assert len(hierarchy(graph, largest=144)) == 1
    assert len(hierarchy(graph, largest=20, levels=1)) == 1


def test_a_community_keeps_its_id_while_most_of_it_stays() -> None:
    previous = {3: {"a", "b", "c"}, 8: {"x", "y"}, 5: {"p", "q"}}
    now: list[set[str]] = [{"x", "y", "z"}, {"n", "m"}, {"a", "b", "c", "d"}]
    assert relabel(previous, now) == [8, 9, 3]
    assert relabel(previous, now, next_id=20) == [8, 20, 3]
    assert relabel({}, now) == [0, 1, 2]


def test_of_two_that_continue_one_the_closer_has_its_id() -> None:
    assert relabel({1: {1, 2, 3, 4, 5}}, [{1, 2}, {3, 4, 5}]) == [2, 1]
    assert relabel({1: {1, 2}, 2: {3, 4, 5}}, [{1, 2, 3, 4, 5}]) == [2]
    assert relabel({1: {1, 2}, 2: {3, 4}}, [{1, 2, 3, 4}]) == [1]


def test_a_trace_of_another_community_makes_no_continuation() -> None:
    assert relabel({1: set(range(10))}, [{0, *range(100, 110)}]) == [2]
    assert relabel({1: set(range(10))}, [{0, *range(100, 110)}], least=0.01) == [1]


@given(previous=COMMUNITIES, now=COMMUNITIES)
def test_ids_are_distinct_and_nothing_changes_while_nothing_changes(
    previous: list[set[int]], now: list[set[int]]
) -> None:
    named = dict(enumerate(previous))
    found = relabel(named, now)
    assert len(set(found)) == len(now)
    assert relabel(dict(zip(found, now, strict=True)), now) == found or len(
        {frozenset(keys) for keys in now}
    ) < len(now)


def test_a_large_graph_is_divided_in_another_process_with_the_same_result() -> None:
    from knowledge.graph.dividing import divided

    rng = np.random.default_rng(3)
    heads, tails = rng.integers(0, 2_000, (2, 130_000))
    kept = heads != tails
    large = Adjacency.from_edges(2_000, heads[kept], tails[kept], np.ones(kept.sum(), np.int64))
    assert len(large.indices) > 200_000
    apart, here = divided(large, levels=2), hierarchy(large, levels=2)
    assert [a.tolist() for a in apart] == [b.tolist() for b in here]
