"""Give nodes to mentions: the step from what passages say to arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from foundation.ids import ChunkId, DocumentId
from knowledge.graph.contributions import Ints, Mentions, Statements
from knowledge.graph.edges import EdgeList, joined, mention_edges, pair_edges, title_edges
from knowledge.graph.meaning import Meaning
from knowledge.graph.model import EntityId
from knowledge.graph.snapshot import NodeKind, Nodes


@dataclass(frozen=True, slots=True)
class Edges:
    """Edges of the layers of a snapshot."""

    links: EdgeList
    pairs: EdgeList
    titles: EdgeList


@dataclass(frozen=True, slots=True)
class Numbering:
    """Numbers for nodes, and what is needed to find them."""

    nodes: Nodes
    skeletons: Mapping[int, str]
    owners: Mapping[ChunkId, DocumentId]

    def edges(self, found: Mentions, stated: Statements, meaning: Meaning) -> Edges:
        """Make the edges that mentions and claims contribute."""
        entities = self._entities(found, meaning)
        where = self._chunks(found)
        links = mention_edges(found, entities, where)
        return Edges(
            joined([links, self._addressed(found, meaning)]),
            pair_edges(found, entities, self._stated(stated, meaning), stated.chunks),
            title_edges(found, entities, where),
        )

    def _stated(self, stated: Statements, meaning: Meaning) -> EdgeList:
        """Answer the nodes at the ends of claims."""
        owners = [self.owners[chunk] for chunk in stated.chunks.tolist()]
        heads, tails = (
            np.fromiter(
                (
                    self._entity(meaning.entity(self.skeletons[name], owner))
                    for name, owner in zip(ends.tolist(), owners, strict=True)
                ),
                np.int64,
                len(owners),
            )
            for ends in (stated.subjects, stated.objects)
        )
        return EdgeList(heads, tails, np.ones(len(owners), np.int64))

    def _entities(self, found: Mentions, meaning: Meaning) -> Ints:
        """Answer the entity's node for each mention; -1 where the name is not known."""
        unique, inverse = np.unique(found.names, return_inverse=True)
        plain = np.full(len(unique), -1, np.int64)
        unknown = np.zeros(len(unique), np.bool_)
        unsure = np.zeros(len(unique), np.bool_)
        connects = np.zeros(len(unique), np.bool_)
        connects[inverse[found.connects]] = True
        for place in np.flatnonzero(connects).tolist():
            number = int(unique[place])
            skeleton = self.skeletons[number]
            unknown[place] = number not in meaning.naming
            unsure[place] = skeleton in meaning.decided
            if not unsure[place]:
                plain[place] = self._entity(meaning.plain(skeleton))
        result = plain[inverse]
        for at in np.flatnonzero(unsure[inverse]).tolist():
            owner = self.owners[ChunkId(int(found.chunks[at]))]
            result[at] = self._entity(meaning.entity(self.skeletons[int(found.names[at])], owner))
        result[(found.words & unknown[inverse]) | ~found.connects] = -1
        return result

    def _entity(self, entity: EntityId) -> int:
        return self.nodes.number(NodeKind.ENTITY, entity)

    def _chunks(self, found: Mentions) -> Ints:
        """Answer the chunk's node for each mention."""
        unique, inverse = np.unique(found.chunks, return_inverse=True)
        numbers = [self.nodes.number(NodeKind.CHUNK, chunk) for chunk in unique.tolist()]
        return np.array(numbers, np.int64)[inverse]

    def _addressed(self, found: Mentions, meaning: Meaning) -> EdgeList:
        """Join chunks with the documents whose addresses they have."""
        pairs: list[tuple[int, int]] = []
        for at in np.flatnonzero(found.address).tolist():
            target = meaning.at_address(self.skeletons[int(found.names[at])])
            chunk = ChunkId(int(found.chunks[at]))
            if target is not None and target != self.owners[chunk]:
                pairs.append(
                    (
                        self.nodes.number(NodeKind.CHUNK, chunk),
                        self.nodes.number(NodeKind.DOCUMENT, target),
                    )
                )
        ends = np.array(pairs, np.int64).reshape(-1, 2)
        return EdgeList(ends[:, 0], ends[:, 1], np.ones(len(ends), np.int64))
