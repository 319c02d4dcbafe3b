"""What the graph answers, in the words of LlamaIndex: nodes, triplets, passages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
from llama_index.core.graph_stores.types import (
    TRIPLET_SOURCE_KEY,
    EntityNode,
    LabelledNode,
    Relation,
    Triplet,
)
from llama_index.core.schema import BaseNode
from rapidfuzz.fuzz import ratio
from sqlalchemy import select

from api.adapters.llama_index import node_of
from api.knowledge_base import KnowledgeBase
from foundation.database.schema import names
from foundation.errors import InvalidInput, NotFound
from knowledge.graph.model import Entity
from knowledge.graph.model import Relation as Statement
from knowledge.log import NOW
from retrieval.citing import Citer

_ID: Final = "entity_id"
_VALUE: Final = "value"


class Nodes:
    """Makes nodes of entities, each looked up once; for one question, as it never forgets."""

    def __init__(self, kb: KnowledgeBase, as_of: str | int | None) -> None:
        self._graph = kb.graph
        self._as_of = as_of
        self._found: dict[str, EntityNode | None] = {}

    def find(self, name: str) -> EntityNode | None:
        """Answer the entity of a name or an id; None where there is none."""
        if name not in self._found:
            try:
                entity = self._graph.entity(name, as_of=self._as_of)
            except (NotFound, InvalidInput):
                self._found[name] = None
            else:
                self._found[name] = self._found[entity.id] = _entity_node(entity)
        return self._found[name]

    def triplet(self, stated: Statement) -> Triplet:
        """Make a triplet of what passages state; a value is a node of its own kind."""
        proofs = [
            {
                "chunk_id": int(proof.chunk_id),
                "document_id": proof.document_id,
                "start": proof.start,
                "end": proof.end,
                "confidence": proof.confidence,
            }
            for proof in stated.proofs
        ]
        source = self._end(stated.source, stated.source_label)
        target = (
            EntityNode(name=stated.value or "", label=_VALUE)
            if stated.target is None
            else self._end(stated.target, stated.target_label)
        )
        best = {TRIPLET_SOURCE_KEY: str(stated.proofs[0].chunk_id)}
        source.properties.update(best)
        return (
            source,
            Relation(
                label=stated.predicate,
                source_id=source.id,
                target_id=target.id,
                properties={"confidence": stated.confidence, "proofs": proofs, **best},
            ),
            target,
        )

    def _end(self, entity: str, label: str) -> EntityNode:
        """Copy the node of an entity: each triplet names another passage on it."""
        known = self.find(entity) or EntityNode(name=label, properties={_ID: entity})
        return known.model_copy(update={"properties": dict(known.properties)})


def entity_id(node: LabelledNode) -> str:
    """Answer the id by which the graph knows a node, be it ours or another's."""
    return str(node.properties.get(_ID, node.id))


def triplet_key(triplet: Triplet) -> tuple[str, str, str]:
    """Answer what a triplet states."""
    return entity_id(triplet[0]), triplet[1].label, entity_id(triplet[2])


def named_in(kb: KnowledgeBase, question: str, most: int) -> Iterator[tuple[str, float]]:
    """Find the names that a question speaks of, or, where it names nothing, those that contain it.

    Yields:
        names that the graph knows, each with a confidence from 0 to 1.
    """
    parts = kb.platform.parts
    found = parts.retrieval.understanding.query(question, NOW, filtering=False).entities
    wanted = {name for entity in found for name in entity.names}
    with parts.database.read() as connection:
        rows = connection.execute(
            select(names.c.id, names.c.surface).where(names.c.id.in_(sorted(wanted)))
        )
        surfaces: dict[int, str] = {row.id: row.surface for row in rows}
    for entity in found:
        yield from (
            (surfaces[name], entity.confidence) for name in entity.names if name in surfaces
        )
    if not found:
        for each in kb.graph.search(question, limit=most):
            alike = max(ratio(question, alias.surface) for alias in each.aliases)
            yield each.id, alike / 100.0


def passages(kb: KnowledgeBase, ids: Iterable[str], as_of: str | int | None) -> list[BaseNode]:
    """Cite passages by their numbers; what does not hold at that moment is left out."""
    citer, at = Citer(kb.platform.parts.database), kb.platform.moment(as_of)
    wanted = [int(each) for each in dict.fromkeys(ids) if each.isdecimal()]
    cited = [
        hit  # one at a time: equal passages of different documents would become one
        for number in wanted
        for hit in citer.hits(np.array([number], np.int64), np.zeros(1), {}, at, 1)
    ]
    nodes: list[BaseNode] = [node_of(hit) for hit in cited]
    for node in nodes:
        del node.metadata["score"], node.metadata["parts"]  # nobody searched for them
    return nodes


def _entity_node(entity: Entity) -> EntityNode:
    properties: dict[str, Any] = {
        _ID: entity.id,
        "passages": entity.passages,
        "documents": entity.documents,
        "aliases": [alias.surface for alias in entity.aliases],
    }
    return EntityNode(name=entity.label, label=entity.kind, properties=properties)
