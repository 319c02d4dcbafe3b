"""A knowledge base, here or over HTTP, as a retriever of LangChain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.callbacks import (
    AsyncCallbackManagerForRetrieverRun,
    CallbackManagerForRetrieverRun,
)
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from api.adapters.asking import Asking, described
from api.adapters.searchers import Searched, searcher_of
from retrieval.model import Hit


class ElderRetriever(BaseRetriever):
    """Finds passages for chains, agents and tools of LangChain.

    What the constructor is given holds for every search, and any of it can be given anew for one:
    `retriever.invoke("how long is data kept?", k=3, as_of="2026-01-31")`. A search that is awaited
    runs in a thread, but for one by an `AsyncClient`, which can only be awaited. What is searched
    stays its owner's to close.

    Attributes:
        kb: what is searched: a knowledge base, or a client of a server.
        k: how many passages, 1 to 1,000.
        collections: only these; None means all.
        filter: Mongo-like conditions on metadata and built-in fields.
        as_of: a change number or an ISO time: search what held then.
        mode: a mode of `KnowledgeBase.search`.
        diversity, per_source: as for it.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    kb: Searched
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
        searcher = searcher_of(self.kb)
        return _documents(searcher.hits(query, self._asked(given)))

    async def _aget_relevant_documents(
        self,
        query: str,
        *,
        run_manager: AsyncCallbackManagerForRetrieverRun,  # noqa: ARG002 - as above
        **given: Any,
    ) -> list[Document]:
        searcher = searcher_of(self.kb)
        return _documents(await searcher.ahits(query, self._asked(given)))

    def _asked(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
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
        return always.with_changes(asked).options()


def _documents(hits: Sequence[Hit]) -> list[Document]:
    return [
        Document(page_content=hit.text, id=str(hit.chunk_id), metadata=described(hit))
        for hit in hits
    ]
