"""Small random graphs, as ours and as networkx has them."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
from hypothesis import strategies as st

from knowledge.graph.adjacency import Adjacency

EDGES = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 3)), max_size=30
)  # ends and counts; pairs and loops may come again


def built(
    edges: list[tuple[int, int, int]], n: int = 10, *, symmetric: bool = True
) -> tuple[Adjacency, Any]:
    """Build the same graph twice."""
    graph = nx.Graph() if symmetric else nx.DiGraph()
    graph.add_nodes_from(range(n))
    for head, tail, count in edges:
        before = graph.get_edge_data(head, tail, {"weight": 0})["weight"]
        graph.add_edge(head, tail, weight=before + count)
    return Adjacency.from_edges(n, *columns(edges), symmetric=symmetric), graph


def columns(edges: list[tuple[int, int, int]]) -> tuple[Any, Any, Any]:
    """Turn rows into arrays."""
    table = np.array(edges, np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def karate() -> tuple[Adjacency, Any]:
    """Take the karate club, whose 34 members fell out in 1972."""
    graph = nx.karate_club_graph()
    edges = [(head, tail, int(data["weight"])) for head, tail, data in graph.edges(data=True)]
    return Adjacency.from_edges(34, *columns(edges)), graph
