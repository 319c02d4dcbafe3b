"""The explicit exception to "nothing is overwritten": remove a document's bytes, leave a record."""

from __future__ import annotations

from sqlalchemy import delete, or_, select

from foundation.database.schema import (
    attributes,
    bands,
    chunks,
    documents,
    likenesses,
    memberships,
    signatures,
    spans,
    vectors,
    verdicts,
    versions,
)
from foundation.ids import Seq
from knowledge.log import Ledger
from knowledge.passages import batches
from knowledge.states import State


def purge_rows(ledger: Ledger, state: State, reason: str) -> Seq:
    """Delete every row of a document; the log keeps who did it, when, why, and the chunk numbers.

    The caller has already taken the document out of its groups. Vectors go with it, except those
    of passages that another document holds word for word.
    """
    connection, document = ledger.connection, state.id
    numbers = list(
        connection.execute(select(chunks.c.id).where(chunks.c.document_id == document)).scalars()
    )
    own = select(versions.c.id).where(versions.c.document_id == document)
    hashes = set(
        connection.execute(
            select(spans.c.text_hash).where(spans.c.version_id.in_(own)).distinct()
        ).scalars()
    )
    connection.execute(delete(spans).where(spans.c.version_id.in_(own)))
    for table in (chunks, versions, attributes, signatures, bands, memberships):
        connection.execute(delete(table).where(table.c.document_id == document))
    for pairs in (likenesses, verdicts):
        connection.execute(
            delete(pairs).where(or_(pairs.c.first_id == document, pairs.c.second_id == document))
        )
    connection.execute(delete(documents).where(documents.c.id == document))
    _purge_vectors(ledger, sorted(hashes))
    return ledger.note(
        "document.purged",
        collection=state.collection,
        document_id=document,
        subject=state.source_id,
        details={"chunks": numbers, "versions": state.version, "reason": reason},
    )


def _purge_vectors(ledger: Ledger, hashes: list[str]) -> None:
    for group in batches(hashes):
        shared = set(
            ledger.connection.execute(
                select(spans.c.text_hash).where(spans.c.text_hash.in_(group)).distinct()
            ).scalars()
        )
        gone = [text_hash for text_hash in group if text_hash not in shared]
        if gone:
            ledger.connection.execute(delete(vectors).where(vectors.c.text_hash.in_(gone)))
