"""The graph of a knowledge base as a property graph store of LlamaIndex, to be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from llama_index.core.graph_stores.types import LabelledNode, Triplet
from llama_index.core.schema import BaseNode
from llama_index.core.vector_stores.types import VectorStoreQuery

from api.adapters.graph_nodes import Nodes, entity_id, named_in, passages, triplet_key
from api.adapters.read_only import ReadOnlyStore
from api.knowledge_base import KnowledgeBase
from foundation.errors import InvalidInput, NotFound

_LIMIT: Final = 100


class ElderGraphStore(ReadOnlyStore):
    """Entities and what passages state of them, as they are or as they were.

    A node is named by its entity's label and found by any of its names. A triplet is what passages
    state; its relation carries every proof, and its subject the passage that proves it best, so
    that LlamaIndex can show that passage (`get_llama_nodes`). What is awaited runs in a thread.
    """

    supports_structured_queries = False
    supports_vector_queries = False  # by name, not by vector: see `vector_query`

    def __init__(
        self, kb: KnowledgeBase, *, as_of: str | int | None = None, limit: int = _LIMIT
    ) -> None:
        """Say what is read.

        Args:
            kb: the knowledge base; it stays its owner's to close.
            as_of: a change number or an ISO time: the graph as it was then.
            limit: of the entities that are looked at where none is named, and of the relations
                that are read of each entity.
        """
        self._kb = kb
        self._as_of = as_of
        self._limit = limit
        self._schema: Mapping[str, Mapping[str, int]] | None = None

    @property
    def client(self) -> KnowledgeBase:
        """The knowledge base."""
        return self._kb

    def get(
        self,
        properties: dict[str, Any] | None = None,
        ids: list[str] | None = None,
    ) -> list[LabelledNode]:
        """Answer entities by any of their names or ids; unknown ones are left out.

        Args:
            properties: only those with one of these; without ids they are looked for among the
                entities that most passages name.
            ids: names or ids.
        """
        nodes = self._nodes()
        names = ids if ids is not None else self._most_named()
        found = {entity_id(node): node for node in map(nodes.find, names) if node}
        return [node for node in found.values() if _has(properties, node.properties)]

    def get_triplets(
        self,
        entity_names: list[str] | None = None,
        relation_names: list[str] | None = None,
        properties: dict[str, Any] | None = None,
        ids: list[str] | None = None,
    ) -> list[Triplet]:
        """Answer what passages state, the surest of each entity first.

        Every condition that is given holds: one end is among the names, one among the ids, the
        relation is one of these, and one of the properties is that of an end or of the relation.
        """
        if not (entity_names or relation_names or properties or ids):
            return []
        nodes = self._nodes()
        groups = [_known(nodes, names).keys() for names in (entity_names, ids) if names]
        starts = list(groups[0]) if groups else self._most_named()
        return [
            triplet
            for triplet in self._stated(nodes, starts, relation_names or ())
            if all(_ends(triplet) & group for group in groups)
            and _has(properties, *(part.properties for part in triplet))
        ]

    def get_rel_map(
        self,
        graph_nodes: list[LabelledNode],
        depth: int = 2,
        limit: int = 30,
        ignore_rels: list[str] | None = None,
    ) -> list[Triplet]:
        """Answer what is stated within some steps of entities, the nearest first.

        Raises:
            InvalidInput: depth or limit is below 1.
        """
        if depth < 1 or limit < 1:
            raise InvalidInput(f"depth {depth} and limit {limit} ask for nothing: give 1 or more")
        nodes, ignored = self._nodes(), frozenset(ignore_rels or ())
        found: dict[tuple[str, str, str], Triplet] = {}
        seen: set[str] = set()
        frontier = list(dict.fromkeys(map(entity_id, graph_nodes)))
        for _ in range(depth):
            seen.update(frontier)
            reached: dict[str, None] = {}
            for triplet in self._stated(nodes, frontier):
                if triplet[1].label not in ignored:
                    found.setdefault(triplet_key(triplet), triplet)
                    reached.update(dict.fromkeys(sorted(_ends(triplet))))
                if len(found) == limit:
                    return list(found.values())
            frontier = [entity for entity in reached if entity not in seen]
        return list(found.values())

    def vector_query(
        self,
        query: VectorStoreQuery,
        **_: Any,
    ) -> tuple[list[LabelledNode], list[float]]:
        """Answer the entities that a question names, the surest first, by `query.query_str`.

        Raises:
            InvalidInput: it is asked by a vector alone, or with filters.
        """
        if not query.query_str:
            raise InvalidInput(
                "entities are found by their names, not by vectors: set query_str, or retrieve by"
                " ElderGraphRetriever"
            )
        if query.filters is not None:
            raise InvalidInput("entities have no metadata to filter by: leave filters out")
        nodes = self._nodes()
        found: dict[str, tuple[LabelledNode, float]] = {}
        for name, confidence in named_in(self._kb, query.query_str, query.similarity_top_k):
            if node := nodes.find(name):
                found.setdefault(entity_id(node), (node, confidence))
        best = sorted(found.values(), key=lambda pair: -pair[1])[: query.similarity_top_k]
        return [node for node, _ in best], [score for _, score in best]

    def get_llama_nodes(self, node_ids: list[str]) -> list[BaseNode]:
        """Answer passages by the numbers that triplets and proofs have of them, with citations."""
        return passages(self._kb, node_ids, self._as_of)

    def get_schema(self, refresh: bool = False) -> Mapping[str, Mapping[str, int]]:  # noqa: FBT001, FBT002 - LlamaIndex's signature
        """Count kinds of entities and relations, of the whole graph as it is now.

        It is counted once, and again with `refresh`.
        """
        if self._schema is None or refresh:
            self._schema = _counted(self._kb)
        return self._schema

    def get_schema_str(self, refresh: bool = False) -> str:  # noqa: FBT001, FBT002 - as above
        """Put the schema into words, for a prompt."""
        return "\n".join(
            f"{what}: {', '.join(f'{name} ({count})' for name, count in counts.items())}"
            for what, counts in self.get_schema(refresh).items()
        )

    def _nodes(self) -> Nodes:
        return Nodes(self._kb, self._as_of)

    def _most_named(self) -> list[str]:
        """List the entities that most passages name."""
        if self._as_of is not None:
            raise InvalidInput(
                "which entities there are is known as it is now: name some of them (ids), or"
                " leave as_of out"
            )
        return [each.id for each in self._kb.graph.central("passages", limit=self._limit)]

    def _stated(
        self, nodes: Nodes, names: Iterable[str], predicates: Sequence[str] = ()
    ) -> Iterator[Triplet]:
        """Go through what passages state of entities, each statement once."""
        told: set[tuple[str, str, str]] = set()
        for name in names:
            try:
                relations = self._kb.graph.relations(
                    name, as_of=self._as_of, predicates=predicates, limit=self._limit
                )
            except (NotFound, InvalidInput):  # a value, or a name that nothing has
                continue
            for relation in relations:
                triplet = nodes.triplet(relation)
                if (key := triplet_key(triplet)) not in told:
                    told.add(key)
                    yield triplet


def _known(nodes: Nodes, names: Iterable[str]) -> dict[str, None]:
    return {entity_id(node): None for node in map(nodes.find, names) if node}


def _ends(triplet: Triplet) -> frozenset[str]:
    return frozenset({entity_id(triplet[0]), entity_id(triplet[2])})


def _has(wanted: Mapping[str, Any] | None, *held: Mapping[str, Any]) -> bool:
    """Tell whether one of some properties is held, as LlamaIndex's own stores understand it."""
    if not wanted:
        return True
    return any(each.get(name) == value for each in held for name, value in wanted.items())


def _counted(kb: KnowledgeBase) -> Mapping[str, Mapping[str, int]]:
    graph = kb.graph.to_networkx()
    kinds = Counter(str(data["kind"]) for _, data in graph.nodes(data=True))
    predicates = Counter(str(data["predicate"]) for _, _, data in graph.edges(data=True))
    return {"entities": dict(kinds.most_common()), "relations": dict(predicates.most_common())}
