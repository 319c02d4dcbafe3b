"""The explicit exception to "nothing is overwritten": remove a document's bytes, leave a record."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, or_, select, update

from foundation.database.schema import (
    attachments,
    attributes,
    bands,
    changes,
    chunks,
    documents,
    extractions,
    feedback,
    file_parts,
    files,
    labels,
    likenesses,
    memberships,
    patterns,
    signatures,
    spans,
    vectors,
    verdicts,
    versions,
)
from foundation.idempotency import forget_answers
from foundation.ids import DocumentId, Seq
from knowledge.graph.recording import forget_readings
from knowledge.log import PURGED, Ledger
from knowledge.model import INSIGHTS, TOLD
from knowledge.passages import batches
from knowledge.states import State

_SHORTEST_QUOTE = 12
"""Characters from which a text in a pattern may be a quotation; shorter ones are names."""


def purge_rows(ledger: Ledger, state: State, reason: str) -> Seq:
    """Delete every row of a document; the log keeps who did it, when, why, and the numbers.

    The caller has already taken the document out of its groups. Vectors go with it, except those
    of passages that another document has word for word; and the uploaded file that it was made of,
    unless that is in other stores, too.
    """
    connection, document = ledger.connection, state.id
    ledger.flush()  # what was just noted of this document is to be stripped too
    own = connection.execute(
        select(chunks.c.id, chunks.c.text_hash).where(chunks.c.document_id == document)
    ).all()
    of_versions = select(versions.c.id).where(versions.c.document_id == document)
    for table in (spans, labels):
        connection.execute(delete(table).where(table.c.version_id.in_(of_versions)))
    forget_readings(connection, [row.id for row in own])
    for pairs in (likenesses, verdicts):
        connection.execute(
            delete(pairs).where(or_(pairs.c.first_id == document, pairs.c.second_id == document))
        )
    for table in (feedback, chunks, versions, attributes, signatures, bands, memberships):
        connection.execute(delete(table).where(table.c.document_id == document))
    connection.execute(delete(documents).where(documents.c.id == document))
    _purge_upload(connection, document, state.source_id)
    _purge_by_text(connection, sorted({row.text_hash for row in own}))
    connection.execute(update(changes).where(changes.c.document_id == document).values(details={}))
    forget_answers(connection)
    return ledger.note(
        PURGED,
        collection=state.collection,
        document_id=document,
        subject=state.source_id,
        details={
            "number": state.number,
            "chunks": [row.id for row in own],
            "versions": state.version,
            "reason": reason,
        },
    )


def forget_lessons(connection: Connection, document: DocumentId) -> list[DocumentId]:
    """Delete the patterns that a document's passages are evidence of, and those that quote it.

    Learning brings back those that stand without it.

    Returns:
        The insights that tell of them, which are to be purged as well.
    """
    own = set(
        connection.execute(select(chunks.c.id).where(chunks.c.document_id == document)).scalars()
    )
    texts = select(versions.c.title, versions.c.text).where(versions.c.document_id == document)
    told_in = "\n".join(f"{row.title}\n{row.text}" for row in connection.execute(texts))
    query = select(patterns.c.key, patterns.c.evidence, patterns.c.data)
    keys = sorted(
        {
            row.key
            for row in connection.execute(query)
            if not own.isdisjoint(row.evidence) or _quotes(row.data, told_in)
        }
    )
    told: list[DocumentId] = []
    for group in batches(keys):
        connection.execute(delete(patterns).where(patterns.c.key.in_(group)))
        connection.execute(
            update(changes)
            .where(changes.c.kind.startswith("pattern."), changes.c.subject.in_(group))
            .values(subject="")
        )
        known = select(documents.c.id).where(
            documents.c.collection == INSIGHTS,
            documents.c.source_id.in_([TOLD + key for key in group]),
        )
        told.extend(connection.execute(known).scalars())
    return told


def _quotes(data: object, text: str) -> bool:
    """Tell whether something in a pattern stands word for word in a text."""
    if isinstance(data, dict):
        return any(_quotes(value, text) for value in data.values())
    if isinstance(data, list):
        return any(_quotes(value, text) for value in data)
    return isinstance(data, str) and len(data) >= _SHORTEST_QUOTE and data in text


def _purge_upload(connection: Connection, document: DocumentId, source_id: str) -> None:
    """Remove the uploaded file that a document was made of, unless it is in other stores, too."""
    connection.execute(delete(attachments).where(attachments.c.document_id == document))
    other = select(attachments.c.file_id).where(attachments.c.file_id == source_id)
    if connection.execute(other.limit(1)).first() is None:
        connection.execute(delete(file_parts).where(file_parts.c.file_id == source_id))
        connection.execute(delete(files).where(files.c.id == source_id))


def _purge_by_text(connection: Connection, hashes: Sequence[str]) -> None:
    for group in batches(hashes):
        query = select(chunks.c.text_hash).where(chunks.c.text_hash.in_(group)).distinct()
        gone = set(group).difference(connection.execute(query).scalars())
        for table in (vectors, extractions):
            connection.execute(delete(table).where(table.c.text_hash.in_(gone)))
