"""From what chunks contribute to edges between entities, chunks and documents. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from knowledge.graph.contributions import Ints, Mentions

WINDOW: Final = 1
"""Sentences that may lie between two names that co-occur: the next one still counts."""

_FARTHEST: Final = 60
"""Names between two that co-occur, at most: in a list of hundreds not all belong together."""


@dataclass(frozen=True, slots=True)
class EdgeList:
    """Edges by the numbers of their ends, with counts: shape (k,) each."""

    heads: Ints
    tails: Ints
    counts: Ints

    def as_tuple(self) -> tuple[Ints, Ints, Ints]:
        """Answer what `Adjacency` takes."""
        return self.heads, self.tails, self.counts


def mention_edges(found: Mentions, nodes: Ints, chunk_nodes: Ints) -> EdgeList:
    """Join each chunk and each entity that it names; several names of one entity add up.

    Args:
        found: mentions.
        nodes: the entity's node for each of them, -1 for none.
        chunk_nodes: the chunk's node for each of them.
    """
    kept = (nodes >= 0) & found.connects
    return EdgeList(nodes[kept], chunk_nodes[kept], np.maximum(found.counts[kept], 1))


def title_edges(found: Mentions, nodes: Ints, chunk_nodes: Ints) -> EdgeList:
    """Join each chunk and what its document is named after.

    Args:
        found: mentions.
        nodes: the entity's node for each of them, -1 for none.
        chunk_nodes: the chunk's node for each of them.
    """
    kept = (nodes >= 0) & found.title
    return EdgeList(nodes[kept], chunk_nodes[kept], np.ones(int(kept.sum()), np.int64))


def pair_edges(found: Mentions, nodes: Ints, stated: EdgeList, where: Ints) -> EdgeList:
    """Join entities that a chunk names near each other, or relates: once for each such chunk.

    Args:
        found: mentions, ordered by chunk and place.
        nodes: the entity's node for each of them, -1 for none.
        stated: what claims relate.
        where: the chunk of each of these.
    """
    kept = (nodes >= 0) & (found.sentences != 0)
    chunks, ends, bits = found.chunks[kept], nodes[kept], found.sentences[kept]
    reach = bits | (bits << WINDOW) | (bits >> WINDOW)
    triples = [np.stack([where, stated.heads, stated.tails])]
    for apart in range(1, min(_FARTHEST, len(chunks) - 1) + 1):
        same = chunks[apart:] == chunks[:-apart]
        if not same.any():
            break
        near = same & ((reach[:-apart] & bits[apart:]) != 0)
        triples.append(np.stack([chunks[apart:][near], ends[:-apart][near], ends[apart:][near]]))
    chunk, one, other = np.concatenate(triples, axis=1)
    ordered = np.stack([chunk, np.minimum(one, other), np.maximum(one, other)])
    once = np.unique(ordered[:, one != other], axis=1)
    return EdgeList(once[1], once[2], np.ones(once.shape[1], np.int64))


def chain_edges(document: int, chunk_nodes: list[int]) -> EdgeList:
    """Join a document with its chunks, and each chunk with the next."""
    nodes = np.array(chunk_nodes, np.int64)
    heads = np.concatenate([np.full(len(nodes), document, np.int64), nodes[:-1]])
    return EdgeList(heads, np.concatenate([nodes, nodes[1:]]), np.ones(len(heads), np.int64))


def joined(parts: list[EdgeList]) -> EdgeList:
    """Put lists of edges together."""
    if not parts:
        return _NONE
    return EdgeList(
        np.concatenate([part.heads for part in parts]),
        np.concatenate([part.tails for part in parts]),
        np.concatenate([part.counts for part in parts]),
    )


def mask(values: Ints, among: Collection[int]) -> NDArray[np.bool_]:
    """Tell which values are among some."""
    return np.isin(values, np.fromiter(among, np.int64, len(among)))


_NONE: Final = EdgeList(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64))
