"""Gather what a ranker looks at: candidates of every retriever, and what the graph says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from foundation.ids import ChunkId
from foundation.security.policy import Access
from knowledge.graph.linking import Linked
from knowledge.graph.snapshot import NodeKind, Snapshot
from retrieval.indexes.analysis import Analyser
from retrieval.model import Scope, Vector
from retrieval.ranking.features import Material, z
from retrieval.ranking.links import Things, things_of
from retrieval.ranking.mentions import Mentions, Telling, mentions, telling
from retrieval.ranking.model import Graph, NamesIndex, Texts, Vectors, Words
from retrieval.ranking.walks import (
    Floats,
    Ints,
    Walk,
    farther,
    mixed,
    passage_seeds,
    second_step,
    walk,
)

POOL: Final = 150
"""Candidates taken from the fused ranking."""

_WALKED: Final = 40
"""Candidates taken from each of the walks that add any."""

_ADDING: Final = ("asked", "mixed", "both")

_ALL: Final = ("asked", "mixed", "step", "passages", "both", "far")


@dataclass(frozen=True, slots=True)
class First:
    """What the first step of a search found.

    Attributes:
        question: as it was asked.
        ids, scores: the fused ranking, best first.
        vector: the question's, None where it was not embedded.
        weight: share of the dense score in the fused one.
        scope: which passages may be answered.
        also: further candidates within it.
        access: what the asker may see.
    """

    question: str
    ids: NDArray[np.int64]
    scores: NDArray[np.float64]
    vector: Vector | None
    weight: float
    scope: Scope
    also: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    access: Access = Access.everything


@dataclass(frozen=True, slots=True)
class Walks:
    """All walks of one question, with what it names: weights by node."""

    asked: Mapping[int, float]
    found: Mapping[str, Walk]

    def candidates(self, graph: Snapshot) -> Ints:
        """List the chunks that the walks add, those of the first walk first."""
        nodes = [self.found[name].best(graph, NodeKind.CHUNK, _WALKED) for name in _ADDING]
        chunks = [graph.key(node) for node in dict.fromkeys(np.concatenate(nodes).tolist())]
        return np.array(chunks, np.int64)


class Evidence:
    """Puts together what words, meaning and the graph say of a question's candidates."""

    def __init__(self, names: NamesIndex, graph: Graph, words: Words, texts: Texts) -> None:
        """Take what knows names, graph and words, and what reads titles and texts of passages."""
        self._names = names
        self._graph = graph
        self._words = words
        self._texts = texts
        self._analyser = Analyser()
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="evidence")

    def ready(self) -> bool:
        """Tell whether there is a graph to walk on."""
        return self._graph.snapshot().size > 0

    def refresh(self) -> None:
        """Know the names and the graph that hold now."""
        self._names.refresh()
        self._graph.refresh()

    def close(self) -> None:
        """Read no more."""
        self._names.close()
        self._graph.close()
        self._pool.shutdown()

    def gather(self, first: First, vectors: Vectors) -> tuple[NDArray[np.int64], Material]:
        """Answer the candidates' ids, those of the fused ranking first, and what is known."""
        graph = self._graph.snapshot(first.access)
        linked, asked = self._named(graph, first)
        walks = take_walks(graph, asked, first)
        ids = _candidates(walks.candidates(graph), first, vectors)
        nodes = _nodes(graph, ids)
        rest = _without(first.question, linked)
        scored = [
            self._pool.submit(self._words.scores, text, ids)
            for text in dict.fromkeys((first.question, rest))
        ]
        said = self.mentions(first, ids)  # meanwhile
        vector = first.vector
        known = vectors.matrix(ids)
        nothing = np.zeros(len(ids), np.float32)
        material = Material(
            words=scored[0].result(),
            rest=scored[-1].result(),
            meaning=nothing if vector is None else np.vecdot(known, vector),
            weight=first.weight,
            vectors=known,
            question=np.zeros(known.shape[1], np.float32) if vector is None else vector,
            walks={name: each.at(nodes) for name, each in walks.found.items()},
            things=things_of(graph, graph.rarity, nodes, asked),
            mentions=said,
        )
        return ids, material

    def walks(self, first: First) -> Walks:
        """Take all walks of a question."""
        graph = self._graph.snapshot(first.access)
        return take_walks(graph, self._named(graph, first)[1], first)

    def walked(self, first: First, vectors: Vectors) -> tuple[NDArray[np.int64], Floats]:
        """Answer the candidates' ids, and which share of its time the walk from all seeds gives."""
        graph = self._graph.snapshot(first.access)
        walks = take_walks(graph, self._named(graph, first)[1], first, _ADDING)
        ids = _candidates(walks.candidates(graph), first, vectors)
        return ids, walks.found["mixed"].at(_nodes(graph, ids))

    def things(self, first: First, ids: NDArray[np.int64]) -> Things:
        """Read what chunks name, beside what the question names."""
        graph = self._graph.snapshot(first.access)
        asked = self._named(graph, first)[1]
        return things_of(graph, graph.rarity, _nodes(graph, ids), asked)

    def mentions(self, first: First, ids: NDArray[np.int64]) -> Mentions:
        """Look for the question's words in chunks."""
        return mentions(self._telling(first.question), self._texts(_chunk_ids(ids)))

    def _named(self, graph: Snapshot, first: First) -> tuple[list[Linked], dict[int, float]]:
        """Find the names that a question speaks of, and how surely it means which nodes.

        A part of the graph knows only its own names.
        """
        everything = first.access == Access.everything
        linked: list[Linked] = []
        asked: dict[int, float] = {}
        for each in self._names.link(first.question):
            node = self._graph.node(each.name_id)
            if node is not None and node >= graph.size:
                node = None  # it came after the snapshot
            if everything or (node is not None and len(graph.links.row(node))):
                linked.append(each)
                if node is not None:
                    asked[node] = max(asked.get(node, 0.0), each.confidence)
        return linked, asked

    def _telling(self, question: str) -> Telling:
        terms = self._analyser.query(question)
        counts, total = self._words.frequencies(terms)
        return telling(terms.words, terms.grams, counts, total)


def take_walks(
    graph: Snapshot, asked: Mapping[int, float], first: First, wanted: Sequence[str] = _ALL
) -> Walks:
    """Walk from what is asked for, from the best passages, and on from what these name.

    Args:
        graph: the snapshot.
        asked: nodes that the question names, with how surely.
        first: what was found before.
        wanted: names of the walks to take; the others are left out, as each has its price.
    """
    seeds = {node: sure * float(graph.rarity[node]) for node, sure in asked.items()}
    nodes = _nodes(graph, first.ids[:POOL])
    scores = first.scores[:POOL].astype(np.float32)
    both = walk(graph, mixed(seeds, passage_seeds(nodes, scores)))
    order, ranked = _first_passages(graph, nodes, scores, both)
    step = second_step(graph, graph.rarity, order, ranked, asked)
    onward = dict(step.entities)
    for node, weight in seeds.items():
        onward[node] = onward.get(node, 0.0) + weight
    ways: dict[str, Callable[[], Walk]] = {
        "asked": lambda: walk(graph, seeds),
        "mixed": lambda: both,
        "step": lambda: walk(graph, step.entities),
        "passages": lambda: walk(graph, step.passages),
        "both": lambda: walk(graph, onward),
        "far": lambda: farther(graph, onward),
    }
    return Walks(asked, {name: ways[name]() for name in wanted})


def _first_passages(
    graph: Snapshot, nodes: Ints, scores: Floats, both: Walk
) -> tuple[Ints, Floats]:
    """Order the fused passages and the walk's by both: nodes, best first, with scores."""
    known = nodes >= 0
    more = both.best(graph, NodeKind.CHUNK, _WALKED)
    every = np.concatenate([nodes[known], more[~np.isin(more, nodes)]])
    if not len(every):
        return every, np.empty(0, np.float32)
    floor = scores.min(initial=np.inf) if len(scores) else 0.0
    fused = np.full(len(every), floor if np.isfinite(floor) else 0.0, np.float32)
    fused[: int(known.sum())] = scores[known]
    total = z(fused) + z(np.log(both.at(every) + 1e-6))
    order = np.lexsort((every, -total))
    return every[order], total[order].astype(np.float32)


def _candidates(walked: Ints, first: First, vectors: Vectors) -> NDArray[np.int64]:
    """Put the fused candidates and those of walks together; what is out of scope is left out."""
    fused = first.ids[:POOL]
    more = walked[~np.isin(walked, first.ids[:POOL])]
    allowed = first.scope.documents
    if allowed is not None and len(more):
        numbers = vectors.documents(more)
        inside = (numbers >= 0) & (numbers < allowed.size)
        more = more[inside & allowed[np.where(inside, numbers, 0)]]
    known = np.concatenate([fused, more])
    return np.concatenate([known, first.also[~np.isin(first.also, known)]])


def _chunk_ids(ids: NDArray[np.int64]) -> list[ChunkId]:
    return [ChunkId(number) for number in ids.tolist()]


def _nodes(graph: Snapshot, ids: NDArray[np.int64]) -> Ints:
    """Answer each chunk's node, -1 where the graph does not know it."""
    found = [graph.nodes.find(NodeKind.CHUNK, ChunkId(number)) for number in ids.tolist()]
    nodes = np.array([-1 if node is None else node for node in found], np.int64)
    nodes[nodes >= graph.size] = -1
    return nodes


def _without(question: str, linked: Sequence[Linked]) -> str:
    """Take the names out of a question."""
    rest = question
    last = len(question) + 1
    for each in sorted(linked, key=lambda each: (-each.start, each.end)):
        if each.end <= last:
            rest = f"{rest[: each.start]} {rest[each.end :]}"
            last = each.start
    return rest
