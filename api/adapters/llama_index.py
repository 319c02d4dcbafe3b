"""A knowledge base as a retriever of LlamaIndex."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from llama_index.core.callbacks import CallbackManager
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import (
    NodeRelationship,
    NodeWithScore,
    QueryBundle,
    RelatedNodeInfo,
    TextNode,
)

from api.adapters.asking import Asking, described
from api.knowledge_base import KnowledgeBase
from retrieval.model import Hit

_FOR_PROGRAMS: Final = (
    "score",
    "parts",
    "chunk_id",
    "document_id",
    "version_id",
    "start",
    "end",
    "sources",
)
"""What a language model need not read."""


class ElderRetriever(BaseRetriever):
    """Finds passages for query engines, chat engines and agents of LlamaIndex.

    Each node has the score of its hit, the citation in its metadata, its offsets in the text of the
    cited version, and its document as the source. A retrieval that is awaited runs in a thread.
    The knowledge base stays its owner's to close.
    """

    def __init__(
        self,
        kb: KnowledgeBase,
        *,
        k: int = 10,
        collections: Sequence[str] | None = None,
        filter: Mapping[str, Any] | None = None,  # noqa: A002 - the field's common name
        as_of: str | int | None = None,
        mode: str = "default",
        diversity: float = 0.0,
        per_source: int | None = None,
        callback_manager: CallbackManager | None = None,
    ) -> None:
        """Say how to search; `KnowledgeBase.search` says what each argument means."""
        super().__init__(callback_manager=callback_manager)
        self._kb = kb
        self._asking = Asking(k, collections, filter, as_of, mode, diversity, per_source)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._asking.hits(self._kb, query_bundle.query_str)
        return [NodeWithScore(node=node_of(hit), score=hit.score) for hit in hits]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


def node_of(hit: Hit) -> TextNode:
    """Make a node of a hit."""
    citation = hit.citation
    return TextNode(
        id_=str(hit.chunk_id),
        text=hit.text,
        metadata=described(hit),
        excluded_llm_metadata_keys=list(_FOR_PROGRAMS),
        excluded_embed_metadata_keys=list(_FOR_PROGRAMS),
        start_char_idx=citation.start,
        end_char_idx=citation.end,
        relationships={
            NodeRelationship.SOURCE: RelatedNodeInfo(
                node_id=citation.document_id,
                metadata={"source_id": citation.source_id, "version": citation.version},
            )
        },
    )
