"""Tools for language models: what each does with a knowledge base, whichever way it is called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from api.knowledge_base import DEFAULT_COLLECTION, KnowledgeBase
from api.mcp.schemas import (
    MOST_READ,
    PAGE,
    CompanionOut,
    Found,
    Neighbourhood,
    NeighboursArguments,
    Page,
    Passage,
    Quote,
    ReadArguments,
    RememberArguments,
    Remembered,
    SearchArguments,
    Stated,
)
from foundation.clock import to_datetime
from foundation.errors import Conflict, InvalidInput
from foundation.ids import ChunkId, content_hash
from foundation.security.policy import Operation, Principal
from ingest.model import Record
from knowledge.graph.model import Relation
from knowledge.model import Chunk, Document, Outcome, Result, Version
from retrieval.model import Hit

_QUOTES: Final = 3
_NAMES: Final = 10


@dataclass(frozen=True, slots=True)
class Caller:
    """For whom tools work.

    Attributes:
        base: the knowledge base as the caller may see it.
        principal: who it is, and so which tools there are.
        actor: who is recorded in the change log.
        collection: where texts go that name no collection.
        reading: why nothing can be written; empty where it can.
        uses: is told which tool is used, and what it does, before it does it.
        shows: is told of which documents an answer shows something.
        about: is told the id of the document that a tool is about.
        fails: is told why a tool did not do it.
    """

    base: KnowledgeBase
    principal: Principal
    actor: str
    collection: str = DEFAULT_COLLECTION
    reading: str = ""
    uses: Callable[[str, Operation], None] = lambda _name, _operation: None
    shows: Callable[[Iterable[str]], None] = lambda _documents: None
    about: Callable[[str], None] = lambda _document: None
    fails: Callable[[Exception], None] = lambda _error: None


def search(caller: Caller, given: SearchArguments) -> Found:
    """Find passages.

    Raises:
        InvalidInput: a bad query, filter, field or as_of.
        NotFound: an unknown collection.
    """
    result = caller.base.search(
        given.query,
        k=given.k,
        collections=given.collections,
        filter=given.filter,
        as_of=given.as_of,
    ).result
    caller.shows(hit.citation.document_id for hit in result.hits)
    return Found(
        query=result.query,
        passages=[_passage(number, hit) for number, hit in enumerate(result.hits, start=1)],
        seq=result.seq,
        notes=list(result.notes),
    )


def read(caller: Caller, given: ReadArguments) -> Page:
    """Answer a page of a document's text.

    Raises:
        NotFound: there is no such document or version, or not at that time.
        InvalidInput: the page begins beyond the end, or ends before its start.
    """
    document, version = _version(caller.base, given)
    caller.about(document.id)
    length = len(version.text)
    if given.start and given.start >= length:
        raise InvalidInput(
            f"start {given.start:,} is beyond the end: the text has {length:,} characters"
        )
    end = given.start + PAGE if given.end is None else given.end
    if end <= given.start:
        raise InvalidInput(f"end {end:,} does not come after start {given.start:,}")
    end = min(end, given.start + MOST_READ, length)
    caller.shows([document.id])
    return Page(
        document_id=document.id,
        source_id=document.source_id,
        collection=document.collection,
        title=version.title,
        uri=document.uri,
        metadata=dict(document.metadata),
        version=version.number,
        time_from=to_datetime(version.time_from).isoformat(),
        deleted=document.deleted,
        start=given.start,
        end=end,
        length=length,
        next_start=end if end < length else None,
        text=version.text[given.start : end],
    )


def neighbours(caller: Caller, given: NeighboursArguments) -> Neighbourhood:
    """Tell what the graph knows of an entity, with proofs.

    Raises:
        NotFound: no passage that the caller may see names it.
    """
    graph = caller.base.graph
    entity = graph.entity(given.name)
    relations = graph.relations(given.name, limit=given.limit)
    proofs = [proof for each in relations for proof in each.proofs[:_QUOTES]]
    wanted = list(dict.fromkeys(proof.chunk_id for proof in proofs))
    chunks = {chunk.id: chunk for chunk in graph.chunks(wanted)}
    caller.shows(proof.document_id for proof in proofs if proof.chunk_id in chunks)
    companions = graph.neighbours(given.name, limit=given.limit)
    names = [alias.surface for alias in entity.aliases if alias.surface != entity.label]
    return Neighbourhood(
        id=entity.id,
        name=entity.label,
        kind=entity.kind,
        also_called=names[:_NAMES],
        passages=entity.passages,
        documents=entity.documents,
        relations=[_stated(each, chunks) for each in relations],
        companions=[
            CompanionOut(name=each.label, kind=each.kind, passages=each.passages, bits=each.bits)
            for each in companions
        ],
    )


def remember(caller: Caller, given: RememberArguments) -> Remembered:
    """Take a text in; when this returns it is durable and found by its words.

    Raises:
        Conflict: nothing can be written here.
        InvalidInput: the text is refused; the message says why.
    """
    if caller.reading:
        raise Conflict(caller.reading)
    collection = given.collection or caller.collection
    record = Record(
        source_id=given.source_id or f"note:{content_hash(given.text)[:16]}",
        text=given.text,
        title=given.title,
        metadata=given.metadata or {},
    )
    results: list[Result] = []
    caller.base.ingest(
        [record], collection=collection, actor=caller.actor, on_result=results.append
    )
    answer = _remembered(results, collection)
    caller.about(answer.document_id or "")
    return answer


def text_of(base: KnowledgeBase, document_id: str) -> str:
    """Answer a document's whole text, as it is.

    Raises:
        NotFound: there is no such document.
    """
    return _version(base, ReadArguments(document=document_id))[1].text


def _remembered(results: Sequence[Result], collection: str) -> Remembered:
    (result,) = results
    if result.outcome in {Outcome.FAILED, Outcome.DELETED}:
        raise InvalidInput(f"{result.source_id}: {result.reason}")
    return Remembered.model_validate(
        {
            "outcome": result.outcome.value,
            "source_id": result.source_id,
            "collection": collection,
            "document_id": result.document_id,
            "version": result.version,
            "merged_into": result.merged_into,
        }
    )


def _version(base: KnowledgeBase, given: ReadArguments) -> tuple[Document, Version]:
    """Find a document and one version of it; of a deleted one, its last."""
    documents = base.documents
    document = documents.get(given.document, as_of=given.as_of, collection=given.collection)
    number = given.version
    if number is None and given.as_of is None and document.deleted:
        number = document.version
    return document, documents.show(document.id, version=number, as_of=given.as_of)


def _passage(number: int, hit: Hit) -> Passage:
    cited = hit.citation
    return Passage(
        number=number,
        text=hit.text,
        title=cited.title,
        heading=list(cited.heading),
        collection=hit.collection,
        source_id=cited.source_id,
        uri=cited.uri,
        document_id=cited.document_id,
        version=cited.version,
        start=cited.start,
        end=cited.end,
        chunk_id=hit.chunk_id,
        score=round(hit.score, 4),
        also_in=[each.source_id for each in cited.sources if each.document_id != cited.document_id],
    )


def _stated(relation: Relation, chunks: dict[ChunkId, Chunk]) -> Stated:
    quotes = [
        Quote(
            text=chunks[proof.chunk_id].text[proof.start : proof.end],
            document_id=proof.document_id,
            chunk_id=proof.chunk_id,
            confidence=proof.confidence,
        )
        for proof in relation.proofs[:_QUOTES]
        if proof.chunk_id in chunks
    ]
    return Stated(
        subject=relation.source_label,
        predicate=relation.predicate,
        object=relation.target_label or relation.value or "",
        confidence=round(relation.confidence, 4),
        proofs=len(relation.proofs),
        quotes=quotes,
    )
