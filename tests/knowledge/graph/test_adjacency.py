from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from foundation.errors import InvalidInput
from knowledge.graph.adjacency import Adjacency
from tests.knowledge.graph.made import EDGES, built, columns


def same(one: Adjacency, other: Adjacency) -> bool:
    pairs: list[tuple[NDArray[Any], NDArray[Any]]] = [
        (one.indptr, other.indptr),
        (one.indices, other.indices),
        (one.counts, other.counts),
        (one.factors, other.factors),
    ]
    return one.symmetric == other.symmetric and all(
        a.dtype == b.dtype and np.array_equal(a, b) for a, b in pairs
    )


@given(edges=EDGES, symmetric=st.booleans())
def test_it_holds_the_edges_that_networkx_holds(
    edges: list[tuple[int, int, int]], *, symmetric: bool
) -> None:
    ours, theirs = built(edges, symmetric=symmetric)
    found = {(h, t): c for h, t, c in zip(*(a.tolist() for a in ours.edges()), strict=True)}
    key = sorted if symmetric else tuple
    wanted = {tuple(key((h, t))): data["weight"] for h, t, data in theirs.edges(data=True)}
    assert found == wanted
    assert [ours.row(node).tolist() for node in range(10)] == [
        sorted(theirs[node]) for node in range(10)
    ]
    assert ours.degree().tolist() == [len(theirs[node]) for node in range(10)]
    assert np.allclose(
        ours.strengths(), [sum(d["weight"] for d in theirs[node].values()) for node in range(10)]
    )


@given(
    steps=st.lists(st.tuples(EDGES, st.sets(st.integers(0, 60)), st.integers(10, 13)), max_size=4),
    symmetric=st.booleans(),
)
def test_any_sequence_of_changes_equals_a_graph_built_anew(
    steps: list[tuple[list[tuple[int, int, int]], set[int], int]], *, symmetric: bool
) -> None:
    graph, n = Adjacency.from_edges(10, symmetric=symmetric), 10
    held: list[tuple[int, int, int]] = []
    for added, going, size in steps:
        removed = [edge for at, edge in enumerate(held) if at in going]
        held = [edge for at, edge in enumerate(held) if at not in going] + added
        n = max(n, size)
        graph = graph.changed(columns(added), columns(removed), n)
        assert same(graph, Adjacency.from_edges(n, *columns(held), symmetric=symmetric))


def test_a_count_can_be_taken_away_in_parts_and_from_either_end() -> None:
    graph = Adjacency.from_edges(3, [0, 1], [1, 2], [3, 1])
    less = graph.changed(removed=([1, 0], [0, 1], [1, 1]))
    assert same(less, Adjacency.from_edges(3, [0, 1], [1, 2], [1, 1]))
    assert same(less.changed(removed=([1], [0], [1])), Adjacency.from_edges(3, [1], [2], [1]))


def test_a_node_goes_when_it_has_no_edges_left() -> None:
    graph = Adjacency.from_edges(4, [0, 2], [1, 3], [1, 1])
    assert same(graph.changed(removed=([2], [3], [1]), n=2), Adjacency.from_edges(2, [0], [1], [1]))
    with pytest.raises(InvalidInput, match="nodes from 3 on still have edges"):
        graph.changed(n=3)
    with pytest.raises(InvalidInput, match="still have edges"):
        Adjacency.from_edges(4, [0], [3], [1], symmetric=False).changed(n=2)


def test_more_cannot_be_taken_away_than_is_there() -> None:
    graph = Adjacency.from_edges(3, [0], [1], [2])
    with pytest.raises(InvalidInput, match=r"from the edge 0 - 1 \(it would have -1\)"):
        graph.changed(removed=([0], [1], [3]))
    with pytest.raises(InvalidInput, match="more is taken from the edge 1 - 2"):
        graph.changed(removed=([2], [1], [1]))


@pytest.mark.parametrize(
    ("edges", "reason"),
    [
        (([0], [3], [1]), "numbers of nodes, 0 to 2"),
        (([-1], [0], [1]), "numbers of nodes"),
        (([0.5], [1], [1]), "numbers of nodes"),
        (([0], [1], [0]), "whole numbers of at least 1"),
        (([0], [1], [1.5]), "whole numbers"),
        (([0, 1], [1], [1]), "as many heads as tails"),
        (([0, 0], [1, 1], [2**31 - 1, 1]), "add up to more than"),
    ],
)
def test_edges_that_are_none_are_refused(edges: tuple[list[int], ...], reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        Adjacency.from_edges(3, *edges)


def test_a_change_that_could_overflow_is_refused() -> None:
    graph = Adjacency.from_edges(2, [0], [1], [2**31 - 1])
    with pytest.raises(InvalidInput, match="too much is on the edge 0 - 1"):
        graph.changed(([0], [1], [1]))


def test_arrays_cannot_be_written_to_and_the_makers_stay_as_they_were() -> None:
    indices = np.array([1, 0], np.int32)
    graph = Adjacency(np.array([0, 1, 2]), indices, np.array([1, 1]))
    indices[0] = 1
    for array in (graph.indptr, graph.indices, graph.counts, graph.factors):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_the_weight_of_an_edge_is_its_count_times_the_factors_of_its_ends() -> None:
    graph = Adjacency.from_edges(3, [0, 1], [1, 2], [2, 3]).weighted([1.0, 0.5, 4.0])
    assert graph.weights.tolist() == [1.0, 1.0, 6.0, 6.0]
    assert graph.strengths().tolist() == [1.0, 7.0, 6.0]
    for factors in ([1.0, -1.0, 1.0], [1.0, float("nan"), 1.0], [1.0]):
        with pytest.raises(InvalidInput, match="factors"):
            graph.weighted(factors)


@given(edges=EDGES, chosen=st.sets(st.integers(0, 9)), symmetric=st.booleans())
def test_a_part_is_what_lies_between_some_nodes(
    edges: list[tuple[int, int, int]], chosen: set[int], *, symmetric: bool
) -> None:
    nodes = sorted(chosen)
    ours, _ = built(edges, symmetric=symmetric)
    inside = [
        (nodes.index(h), nodes.index(t), count)
        for h, t, count in edges
        if h in chosen and t in chosen
    ]
    wanted = Adjacency.from_edges(len(nodes), *columns(inside), symmetric=symmetric)
    assert same(ours.induced(np.array(nodes, np.int32)), wanted)


@given(edges=EDGES)
def test_turning_edges_round_twice_changes_nothing(edges: list[tuple[int, int, int]]) -> None:
    directed, graph = built(edges, symmetric=False)
    turned = directed.transposed()
    assert [turned.row(node).tolist() for node in range(10)] == [
        sorted(graph.predecessors(node)) for node in range(10)
    ]
    assert same(turned.transposed(), directed)


def test_a_graph_can_be_a_view_of_a_file_and_go_to_another_process(tmp_path: Path) -> None:
    graph = Adjacency.from_edges(3, [0, 1], [1, 2], [2, 3])
    np.save(tmp_path / "indices.npy", graph.indices)
    mapped = np.load(tmp_path / "indices.npy", mmap_mode="r")
    again = Adjacency(graph.indptr, mapped, graph.counts)
    assert same(again, graph)
    assert np.shares_memory(again.indices, mapped)
    assert same(pickle.loads(pickle.dumps(graph)), graph)
    assert graph.nbytes == 4 * 8 + 4 * 4 + 4 * 4 + 3 * 4
