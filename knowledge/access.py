"""Which labels for access documents have and had, in the truth."""

from __future__ import annotations

from collections.abc import Collection
from itertools import groupby
from typing import Final

from sqlalchemy import Connection, select

from foundation.database.schema import attributes, documents
from foundation.ids import FOREVER, DocumentId
from foundation.security.policy import Access, labels_of

_AT_ONCE: Final = 500


def may_see(
    connection: Connection, access: Access, document_id: DocumentId, since: int = FOREVER
) -> bool:
    """Tell whether somebody may see a document by its newest labels, a deleted one's last too.

    Args:
        connection: to the truth.
        access: what they may see.
        document_id: which document.
        since: a change seq: all labels that it had from there on count as well. What was secret
            once is not shown because the document is open now.
    """
    if access == Access.everything:
        return True
    query = (
        select(documents.c.collection, attributes.c.metadata, attributes.c.valid_to)
        .join(attributes, attributes.c.document_id == documents.c.id)
        .where(documents.c.id == document_id)
        .order_by(attributes.c.valid_from.desc())
    )
    rows = connection.execute(query).all()
    held = [row for number, row in enumerate(rows) if number == 0 or row.valid_to > since]
    return bool(held) and all(access.sees(r.collection, labels_of(r.metadata)) for r in held)


def seen_of(
    connection: Connection, access: Access, document_ids: Collection[DocumentId]
) -> set[DocumentId]:
    """Answer those of many documents that somebody may see, as `may_see` tells of one."""
    asked = sorted(set(document_ids))
    if access == Access.everything:
        return set(asked)
    query = (
        select(documents.c.id, documents.c.collection, attributes.c.metadata)
        .join(attributes, attributes.c.document_id == documents.c.id)
        .order_by(documents.c.id, attributes.c.valid_from.desc())
    )
    found = set()
    for start in range(0, len(asked), _AT_ONCE):
        part = documents.c.id.in_(asked[start : start + _AT_ONCE])
        for document_id, rows in groupby(connection.execute(query.where(part)), lambda row: row.id):
            newest = next(rows)
            if access.sees(newest.collection, labels_of(newest.metadata)):
                found.add(DocumentId(document_id))
    return found
