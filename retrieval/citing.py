"""From chunk numbers to hits: each passage once, with every source that holds it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from foundation.database.engine import Database
from foundation.ids import ChunkId, DocumentId
from foundation.security.policy import Access, labels_of
from knowledge.groups import fellows
from knowledge.log import NOW, AnyRow, AsOf
from knowledge.model import Chunk
from knowledge.places import Place, places
from knowledge.reading import load_chunks
from retrieval.model import Citation, Hit, SourceRef


class Citer:
    """Turns ranked chunks into hits; what the truth does not hold at that moment is left out."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def hits(
        self,
        ids: NDArray[np.int64],
        scores: NDArray[np.float64],
        parts: Mapping[str, NDArray[Any]],
        at: AsOf,
        k: int,
        *,
        access: Access = Access.everything,
    ) -> list[Hit]:
        """Cite the best k chunks; equal passages of different documents are one hit.

        Candidates are read from the truth 2 k at a time, all in one transaction: as a rule the
        first are enough, and then a search costs three queries, whatever k is.

        Args:
            ids: chunks, best first, shape (n,).
            scores: of the chunks, shape (n,).
            parts: what the retrievers said of them, shape (n,) each, nan for nothing.
            at: the moment of which versions, attributes and groups are cited.
            k: how many hits at the most.
            access: what the reader may see: other sources of a passage are named only if seen.
        """
        found: dict[str, Hit] = {}
        with self._database.read() as connection:
            for start in range(0, len(ids), 2 * k):
                numbers = [ChunkId(int(i)) for i in ids[start : start + 2 * k]]
                page = _page(connection, numbers, at, access)
                for offset, number in enumerate(numbers, start):
                    if number not in page.places:
                        continue
                    chunk = page.chunks[number]
                    key = _same_passage(chunk.text)
                    if key in found:
                        found[key] = _with_sources(found[key], page.sources[chunk.document_id])
                    elif len(found) < k:
                        score = float(scores[offset])
                        found[key] = page.hit(number, score, _said(parts, offset))
                if len(found) >= k:
                    break
        return list(found.values())


@dataclass(frozen=True, slots=True)
class _Page:
    """What the truth says about some chunks; those without a place do not hold at the moment."""

    chunks: Mapping[ChunkId, Chunk]
    places: Mapping[ChunkId, Place]
    sources: Mapping[DocumentId, Sequence[SourceRef]]

    def hit(self, number: ChunkId, score: float, parts: Mapping[str, float]) -> Hit:
        """Cite a chunk."""
        chunk, place = self.chunks[number], self.places[number]
        citation = Citation(
            document_id=chunk.document_id,
            source_id=place.source_id,
            version_id=place.version_id,
            version=place.version,
            title=place.title,
            uri=place.uri,
            heading=chunk.heading,
            start=place.start,
            end=place.end,
            sources=self.sources[chunk.document_id],
        )
        return Hit(
            chunk_id=number,
            collection=chunk.collection,
            text=chunk.text,
            score=score,
            parts=parts,
            citation=citation,
            metadata=place.metadata,
        )


def _page(connection: Connection, numbers: Sequence[ChunkId], at: AsOf, access: Access) -> _Page:
    chunks = load_chunks(connection, numbers)
    wanted = {c.id: (c.document_id, c.text_hash) for c in chunks.values()}
    found = places(connection, wanted, at)
    own = {
        chunks[n].document_id: SourceRef(
            chunks[n].document_id, place.source_id, place.uri, place.title, place.metadata
        )
        for n, place in found.items()
    }
    merged = _seen(fellows(connection, list(own), at), chunks.values(), at, access)
    sources = {
        document: [
            source,
            *(
                SourceRef(f.document_id, f.source_id, f.uri, f.title, f.metadata)
                for f in merged.get(document, [])
            ),
        ]
        for document, source in own.items()
    }
    return _Page(chunks, found, sources)


def _seen(
    merged: Mapping[DocumentId, Sequence[AnyRow]],
    cited: Iterable[Chunk],
    at: AsOf,
    access: Access,
) -> Mapping[DocumentId, Sequence[AnyRow]]:
    """Leave out the sources that a reader may not see; of the past all, as rights are of now."""
    if access == Access.everything:
        return merged
    if at != NOW:
        return {}
    within = {chunk.document_id: chunk.collection for chunk in cited}
    return {
        document: [f for f in others if access.sees(within[document], labels_of(f.metadata))]
        for document, others in merged.items()
    }


def _said(parts: Mapping[str, NDArray[Any]], offset: int) -> dict[str, float]:
    return {
        name: float(values[offset])
        for name, values in parts.items()
        if not np.isnan(values[offset])
    }


def _with_sources(hit: Hit, more: Sequence[SourceRef]) -> Hit:
    known = {source.document_id for source in hit.citation.sources}
    extra = [source for source in more if source.document_id not in known]
    return replace(hit, citation=replace(hit.citation, sources=[*hit.citation.sources, *extra]))


def _same_passage(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())
