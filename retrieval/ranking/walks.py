"""What the graph says of passages: walks from what a question names, and from what was found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from knowledge.graph.snapshot import NodeKind, Snapshot
from knowledge.graph.walk import personalised_pagerank

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

EPSILON: Final = 1e-5
_PASSAGE_SHARE: Final = 0.2
_SEED_PASSAGES: Final = 20
_STEP_PASSAGES: Final = 5
_STRAIGHT: Final = 3
_FAR: Final = 0.25


@dataclass(frozen=True, slots=True)
class Walk:
    """Where a walk led: nodes, ascending, with shares of its time; shape (k,) each."""

    nodes: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    scores: Floats = field(default_factory=lambda: np.empty(0, np.float32))

    def at(self, nodes: Ints) -> Floats:
        """Answer the share of each node, 0 where the walk did not come: shape (n,)."""
        found = np.zeros(len(nodes), np.float32)
        if len(self.nodes):
            places = np.minimum(np.searchsorted(self.nodes, nodes), len(self.nodes) - 1)
            met = self.nodes[places] == nodes
            found[met] = self.scores[places[met]]
        return found

    def best(self, graph: Snapshot, kind: NodeKind, most: int) -> Ints:
        """Answer its first nodes of a kind, best first."""
        own = graph.kinds[self.nodes] == kind
        nodes, scores = self.nodes[own], self.scores[own]
        first: Ints = nodes[np.lexsort((nodes, -scores))[:most]]
        return first


def walk(graph: Snapshot, seeds: Mapping[int, float], *, alpha: float = 0.5) -> Walk:
    """Walk from seeds (weights by node) over the graph, rare entities first."""
    if not seeds:
        return Walk()
    nodes, scores = personalised_pagerank(graph.weighted, seeds, alpha=alpha, epsilon=EPSILON)
    order = np.argsort(nodes)
    return Walk(nodes[order].astype(np.int64), scores[order])


@dataclass(frozen=True, slots=True)
class Step:
    """The second step of a search, which starts from what the first one found.

    Attributes:
        entities: things that the best passages name and the question does not, with weights.
        passages: the best passages' nodes, with weights.
    """

    entities: Mapping[int, float]
    passages: Mapping[int, float]


def passage_seeds(nodes: Ints, scores: Floats) -> dict[int, float]:
    """Weigh the first passages by their scores, cubed between the last and the best.

    Args:
        nodes: passages, best first, -1 for those that the graph does not know.
        scores: of them.
    """
    top = scores[:_SEED_PASSAGES].astype(np.float64)
    if not len(top):
        return {}
    scaled = ((top - top.min()) / max(float(np.ptp(top)), 1e-9)) ** 3
    total = float(scaled.sum()) or 1.0
    pairs = zip(nodes.tolist(), scaled.tolist(), strict=False)
    return {node: weight / total for node, weight in pairs if node >= 0 and weight > 0.0}


def mixed(asked: Mapping[int, float], passages: Mapping[int, float]) -> dict[int, float]:
    """Seed a walk with what is asked for and, for a fifth, with the best passages."""
    total = sum(asked.values())
    if not total:
        return dict(passages)
    seeds = {node: weight / total * (1.0 - _PASSAGE_SHARE) for node, weight in asked.items()}
    for node, weight in passages.items():
        seeds[node] = seeds.get(node, 0.0) + weight * _PASSAGE_SHARE
    return seeds


def second_step(
    graph: Snapshot, rarity: Floats, nodes: Ints, scores: Floats, asked: Iterable[int]
) -> Step:
    """Take up what the best passages name.

    Args:
        graph: the snapshot.
        rarity: of each node (inverse document frequency), shape (size,).
        nodes: passages known to the graph, best first.
        scores: of them, on the scale of a logarithm.
        asked: entities that the question names: they are no news.
    """
    known = set(asked)
    entities: dict[int, float] = {}
    weights = np.exp(scores[:_STEP_PASSAGES] - scores[0]) if len(scores) else scores
    best: Sequence[int] = nodes[:_STEP_PASSAGES].tolist()
    for node, weight in zip(best, weights.tolist(), strict=True):
        named = graph.links.row(node)
        for entity in named[graph.kinds[named] == NodeKind.ENTITY].tolist():
            if entity not in known:
                more = (weight + 0.05) * float(rarity[entity])
                entities[entity] = entities.get(entity, 0.0) + more
    straight = zip(best[:_STRAIGHT], weights[:_STRAIGHT].tolist(), strict=True)
    return Step(entities, dict(straight))


def farther(graph: Snapshot, seeds: Mapping[int, float]) -> Walk:
    """Walk on for longer before each return: for what is two and more hops away."""
    return walk(graph, seeds, alpha=_FAR)
