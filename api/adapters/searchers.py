"""Where a framework's retriever searches: in a knowledge base of this process, or over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NoReturn, Protocol

from api.client import AsyncClient, Client
from api.knowledge_base import KnowledgeBase
from api.schemas import HitOut
from foundation.errors import InvalidInput
from foundation.ids import ChunkId, DocumentId, VersionId
from retrieval.model import Citation, Hit, SourceRef

Searched = KnowledgeBase | Client | AsyncClient
"""What a retriever can be given."""


class Searcher(Protocol):
    """Finds passages. Options are those of `KnowledgeBase.search`, errors the platform's."""

    def hits(self, query: str, options: Mapping[str, Any]) -> Sequence[Hit]:
        """Wait for passages with citations, best first."""
        ...

    async def ahits(self, query: str, options: Mapping[str, Any]) -> Sequence[Hit]:
        """Await the same."""
        ...


def searcher_of(searched: Searched) -> Searcher:
    """Answer what searches there; it stays its owner's to close."""
    if isinstance(searched, AsyncClient):
        return _Awaited(searched)
    return _Remote(searched) if isinstance(searched, Client) else _Local(searched)


class _Local:
    def __init__(self, base: KnowledgeBase) -> None:
        self._base = base

    def hits(self, query: str, options: Mapping[str, Any]) -> Sequence[Hit]:
        return self._base.search(query, **options).result.hits

    async def ahits(self, query: str, options: Mapping[str, Any]) -> Sequence[Hit]:
        return await asyncio.to_thread(partial(self.hits, query, options))


class _Remote:
    def __init__(self, client: Client) -> None:
        self._client = client

    def hits(self, query: str, options: Mapping[str, Any]) -> Sequence[Hit]:
        return list(map(_hit, self._client.search(query, **options).hits))

    async def ahits(self, query: str, options: Mapping[str, Any]) -> Sequence[Hit]:
        return await asyncio.to_thread(partial(self.hits, query, options))


class _Awaited:
    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    def hits(self, query: str, options: Mapping[str, Any]) -> NoReturn:  # noqa: ARG002 - refused
        """Refuse: its connections belong to an event loop that is somewhere else."""
        raise InvalidInput(
            "a retriever over an AsyncClient must be awaited (ainvoke, aretrieve): give it"
            " api.client.Client where it is to wait"
        )

    async def ahits(self, query: str, options: Mapping[str, Any]) -> Sequence[Hit]:
        found = await self._client.search(query, **options)
        return list(map(_hit, found.hits))


def _hit(told: HitOut) -> Hit:
    """Read a hit as the knowledge base would have answered it."""
    cited = told.citation
    sources = tuple(
        SourceRef(DocumentId(each.document_id), each.source_id, each.uri, each.title, each.metadata)
        for each in cited.sources
    )
    citation = Citation(
        document_id=DocumentId(cited.document_id),
        source_id=cited.source_id,
        version_id=VersionId(cited.version_id),
        version=cited.version,
        title=cited.title,
        uri=cited.uri,
        heading=tuple(cited.heading),
        start=cited.start,
        end=cited.end,
        sources=sources,
    )
    return Hit(
        ChunkId(told.chunk_id),
        told.collection,
        told.text,
        told.score,
        told.parts,
        citation,
        told.metadata,
    )
