"""Search a vector store: the platform's search, in the terms of OpenAI's clients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from api.openai.attributes import attributes_of
from api.openai.books import Asker, Books
from api.openai.filters import FilterIn, condition_of, holding
from foundation.errors import NotFound
from foundation.ids import DocumentId
from ingest.uploads.model import Store
from knowledge.log import NOW
from retrieval.model import Hit, SourceRef

_HALF_WORDS: Final = 10.0
"""The BM25 score that counts as a similarity of one half."""

_MODES: Final = {"auto": "default", "default-2024-11-15": "default", "none": "fusion"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search.

    Attributes:
        ranker: auto, default-2024-11-15 or none.
        threshold: the least score of a result, 0 to 1.
        rewrite: whether what the words restrict and ask for is taken out of them.
    """

    queries: Sequence[str]
    condition: FilterIn | None = None
    most: int = 10
    ranker: str = "auto"
    threshold: float = 0.0
    rewrite: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A passage of a file (or of a document that came by another door)."""

    document_id: DocumentId
    file_id: str
    filename: str
    score: float
    attributes: Mapping[str, Any]
    text: str


def search(
    asker: Asker, books: Books, store: Store, wanted: Wanted
) -> tuple[list[str], list[Found]]:
    """Find passages in a store.

    Returns:
        The queries as they were searched for, and what was found, best first.

    Raises:
        InvalidInput: a bad query or filter.
    """
    known = asker.platform.parts.attributes.known(asker.access)
    condition = None if wanted.condition is None else condition_of(wanted.condition, known)
    if over := books.files.expired():
        lasting = {"source_id": {"$nin": over}}
        condition = lasting if condition is None else {"$and": [condition, lasting]}
    best: dict[int, tuple[float, Hit]] = {}
    for query in wanted.queries:
        for score, hit in _scored(_hits(asker, store, wanted, query, condition)):
            if hit.chunk_id not in best or score > best[hit.chunk_id][0]:
                best[hit.chunk_id] = score, hit
    # Sorting is stable: what one query found stays in its order.
    ordered = sorted(best.values(), key=lambda pair: -pair[0])[: wanted.most]
    kept = [(score, hit) for score, hit in ordered if score >= wanted.threshold]
    searched = [_rewritten(asker, query) if wanted.rewrite else query for query in wanted.queries]
    return searched, _told(books, store, kept, condition)


def _hits(
    asker: Asker, store: Store, wanted: Wanted, query: str, condition: Mapping[str, Any] | None
) -> Sequence[Hit]:
    try:
        found = asker.platform.search(
            query,
            k=wanted.most,
            collections=[store.collection],
            filter=condition,
            mode=_MODES[wanted.ranker],
            filtering=wanted.rewrite,
        )
    except NotFound:
        return ()  # no document ever came into the collection
    return found.hits


def _scored(hits: Sequence[Hit]) -> list[tuple[float, Hit]]:
    """Give hits scores from 0 to 1 that can be compared from query to query.

    A score is how like the query a passage is by meaning (cosine) or by words (BM25, saturated),
    and never below that of a passage that was ranked after it: so the order stays, and a threshold
    cuts off those after which nothing is like the query.
    """
    scores: list[float] = []
    least = 0.0
    for hit in reversed(hits):
        words = max(0.0, hit.parts.get("lexical", 0.0))
        likeness = max(hit.parts.get("dense", 0.0), words / (words + _HALF_WORDS))
        least = max(least, min(1.0, likeness))
        scores.append(least)
    return list(zip(reversed(scores), hits, strict=True))


def _rewritten(asker: Asker, query: str) -> str:
    understood = asker.platform.parts.retrieval.understanding.query(
        query, NOW, filtering=True, everything=asker.sees_everything
    )
    return understood.text


def _told(
    books: Books,
    store: Store,
    scored: Sequence[tuple[float, Hit]],
    condition: Mapping[str, Any] | None,
) -> list[Found]:
    sources = [_source(hit, condition) for _, hit in scored]
    attached = books.contents.find(store.id, [source.source_id for source in sources])
    told = []
    for (score, hit), source in zip(scored, sources, strict=True):
        found = Found(
            source.document_id,
            source.document_id,
            source.source_id,
            score,
            attributes_of(source.metadata),
            hit.text,
        )
        if each := attached.get(source.source_id):
            found = replace(
                found, file_id=each.file_id, filename=each.filename, attributes=each.attributes
            )
        told.append(found)
    return told


def _source(hit: Hit, condition: Mapping[str, Any] | None) -> SourceRef:
    """Of the documents that hold a passage, choose the first for which the filter holds."""
    sources = list(hit.citation.sources)
    if condition is None or len(sources) == 1:
        return sources[0]
    holds = holding(condition, [_fields(source) for source in sources])
    return next((each for each, fits in zip(sources, holds, strict=True) if fits), sources[0])


def _fields(source: SourceRef) -> dict[str, Any]:
    return {**source.metadata, "source_id": source.source_id}
