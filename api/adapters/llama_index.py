"""A knowledge base, here or over HTTP, as a retriever of LlamaIndex."""

from __future__ import annotations

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
from api.adapters.searchers import Searched, searcher_of
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
    cited version, and its document as the source. A retrieval that is awaited runs in a thread,
    but for one by an `AsyncClient`, which can only be awaited. What is searched stays its owner's
    to close.
    """

    def __init__(
        self,
        kb: Searched,
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
        """Say where to search and how; `KnowledgeBase.search` says what each argument means."""
        super().__init__(callback_manager=callback_manager)
        self._searcher = searcher_of(kb)
        asking = Asking(k, collections, filter, as_of, mode, diversity, per_source)
        self._options = asking.options()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return _nodes(self._searcher.hits(query_bundle.query_str, self._options))

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return _nodes(await self._searcher.ahits(query_bundle.query_str, self._options))


def _nodes(hits: Sequence[Hit]) -> list[NodeWithScore]:
    return [NodeWithScore(node=node_of(hit), score=hit.score) for hit in hits]


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
