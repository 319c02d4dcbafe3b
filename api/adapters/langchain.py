"""A knowledge base as a retriever of LangChain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from langchain_core.callbacks import (
    AsyncCallbackManagerForRetrieverRun,
    CallbackManagerForRetrieverRun,
)
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import run_in_executor
from pydantic import ConfigDict

from api.adapters.asking import Asking, described
from api.knowledge_base import KnowledgeBase


class ElderRetriever(BaseRetriever):
    """Finds passages for chains, agents and tools of LangChain.

    What the constructor is given holds for every search, and any of it can be given anew for one:
    `retriever.invoke("how long is data kept?", k=3, as_of="2026-01-31")`. A search that is awaited
    runs in a thread. The knowledge base stays its owner's to close.

    Attributes:
        kb: what is searched.
        k: how many passages, 1 to 1,000.
        collections: only these; None means all.
        filter: Mongo-like conditions on metadata and built-in fields.
        as_of: a change number or an ISO time: search what held then.
        mode: a mode of `KnowledgeBase.search`.
        diversity, per_source: as for it.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    kb: KnowledgeBase
    k: int = 10
    collections: Sequence[str] | None = None
    filter: Mapping[str, Any] | None = None
    as_of: str | int | None = None
    mode: str = "default"
    diversity: float = 0.0
    per_source: int | None = None

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002 - LangChain tells of the search
        **given: Any,
    ) -> list[Document]:
        return self._found(query, given)

    async def _aget_relevant_documents(
        self,
        query: str,
        *,
        run_manager: AsyncCallbackManagerForRetrieverRun,  # noqa: ARG002 - as above
        **given: Any,
    ) -> list[Document]:
        return await run_in_executor(None, partial(self._found, query, given))

    def _found(self, query: str, given: Mapping[str, Any]) -> list[Document]:
        always = Asking(
            self.k,
            self.collections,
            self.filter,
            self.as_of,
            self.mode,
            self.diversity,
            self.per_source,
        )
        asked = {name: value for name, value in given.items() if name != "verbose"}  # LangChain's
        return [
            Document(page_content=hit.text, id=str(hit.chunk_id), metadata=described(hit))
            for hit in always.with_changes(asked).hits(self.kb, query)
        ]
