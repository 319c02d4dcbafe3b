"""The side of a property graph store that refuses, and the one that is awaited."""

from __future__ import annotations

import asyncio
from abc import ABC
from functools import partial
from typing import Any, Final, NoReturn

from llama_index.core.graph_stores.types import LabelledNode, PropertyGraphStore, Triplet
from llama_index.core.schema import BaseNode
from llama_index.core.vector_stores.types import VectorStoreQuery

from foundation.errors import Forbidden, InvalidInput

_READ_OUT: Final = (
    "the graph is read out of documents and cannot be written to: add, change or delete documents"
    " (kb.ingest, kb.documents), or decide about entities (kb.curation)"
)


class ReadOnlyStore(PropertyGraphStore, ABC):
    """Refuses to write; what is awaited runs in a thread, as all of it asks the database."""

    supports_structured_queries = False

    def upsert_nodes(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse.

        Raises:
            Forbidden: always.
        """
        raise Forbidden(_READ_OUT)

    def upsert_relations(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse.

        Raises:
            Forbidden: always.
        """
        raise Forbidden(_READ_OUT)

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse.

        Raises:
            Forbidden: always.
        """
        raise Forbidden(_READ_OUT)

    def structured_query(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse.

        Raises:
            InvalidInput: always.
        """
        raise InvalidInput(
            "the graph has no query language: use get, get_triplets or get_rel_map, or kb.graph"
            " for paths, communities and centrality"
        )

    async def aget(self, *given: Any, **named: Any) -> list[LabelledNode]:
        """Do the same as `get`, in a thread."""
        return await asyncio.to_thread(self.get, *given, **named)

    async def aget_triplets(self, *given: Any, **named: Any) -> list[Triplet]:
        """Do the same as `get_triplets`, in a thread."""
        return await asyncio.to_thread(self.get_triplets, *given, **named)

    async def aget_rel_map(self, *given: Any, **named: Any) -> list[Triplet]:
        """Do the same as `get_rel_map`, in a thread."""
        return await asyncio.to_thread(self.get_rel_map, *given, **named)

    async def aget_llama_nodes(self, node_ids: list[str]) -> list[BaseNode]:
        """Do the same as `get_llama_nodes`, in a thread."""
        return await asyncio.to_thread(self.get_llama_nodes, node_ids)

    async def avector_query(
        self, query: VectorStoreQuery, **named: Any
    ) -> tuple[list[LabelledNode], list[float]]:
        """Do the same as `vector_query`, in a thread."""
        return await asyncio.to_thread(partial(self.vector_query, query, **named))

    async def aget_schema(self, *given: Any, **named: Any) -> Any:  # noqa: ANN401 - any store's own
        """Do the same as `get_schema`, in a thread."""
        return await asyncio.to_thread(self.get_schema, *given, **named)

    async def aget_schema_str(self, *given: Any, **named: Any) -> str:
        """Do the same as `get_schema_str`, in a thread."""
        return await asyncio.to_thread(self.get_schema_str, *given, **named)
