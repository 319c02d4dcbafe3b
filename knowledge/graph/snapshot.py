"""The graph of one moment as arrays: what walks, communities and centralities read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foundation.ids import ChunkId, DocumentId, Seq
from knowledge.graph.adjacency import Adjacency
from knowledge.graph.model import EntityId
from knowledge.graph.walk import best, personalised_pagerank


class NodeKind(IntEnum):
    """What a node stands for."""

    ENTITY = 0
    CHUNK = 1
    DOCUMENT = 2


Key = EntityId | ChunkId | DocumentId


class Nodes:
    """Numbers for nodes, given once and never taken back: snapshots share them as they grow."""

    def __init__(self) -> None:
        self.keys: list[tuple[NodeKind, Any]] = []
        self._numbers: dict[tuple[NodeKind, Any], int] = {}

    def __len__(self) -> int:
        """Count them."""
        return len(self.keys)

    def number(self, kind: NodeKind, key: Key) -> int:
        """Answer a node's number, a new one where it is new."""
        found = self._numbers.get((kind, key))
        if found is None:
            found = self._numbers[kind, key] = len(self.keys)
            self.keys.append((kind, key))
        return found

    def find(self, kind: NodeKind, key: Key) -> int | None:
        """Answer a node's number, None where there is none."""
        return self._numbers.get((kind, key))


@dataclass(frozen=True)
class Snapshot:
    """An immutable graph; threads share it, and a follower puts the next in its place.

    Attributes:
        seq: the change up to which it has everything.
        nodes: what the numbers stand for; only those below `size` belong to this snapshot.
        links: entities with the chunks that name them, chunks with their document, with the next
            chunk, and with documents that they link to; counts are occurrences.
        pairs: entities that co-occur; counts are chunks.
        titles: chunks with what their document is named after.
    """

    seq: Seq
    nodes: Nodes
    links: Adjacency
    pairs: Adjacency
    titles: Adjacency
    kinds: NDArray[np.uint8] = field(repr=False)

    @property
    def size(self) -> int:
        """Count its nodes, those without an edge too."""
        return self.links.n

    @cached_property
    def rarity(self) -> NDArray[np.float32]:
        """How rare each node is among the chunks (inverse document frequency): shape (size,)."""
        degree = self.links.degree()
        chunks = max(1, int(((self.kinds == NodeKind.CHUNK) & (degree > 0)).sum()))
        return np.log1p(chunks / np.maximum(degree, 1)).astype(np.float32)

    @cached_property
    def weighted(self) -> Adjacency:
        """Weigh entities by how rare they are."""
        return self.links.weighted(np.where(self.kinds == NodeKind.ENTITY, self.rarity, 1.0))

    def within(self, kept: NDArray[np.bool_]) -> Snapshot:
        """Take the part that some nodes make (mask of shape (size,)): for walks over passages.

        Which entities co-occur is left out: that counts passages, also those that are not kept.
        """
        links, titles = self.links.within(kept), self.titles.within(kept)
        return replace(self, links=links, titles=titles, pairs=Adjacency.from_edges(self.size))

    def node(self, kind: NodeKind, key: Key) -> int | None:
        """Answer the number of a node that has an edge here."""
        found = self.nodes.find(kind, key)
        if found is None or found >= self.size:
            return None
        alive = len(self.links.row(found)) or len(self.pairs.row(found))
        return found if alive else None

    def key(self, node: int) -> Any:  # noqa: ANN401 - an entity's, chunk's or document's id
        """Answer what a number stands for."""
        return self.nodes.keys[node][1]

    def entities(self) -> list[EntityId]:
        """List the entities that some chunk names, by their ids."""
        alive = (self.kinds == NodeKind.ENTITY) & (self.links.degree() > 0)
        return sorted(EntityId(self.key(node)) for node in np.flatnonzero(alive).tolist())

    def walk(
        self,
        seeds: Mapping[int, float],
        *,
        kind: NodeKind,
        most: int = 20,
        alpha: float = 0.5,
        epsilon: float = 1e-5,
    ) -> list[tuple[Key, float]]:
        """Rank nodes of a kind by personalised PageRank from seeds (numbers of nodes)."""
        reached, scores = personalised_pagerank(self.weighted, seeds, alpha=alpha, epsilon=epsilon)
        kept = self.kinds[reached] == kind
        nodes, values = best(reached[kept], scores[kept], most)
        return [(self.key(n), float(v)) for n, v in zip(nodes, values, strict=True)]

    def companions(self, entity: EntityId, *, most: int = 20) -> list[tuple[EntityId, int, float]]:
        """List what co-occurs with an entity beyond chance.

        Returns:
            Entities with the chunks in which they co-occur and the pointwise mutual information
            in bits, weighted by these (so that a single meeting of rare names is not the best).
        """
        node = self.node(NodeKind.ENTITY, entity)
        if node is None:
            return []
        start, end = self.pairs.indptr[node], self.pairs.indptr[node + 1]
        others, counts = self.pairs.indices[start:end], self.pairs.counts[start:end]
        frequency = self.links.degree()
        met = frequency[others] > 0  # values (an address, a date) are at the end of claims alone
        others, counts = others[met], counts[met]
        chunks = max(1, int((self.kinds == NodeKind.CHUNK).sum()))
        expected = frequency[node] * frequency[others] / chunks
        bits = np.log2(np.maximum(counts / np.maximum(expected, 1e-9), 1e-9))
        order = np.lexsort((others, -(bits * np.log1p(counts))))[:most]
        return [(EntityId(self.key(others[i])), int(counts[i]), float(bits[i])) for i in order]

    def canonical(self) -> dict[str, set[tuple[Any, Any, int]]]:
        """Show all edges by keys, whatever the numbers: equal graphs show the same."""
        return {
            "links": _named(self.links, self.nodes.keys),
            "pairs": _named(self.pairs, self.nodes.keys),
            "titles": _named(self.titles, self.nodes.keys),
        }


def _named(adjacency: Adjacency, keys: Sequence[tuple[NodeKind, Any]]) -> set[tuple[Any, Any, int]]:
    heads, tails, counts = (part.tolist() for part in adjacency.edges())
    return {
        (*sorted((keys[head], keys[tail])), count)
        for head, tail, count in zip(heads, tails, counts, strict=True)
    }


def kinds_of(nodes: Nodes, known: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
    """Answer the kind of every node, as an array: what is known of the first is kept."""
    start = 0 if known is None else len(known)
    more = np.fromiter((kind for kind, _ in nodes.keys[start:]), np.uint8, len(nodes.keys) - start)
    kinds = more if known is None else np.concatenate([known, more])
    kinds.flags.writeable = False
    return kinds


def empty_snapshot() -> Snapshot:
    """Make the graph of nothing."""
    none = Adjacency.from_edges(0)
    return Snapshot(Seq(0), Nodes(), none, none, none, kinds_of(Nodes()))
