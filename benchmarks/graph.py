"""The graph's arrays: personalised PageRank beside networkx, memory, refresh, communities.

    ELDERS_DATA=… python -m benchmarks.graph [--seeds 50] [--networkx 10] [--epsilon 3e-6] [--json]

Three graphs of fixed seeds: power law (100,000 nodes, 500,000 edges; the figures that count), one
in which all edges are equally likely, and passages with the capitalised words that they hold.
Seeds are 5 nodes each. networkx is timed on the first sets of seeds; the exact scores of all sets
come from a power iteration that must equal its to 1e-8. Two nodes with equal exact scores may
stand for each other in the top 20. Times are of the wall clock, one thread, the median.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.corpora import machine, read_texts
from foundation.errors import NotFound
from knowledge.graph.adjacency import Adjacency
from knowledge.graph.communities import leiden
from knowledge.graph.walk import best, personalised_pagerank

TOP = 20
ALPHA = 0.5
NODES, EDGES = 100_000, 500_000

Seeds = Mapping[int, float]
Figures = dict[str, float]


def power_law(seed: int = 0) -> Adjacency:
    """Draw ends by weights that fall with the rank (Chung & Lu): some hubs, many leaves."""
    rng = np.random.default_rng(seed)
    weights = (np.arange(NODES) + 10.0) ** -0.6
    return _distinct(rng, weights / weights.sum())


def evenly(seed: int = 1) -> Adjacency:
    """Draw ends evenly (Erdős & Rényi)."""
    return _distinct(np.random.default_rng(seed), np.full(NODES, 1 / NODES))


def _distinct(rng: np.random.Generator, chances: NDArray[np.float64]) -> Adjacency:
    """Draw distinct edges without loops, exactly as many as wanted."""
    ends = rng.choice(NODES, (2, EDGES + EDGES // 5), p=chances)
    ends = np.sort(ends[:, ends[0] != ends[1]], axis=0)
    _, first = np.unique(ends[0] * NODES + ends[1], return_index=True)
    heads, tails = ends[:, np.sort(first)[:EDGES]]
    return Adjacency.from_edges(NODES, heads, tails, np.ones(EDGES, np.int64))


def passages(name: str = "musique-train100") -> Adjacency:
    """Join each passage with its capitalised words, the rarer the stronger."""
    texts = read_texts(name)
    found = [set(re.findall(r"\b[A-Z]\w+", text)) for text in texts.values()]
    numbers = {word: at for at, word in enumerate(sorted(set().union(*found)), start=len(found))}
    heads = np.repeat(np.arange(len(found)), [len(words) for words in found])
    tails = np.array([numbers[word] for words in found for word in words], np.int64)
    graph = Adjacency.from_edges(
        len(found) + len(numbers), heads, tails, np.ones(len(heads), np.int64)
    )
    rarity = np.log1p(len(found) / graph.degree().clip(1))
    return graph.weighted(np.where(np.arange(graph.n) < len(found), 1.0, rarity))


SHAPES: Mapping[str, Callable[[], Adjacency]] = {
    "power law": power_law,
    "even": evenly,
    "passages": passages,
}


def seed_sets(graph: Adjacency, count: int, seed: int = 2) -> list[Seeds]:
    """Draw sets of 5 nodes that have edges, with weights between 0.1 and 1.1."""
    rng = np.random.default_rng(seed)
    nodes = np.nonzero(graph.degree())[0]
    return [
        dict(zip(rng.choice(nodes, 5, replace=False).tolist(), 0.1 + rng.random(5), strict=True))
        for _ in range(count)
    ]


def exact(graph: Adjacency, seeds: Seeds) -> NDArray[np.float64]:
    """Iterate until nothing changes: what the approximation is judged by."""
    matrix, sums = graph.matrix(graph.weights.astype(np.float64)), graph.strengths()
    start = np.zeros(graph.n)
    start[list(seeds)] = list(seeds.values())
    start /= start.sum()
    scores = start
    for _ in range(60):
        shares = np.divide(scores, sums, out=np.zeros(graph.n), where=sums > 0)
        scores = ALPHA * start + (1 - ALPHA) * (matrix @ shares + scores[sums == 0].sum() * start)
    return scores


def agreement(nodes: NDArray[np.int32], truth: NDArray[np.float64]) -> float:
    """Answer which share of the true top 20 was found."""
    limit = np.partition(truth, -TOP)[-TOP] * (1 - 1e-9)
    return float((truth[nodes] >= limit).mean()) if len(nodes) == TOP else len(nodes) / TOP


def walks(graph: Adjacency, sets: Sequence[Seeds], epsilon: float) -> Figures:
    """Walk from every set of seeds; compare with the exact scores."""
    personalised_pagerank(graph, sets[0], alpha=ALPHA, epsilon=epsilon)
    times, reached, shares = [], [], []
    for seeds in sets:
        started = time.perf_counter()
        nodes, scores = personalised_pagerank(graph, seeds, alpha=ALPHA, epsilon=epsilon)
        top, _ = best(nodes, scores, TOP)
        times.append(_since(started))
        reached.append(len(nodes))
        shares.append(agreement(top, exact(graph, seeds)))
    return {
        "p50_ms": statistics.median(times),
        "p95_ms": float(np.quantile(times, 0.95)),
        "agreement": statistics.fmean(shares),
        "lowest": min(shares),
        "reached": statistics.median(reached),
        "bytes_per_edge": graph.nbytes / len(graph.edges()[0]),
    }


def beside_networkx(graph: Adjacency, sets: Sequence[Seeds], epsilon: float) -> Figures:
    """Let networkx answer the same questions in the same minute."""
    import networkx as nx

    theirs = nx.Graph()
    theirs.add_nodes_from(range(graph.n))
    heads, tails, counts = (part.tolist() for part in graph.edges())
    theirs.add_weighted_edges_from(zip(heads, tails, counts, strict=True))
    ours_ms, theirs_ms, shares, apart = [], [], [], 0.0
    for seeds in sets:
        started = time.perf_counter()
        ranks = nx.pagerank(theirs, alpha=1 - ALPHA, personalization=seeds, tol=1e-14)
        theirs_ms.append(_since(started))
        started = time.perf_counter()
        top, _ = best(*personalised_pagerank(graph, seeds, alpha=ALPHA, epsilon=epsilon), TOP)
        ours_ms.append(_since(started))
        truth = np.array([ranks[node] for node in range(graph.n)])
        shares.append(agreement(top, truth))
        apart = max(apart, float(np.abs(truth - exact(graph, seeds)).max()))
    if apart > 1e-8:
        raise SystemExit(f"the power iteration differs from networkx by {apart}")
    return {
        "sets": len(sets),
        "networkx_p50_ms": statistics.median(theirs_ms),
        "ours_p50_ms": statistics.median(ours_ms),
        "times_faster": statistics.median(theirs_ms) / statistics.median(ours_ms),
        "agreement": statistics.fmean(shares),
    }


def refresh(rounds: int = 21, seed: int = 3) -> Figures:
    """Exchange one document of ten chunks: 120 mentions and 200 relations go, as many come."""
    rng = np.random.default_rng(seed)
    chunks, entities, mentions, relations = 100_000, 60_000, 1_200_000, 2_000_000
    chances = (np.arange(entities) + 10.0) ** -0.6
    named = chunks + rng.choice(entities, mentions + 2 * relations, p=chances / chances.sum())
    heads = np.r_[rng.integers(0, chunks, mentions), named[mentions : mentions + relations]]
    tails = np.r_[named[:mentions], named[mentions + relations :]]
    counts = np.ones(len(heads), np.int64)
    started = time.perf_counter()
    graph = Adjacency.from_edges(chunks + entities, heads, tails, counts)
    built, times = _since(started), []
    for _ in range(rounds):
        going = np.r_[
            rng.choice(mentions, 120, replace=False),
            mentions + rng.choice(relations, 200, replace=False),
        ]
        coming = (rng.permutation(heads[going]), tails[going], counts[going])
        started = time.perf_counter()
        graph.changed(coming, (heads[going], tails[going], counts[going]))
        times.append(_since(started))
    edges = len(graph.edges()[0])
    return {
        "nodes": graph.n,
        "edges": edges,
        "bytes_per_edge": graph.nbytes / edges,
        "built_ms": built,
        "changed_p50_ms": statistics.median(times),
        "changed_p95_ms": float(np.quantile(times, 0.95)),
    }


def communities(graph: Adjacency) -> Figures:
    """Divide the graph once."""
    started = time.perf_counter()
    labels = leiden(graph)
    return {"leiden_ms": _since(started), "communities": int(labels.max()) + 1}


def _since(started: float) -> float:
    return 1e3 * (time.perf_counter() - started)


def measure(options: argparse.Namespace) -> dict[str, Figures]:
    """Measure everything, the figures that count first."""
    graph = power_law()
    sets = seed_sets(graph, options.seeds)
    report = {
        "beside networkx": beside_networkx(graph, sets[: options.networkx], options.epsilon),
        "leiden": communities(graph),
        "refresh": refresh(),
    }
    for name, make in SHAPES.items():
        try:
            graph = make()
        except NotFound as missing:
            print(f"without {name}: {missing}")
            continue
        sets = seed_sets(graph, options.seeds)
        for epsilon in (options.epsilon, 1e-5):
            report[f"{name}, {epsilon:g}"] = walks(graph, sets, epsilon)
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=50, help="sets of seeds")
    parser.add_argument("--networkx", type=int, default=10, help="sets that networkx answers too")
    parser.add_argument("--epsilon", type=float, default=3e-6)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = measure(options)
    if options.json:
        print(json.dumps({"machine": machine(), **report}, indent=1))
        return
    print(machine())
    for name, figures in report.items():
        print(f"{name:17}", ", ".join(f"{key} {value:,.6g}" for key, value in figures.items()))


if __name__ == "__main__":
    main()
