"""Write what was read in new chunks: the contributions of which the graph is a view."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, delete, select, update

from foundation.database.bulk import bulk_insert
from foundation.database.engine import Database
from foundation.database.schema import (
    changes,
    chunks,
    claims,
    documents,
    identities,
    mentions,
    names,
    positions,
)
from foundation.ids import ChunkId, DocumentId
from knowledge.analysis import Analyst, Extracts, excerpt
from knowledge.extraction.model import Excerpt, Extract
from knowledge.extraction.normalise import skeleton
from knowledge.graph.qualifiers import bare
from knowledge.log import Ledger
from knowledge.model import INSIGHTS
from knowledge.passages import Opened, batches

Row = dict[str, Any]

_AT_ONCE: Final = 1_000

LINKED: Final = ("entities.linked", "entities.unlinked")
"""The kinds of changes by which the machine joins names, or parts them again."""

REREAD: Final = "graph.reread"
"""The kind of change that replaces what was read in passages."""

WORDS: Final = "words"
"""The follower that finds known names in running text."""


def record(
    ledger: Ledger,
    opened: Sequence[Opened],
    read: Mapping[DocumentId, Extracts],
    analyst: Analyst,
) -> None:
    """Write names, mentions and claims of chunks that were just opened.

    Args:
        ledger: the open transaction.
        opened: the chunks.
        read: what was read before the transaction; the rest (the passages of a document that
            begins to stand for itself) is read now.
        analyst: who reads.
    """
    extracts = _extracts(ledger.connection, opened, read, analyst)
    ids = _name_ids(ledger, extracts)
    mentioned: list[Row] = []
    claimed: list[Row] = []
    for chunk_id, extract in extracts:
        mentioned.extend(_mention_rows(chunk_id, extract, ids))
        claimed.extend(_claim_rows(chunk_id, extract, ids))
    bulk_insert(ledger.connection, mentions, mentioned)
    bulk_insert(ledger.connection, claims, claimed)


def forget_readings(connection: Connection, chunk_ids: Sequence[ChunkId]) -> None:
    """Delete what was read in purged chunks, and all that is known of names of theirs alone."""
    touched = delete_readings(connection, chunk_ids)
    for some in batches(sorted(touched)):
        _forget_names(connection, _unmentioned(connection, some))


def delete_readings(connection: Connection, chunk_ids: Sequence[ChunkId]) -> set[int]:
    """Delete what was read in chunks; answer the names that it spoke of."""
    touched: set[int] = set()
    for group in batches(chunk_ids):  # every subject and object of a claim is mentioned as well
        query = select(mentions.c.name_id).where(mentions.c.chunk_id.in_(group)).distinct()
        touched |= set(connection.execute(query).scalars())
        for table in (mentions, claims):
            connection.execute(delete(table).where(table.c.chunk_id.in_(group)))
    return touched


def drop_unmentioned(connection: Connection, touched: Collection[int]) -> None:
    """Delete those of the names that no passage mentions any more."""
    for some in batches(sorted(touched)):
        gone = _unmentioned(connection, some)
        connection.execute(delete(names).where(names.c.id.in_(gone)))


def _unmentioned(connection: Connection, some: Sequence[int]) -> set[int]:
    kept = select(mentions.c.name_id).where(mentions.c.name_id.in_(some)).distinct()
    return set(some).difference(connection.execute(kept).scalars())


def _forget_names(connection: Connection, gone: Collection[int]) -> None:
    """Delete names, and what the machine noted of them; people's decisions are their own words."""
    spelled = select(names.c.skeleton).where(names.c.id.in_(gone))
    skeletons = set(connection.execute(spelled).scalars())
    connection.execute(delete(names).where(names.c.id.in_(gone)))
    left = select(names.c.skeleton).where(names.c.skeleton.in_(skeletons))
    skeletons -= set(connection.execute(left).scalars())
    for end in (identities.c.first, identities.c.second):
        connection.execute(delete(identities).where(end.in_(skeletons)))
    linked = select(changes.c.seq, changes.c.details).where(changes.c.kind.in_(LINKED))
    told = [
        row.seq
        for row in connection.execute(linked)
        if not skeletons.isdisjoint(row.details.get("names", ()))
    ]
    for group in batches(told):
        connection.execute(
            update(changes).where(changes.c.seq.in_(group)).values(subject="", details={})
        )


def stored_chunks(connection: Connection, *, after: ChunkId, limit: int) -> list[Opened]:
    """List chunks after a number, whether they hold or not."""
    columns = [chunks.c[name] for name in Opened.__slots__]
    query = select(*columns).where(chunks.c.id > after).order_by(chunks.c.id).limit(limit)
    return [Opened(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - SQLAlchemy's public mapping


def stored_excerpts(database: Database) -> Iterator[Excerpt]:
    """Yield every passage as an extractor reads it, past ones too, a batch at a time."""
    last = ChunkId(0)
    while True:
        with database.read() as connection:
            passages = stored_chunks(connection, after=last, limit=_AT_ONCE)
            known = _sources(connection, {chunk.document_id for chunk in passages})
        if not passages:
            return
        last = passages[-1].id
        for chunk in passages:
            if chunk.document_id in known:
                yield excerpt(known[chunk.document_id], chunk.title, chunk.heading, chunk.text)


def begin_again(ledger: Ledger) -> None:
    """Let every follower of the graph start anew: what passages say was read again."""
    ledger.note(REREAD, collection="")
    query = select(positions.c.seq).where(positions.c.name == WORDS)
    if ledger.connection.execute(query).first():
        row = {"name": WORDS, "seq": 0}
        bulk_insert(ledger.connection, positions, [row], on_conflict="update")


def _extracts(
    connection: Connection,
    opened: Sequence[Opened],
    read: Mapping[DocumentId, Extracts],
    analyst: Analyst,
) -> list[tuple[ChunkId, Extract]]:
    known: dict[ChunkId, Extract] = {}
    late: list[Opened] = []
    for chunk in opened:
        extract = read.get(chunk.document_id, {}).get(chunk.text_hash)
        if extract is None:
            late.append(chunk)
        else:
            known[chunk.id] = extract
    sources = _sources(connection, {chunk.document_id for chunk in late})
    late = [chunk for chunk in late if chunk.document_id in sources]
    again = [excerpt(sources[c.document_id], c.title, c.heading, c.text) for c in late]
    known |= zip((chunk.id for chunk in late), analyst.extractor.extract(again), strict=True)
    return [(chunk.id, known[chunk.id]) for chunk in opened if chunk.id in known]


def _sources(connection: Connection, ids: Iterable[DocumentId]) -> dict[DocumentId, str]:
    """Load source ids; documents that are not read (insights) are absent."""
    found: dict[DocumentId, str] = {}
    for group in batches(sorted(ids)):
        query = select(documents.c.id, documents.c.source_id).where(
            documents.c.id.in_(group), documents.c.collection != INSIGHTS
        )
        found |= {row.id: row.source_id for row in connection.execute(query)}
    return found


def _name_ids(ledger: Ledger, extracts: Iterable[tuple[ChunkId, Extract]]) -> dict[str, int]:
    """Look the names up, and number those that are new."""
    surfaces = sorted({mention.surface for _, extract in extracts for mention in extract.mentions})
    ids: dict[str, int] = {}
    for group in batches(surfaces):
        query = select(names.c.surface, names.c.id).where(names.c.surface.in_(group))
        ids |= {row.surface: row.id for row in ledger.connection.execute(query)}
    rows = []
    for surface in surfaces:
        if surface not in ids:
            ids[surface] = ledger.next_name()
            rows.append(
                {
                    "id": ids[surface],
                    "surface": surface,
                    "skeleton": skeleton(surface),
                    "base": bare(surface),
                }
            )
    bulk_insert(ledger.connection, names, rows)
    return ids


def _mention_rows(chunk_id: ChunkId, extract: Extract, ids: Mapping[str, int]) -> Iterable[Row]:
    for mention in extract.mentions:
        yield {
            "chunk_id": chunk_id,
            "name_id": ids[mention.surface],
            "kind": mention.kind,
            "role": mention.role,
            "count": mention.count,
            "sentences": mention.sentences,
            "start": mention.start,
            "since": 0,
        }


def _claim_rows(chunk_id: ChunkId, extract: Extract, ids: Mapping[str, int]) -> Iterable[Row]:
    for ordinal, claim in enumerate(extract.claims):
        yield {
            "chunk_id": chunk_id,
            "ordinal": ordinal,
            "subject_id": ids[claim.subject],
            "predicate": claim.predicate[:100],
            "object_id": None if claim.object is None else ids[claim.object],
            "value": claim.value,
            "start": claim.start,
            "end": claim.end,
            "confidence": claim.confidence,
            "origin": claim.origin,
        }
