from __future__ import annotations

import os
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import InvalidInput
from knowledge.graph import walk
from knowledge.graph.adjacency import Adjacency
from knowledge.graph.walk import best, personalised_pagerank
from tests.knowledge.graph.made import EDGES, built, karate

SEEDS = st.dictionaries(st.integers(0, 9), st.floats(0.01, 100), min_size=1, max_size=4)


def scattered(adjacency: Adjacency, seeds: dict[int, float], **how: float) -> list[float]:
    nodes, scores = personalised_pagerank(adjacency, seeds, **how)
    assert len(np.unique(nodes)) == len(nodes)
    full = np.zeros(adjacency.n)
    full[nodes] = scores
    return full.tolist()


@settings(deadline=None)  # the first walk compiles
@given(edges=EDGES, seeds=SEEDS, symmetric=st.booleans(), alpha=st.sampled_from([0.15, 0.5, 0.9]))
def test_scores_are_those_of_networkx(
    edges: list[tuple[int, int, int]], seeds: dict[int, float], *, symmetric: bool, alpha: float
) -> None:
    ours, theirs = built(edges, symmetric=symmetric)
    wanted = nx.pagerank(theirs, alpha=1 - alpha, personalization=seeds, tol=1e-12, max_iter=1000)
    found = scattered(ours, seeds, alpha=alpha, epsilon=1e-10)
    assert found == pytest.approx([wanted[node] for node in range(10)], abs=1e-6)


@settings(deadline=None)  # the first walk compiles
@given(edges=EDGES, seeds=SEEDS, epsilon=st.sampled_from([0.1, 0.01, 0.001]))
def test_no_score_is_too_high_nor_lower_than_its_degree_allows(
    edges: list[tuple[int, int, int]], seeds: dict[int, float], epsilon: float
) -> None:
    ours, _ = built([(head, tail, 1) for head, tail in {(h, t) for h, t, _ in edges if h < t}])
    degree = ours.degree()
    seeds = {seed: weight for seed, weight in seeds.items() if degree[seed]}
    exact = np.array(scattered(ours, seeds, epsilon=1e-12))
    missing = exact - scattered(ours, seeds, epsilon=epsilon)
    assert (missing >= -1e-6).all()
    assert (missing <= epsilon * np.maximum(degree, 1) + 1e-6).all()


def test_weights_of_nodes_turn_the_walk() -> None:
    graph = Adjacency.from_edges(3, [0, 0], [1, 2], [1, 1])
    assert scattered(graph.weighted([1, 3, 1]), {0: 1}, epsilon=1e-9) == pytest.approx(
        [2 / 3, 0.25, 1 / 12], abs=1e-6
    )
    assert scattered(graph.weighted([1, 0, 1]), {0: 1}, epsilon=1e-9)[1] == 0


def test_a_walk_without_a_way_on_returns_to_the_seeds() -> None:
    line = Adjacency.from_edges(3, [0], [1], [1], symmetric=False)
    assert scattered(line, {0: 1}, epsilon=1e-9) == pytest.approx([2 / 3, 1 / 3, 0], abs=1e-6)
    assert scattered(line, {2: 1}) == pytest.approx([0, 0, 1], abs=1e-6)
    assert scattered(line, {1: 1, 2: 3}) == pytest.approx([0, 0.25, 0.75], abs=1e-6)


def test_without_seeds_nobody_walks() -> None:
    nodes, scores = personalised_pagerank(karate()[0], {})
    assert (nodes.tolist(), scores.tolist()) == ([], [])
    nodes, _ = personalised_pagerank(Adjacency.from_edges(0), {})
    assert nodes.tolist() == []


@pytest.mark.parametrize(
    ("seeds", "how"),
    [
        ({34: 1.0}, {}),
        ({-1: 1.0}, {}),
        ({0: 0.0}, {}),
        ({0: -1.0}, {}),
        ({0: float("nan")}, {}),
        ({0: float("inf")}, {}),
        ({0: 1.0}, {"alpha": 0.0}),
        ({0: 1.0}, {"alpha": 1.5}),
        ({0: 1.0}, {"epsilon": 0.0}),
    ],
)
def test_what_makes_no_walk_is_refused(seeds: dict[int, float], how: dict[str, float]) -> None:
    with pytest.raises(InvalidInput, match=r"must be"):
        personalised_pagerank(karate()[0], seeds, **how)


def test_the_walk_takes_the_same_steps_compiled_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    adjacency, _ = karate()
    factored = adjacency.weighted(np.linspace(0, 2, 34))
    compiled = personalised_pagerank(factored, {0: 1.0, 33: 2.0})
    assert walk._kernel() is not walk._walk_plainly
    monkeypatch.setitem(sys.modules, "numba", None)
    assert walk._kernel.__wrapped__() is walk._walk_plainly
    monkeypatch.setattr(walk, "_kernel", lambda: walk._walk_plainly)
    plain = personalised_pagerank(factored, {0: 1.0, 33: 2.0})
    assert all(np.array_equal(a, b) for a, b in zip(compiled, plain, strict=True))


def test_the_walk_is_compiled_though_no_folder_can_be_written_to(tmp_path: Path) -> None:
    """A file stands where the cache should be: even root cannot write there."""
    (tmp_path / "file").touch()
    script = (
        "import warnings; warnings.simplefilter('error')\n"
        "from knowledge.graph.adjacency import Adjacency\n"
        "from knowledge.graph import walk\n"
        "print(walk.personalised_pagerank(Adjacency.from_edges(2, [0], [1], [1]), {0: 1})[0])\n"
        "assert walk._kernel() is not walk._walk_plainly\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "file" / "cache")},
        cwd=Path(walk.__file__).parents[2],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (found.stdout, found.stderr) == ("[0 1]\n", "")


def test_threads_walk_at_once_and_do_not_meet() -> None:
    adjacency, _ = karate()
    alone = [scattered(adjacency, {node: 1.0}) for node in range(34)]
    with ThreadPoolExecutor(8) as pool, warnings.catch_warnings():
        for _ in range(5):
            together = pool.map(lambda node: scattered(adjacency, {node: 1.0}), range(34))
            assert list(together) == alone


def test_the_best_come_first_and_of_equal_ones_the_lower_number() -> None:
    nodes = np.array([9, 4, 7, 2, 5], np.int32)
    scores = np.array([0.1, 0.5, 0.1, 0.3, 0.1], np.float32)
    assert best(nodes, scores, 3)[0].tolist() == [4, 2, 5]
    assert best(nodes, scores, 9)[0].tolist() == [4, 2, 5, 7, 9]
    assert best(nodes, scores, 0)[0].tolist() == []
    assert best(nodes, scores, 2)[1].tolist() == pytest.approx([0.5, 0.3])
