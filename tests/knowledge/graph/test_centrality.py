from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import InvalidInput
from knowledge.graph.adjacency import Adjacency
from knowledge.graph.centrality import betweenness, core_numbers, degree, pagerank
from tests.knowledge.graph.made import EDGES, built, karate


@settings(deadline=None)
@given(edges=EDGES, symmetric=st.booleans(), damping=st.sampled_from([0.0, 0.5, 0.85]))
def test_pagerank_is_that_of_networkx(
    edges: list[tuple[int, int, int]], damping: float, *, symmetric: bool
) -> None:
    ours, theirs = built(edges, symmetric=symmetric)
    wanted = nx.pagerank(theirs, alpha=damping, tol=1e-12, max_iter=1000)
    found = pagerank(ours, damping=damping, tolerance=1e-12)
    assert found.tolist() == pytest.approx([wanted[node] for node in range(10)], abs=1e-9)


@settings(deadline=None)
@given(edges=EDGES, symmetric=st.booleans(), cutoff=st.sampled_from([None, 2]))
def test_betweenness_is_that_of_networkx(
    edges: list[tuple[int, int, int]], cutoff: int | None, *, symmetric: bool
) -> None:
    ours, theirs = built(edges, symmetric=symmetric)
    found = betweenness(ours, cutoff=cutoff)
    assert (found.exact, found.sources, found.cutoff) == (cutoff is None, 10, cutoff)
    if cutoff is None:
        wanted = nx.betweenness_centrality(theirs, normalized=False)
        assert found.values.tolist() == pytest.approx([wanted[node] for node in range(10)])
    else:
        assert (found.values <= betweenness(ours).values + 1e-9).all()


def test_betweenness_of_a_large_graph_is_estimated_from_a_sample_and_says_so() -> None:
    club, _ = karate()
    exact = betweenness(club)
    found = betweenness(club, work=20 * (34 + len(club.indices)))
    assert (found.exact, found.sources) == (False, 20)
    assert np.corrcoef(found.values, exact.values)[0, 1] > 0.9
    assert found.values.sum() == pytest.approx(exact.values.sum(), rel=0.2)
    again = betweenness(club, work=20 * (34 + len(club.indices)))
    assert np.array_equal(found.values, again.values)


@settings(deadline=None)
@given(edges=EDGES, symmetric=st.booleans())
def test_degrees_and_cores_are_those_of_networkx(
    edges: list[tuple[int, int, int]], *, symmetric: bool
) -> None:
    ours, theirs = built(edges, symmetric=symmetric)
    assert degree(ours).tolist() == [len(theirs[node]) for node in range(10)]
    simple = nx.Graph(theirs)
    simple.remove_edges_from(list(nx.selfloop_edges(simple)))
    wanted = nx.core_number(simple)
    assert core_numbers(ours).tolist() == [wanted[node] for node in range(10)]


def test_an_empty_graph_has_no_centre() -> None:
    none = Adjacency.from_edges(0)
    assert pagerank(none).tolist() == []
    assert betweenness(none).values.tolist() == []
    assert core_numbers(none).tolist() == []


@pytest.mark.parametrize("damping", [-0.1, 1.0, float("nan")])
def test_a_damping_that_would_not_end_is_refused(damping: float) -> None:
    with pytest.raises(InvalidInput, match="damping"):
        pagerank(karate()[0], damping=damping)
