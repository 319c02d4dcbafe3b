"""From chunk numbers to hits: each passage once, with every source that holds it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foundation.database.engine import Database
from foundation.ids import ChunkId, DocumentId, VersionId
from knowledge.groups import fellows
from knowledge.log import AsOf
from knowledge.model import Chunk
from knowledge.places import Place, places
from knowledge.reading import Reader
from retrieval.model import Citation, Hit, SourceRef


class Citer:
    """Turns ranked chunks into hits; what the truth does not hold at that moment is left out."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reader = Reader(database)

    def hits(
        self,
        ids: NDArray[np.int64],
        scores: NDArray[np.float64],
        parts: Mapping[str, NDArray[Any]],
        at: AsOf,
        k: int,
    ) -> list[Hit]:
        """Cite the best k chunks; equal passages of different documents are one hit."""
        found: dict[str, Hit] = {}
        step = 2 * k
        for start in range(0, len(ids), step):
            numbers = [ChunkId(int(i)) for i in ids[start : start + step]]
            chunks = self._reader.chunks(numbers)
            spots = places(
                self._database,
                {c.id: (c.document_id, c.text_hash) for c in chunks.values()},
                at,
            )
            sources = self._sources(chunks, spots, at)
            for offset, number in enumerate(numbers, start):
                if number not in spots:
                    continue
                chunk = chunks[number]
                key = _same_passage(chunk.text)
                if key in found:
                    found[key] = _with_sources(found[key], sources[chunk.document_id])
                elif len(found) < k:
                    score_parts = {
                        name: float(values[offset])
                        for name, values in parts.items()
                        if not np.isnan(values[offset])
                    }
                    found[key] = _hit(
                        chunk,
                        spots[number],
                        float(scores[offset]),
                        score_parts,
                        sources[chunk.document_id],
                    )
            if len(found) >= k:
                break
        return list(found.values())

    def _sources(
        self, chunks: Mapping[ChunkId, Chunk], spots: Mapping[ChunkId, Place], at: AsOf
    ) -> dict[DocumentId, list[SourceRef]]:
        documents = list({chunks[number].document_id for number in spots})
        merged = fellows(self._database, documents, at)
        own = {
            chunks[n].document_id: SourceRef(
                chunks[n].document_id, spot.source_id, spot.uri, spot.title
            )
            for n, spot in spots.items()
        }
        return {
            document: [
                own[document],
                *(
                    SourceRef(f.document_id, f.source_id, f.uri, f.title)
                    for f in merged.get(document, [])
                ),
            ]
            for document in documents
        }


def _hit(
    chunk: Chunk,
    place: Place,
    score: float,
    parts: Mapping[str, float],
    sources: Sequence[SourceRef],
) -> Hit:
    return Hit(
        chunk_id=chunk.id,
        collection=chunk.collection,
        text=chunk.text,
        score=score,
        parts=parts,
        citation=Citation(
            document_id=chunk.document_id,
            source_id=place.source_id,
            version_id=VersionId(place.version_id),
            version=place.version,
            title=place.title,
            uri=place.uri,
            heading=chunk.heading,
            start=place.start,
            end=place.end,
            sources=sources,
        ),
        metadata=place.metadata,
    )


def _with_sources(hit: Hit, more: Sequence[SourceRef]) -> Hit:
    from dataclasses import replace

    known = {source.document_id for source in hit.citation.sources}
    extra = [source for source in more if source.document_id not in known]
    return replace(hit, citation=replace(hit.citation, sources=[*hit.citation.sources, *extra]))


def _same_passage(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())
