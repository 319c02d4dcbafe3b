"""A retriever for property graph indexes that needs neither a language model nor vectors."""

from __future__ import annotations

import asyncio
from typing import Any

from llama_index.core.indices.property_graph import BasePGRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle
from llama_index.core.vector_stores.types import VectorStoreQuery

from api.adapters.graph_nodes import entity_id
from api.adapters.llama_index_graph import ElderGraphStore


class ElderGraphRetriever(BasePGRetriever):
    """Finds the entities that a question names, and what passages state around them.

    Give it to `PropertyGraphIndex.as_retriever(sub_retrievers=[…])`, or use it alone.
    """

    def __init__(
        self,
        graph_store: ElderGraphStore,
        *,
        similarity_top_k: int = 4,
        path_depth: int = 1,
        limit: int = 30,
        **options: Any,
    ) -> None:
        """Say how far to go.

        Args:
            graph_store: where entities and statements are.
            similarity_top_k: how many entities of the question.
            path_depth: how many steps from them.
            limit: how many statements at the most.
            **options: of every retriever of property graphs: include_text, include_properties,
                include_text_preamble, callback_manager.
        """
        super().__init__(graph_store=graph_store, **options)
        self._store = graph_store
        self._top_k = similarity_top_k
        self._depth = path_depth
        self._limit = limit

    def retrieve_from_graph(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        """Answer statements; the score is how surely the question names an end of them."""
        query = VectorStoreQuery(query_str=query_bundle.query_str, similarity_top_k=self._top_k)
        nodes, scores = self._store.vector_query(query)
        if not nodes:
            return []
        sure = {entity_id(node): score for node, score in zip(nodes, scores, strict=True)}
        triplets = self._store.get_rel_map(nodes, depth=self._depth, limit=self._limit)
        rated = sorted(
            (
                (max(sure.get(entity_id(t[0]), 0.0), sure.get(entity_id(t[2]), 0.0)), t)
                for t in triplets
            ),
            key=lambda pair: -pair[0],
        )
        return self._get_nodes_with_score([t for _, t in rated], [score for score, _ in rated])

    async def aretrieve_from_graph(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        """Do the same in a thread."""
        return await asyncio.to_thread(self.retrieve_from_graph, query_bundle)
