"""Read groups of duplicates: who stands for whom, and what waits for review."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select

from foundation.database.engine import Database
from foundation.database.schema import (
    attributes,
    documents,
    likenesses,
    memberships,
    verdicts,
    versions,
)
from foundation.errors import NotFound
from foundation.ids import FOREVER, DocumentId, GroupId
from knowledge.log import AsOf
from knowledge.model import Decision, DuplicateGroup, Member
from knowledge.passages import batches

_REVIEW = uuid.UUID("5f2f8f6e-3a53-4c62-9b0e-2f6f5d6f5a10")


def fellows(
    database: Database, canonical: Sequence[DocumentId], at: AsOf
) -> dict[DocumentId, list[Row[Any]]]:
    """Find the documents that were merged into these at a moment.

    A moment on the clock of the content is answered with the groups of today, of which those
    members are named that had content then.

    Returns:
        Rows with document_id, source_id, uri and title, by the canonical document.
    """
    mine, theirs = memberships.alias("mine"), memberships.alias("theirs")
    found: dict[DocumentId, list[Row[Any]]] = {}
    with database.read() as connection:
        for group in batches(canonical):
            query = (
                select(
                    mine.c.document_id.label("canonical_id"),
                    theirs.c.document_id,
                    documents.c.source_id,
                    attributes.c.uri,
                    versions.c.title,
                )
                .join(
                    theirs,
                    and_(
                        theirs.c.group_id == mine.c.group_id,
                        theirs.c.document_id != mine.c.document_id,
                    ),
                )
                .join(documents, documents.c.id == theirs.c.document_id)
                .join(versions, and_(versions.c.document_id == documents.c.id, at.holds(versions)))
                .join(
                    attributes,
                    and_(
                        attributes.c.document_id == documents.c.id, attributes.c.valid_to == FOREVER
                    ),
                )
                .where(mine.c.document_id.in_(group), mine.c.canonical)
                .where(_member_at(mine, at), _member_at(theirs, at))
                .order_by(documents.c.number)
            )
            for row in connection.execute(query):
                found.setdefault(row.canonical_id, []).append(row)
    return found


def _member_at(table: Any, at: AsOf) -> ColumnElement[bool]:  # noqa: ANN401 - an alias of memberships
    if at.seq is not None:
        return and_(table.c.valid_from <= at.seq, table.c.valid_to > at.seq)
    return table.c.valid_to == FOREVER


def list_groups(
    database: Database, *, collection: str | None = None, review_threshold: float
) -> list[DuplicateGroup]:
    """List merged groups, then pairs for review, then pairs that a person decided to keep apart."""
    with database.read() as connection:
        return [
            *_merged(connection, collection),
            *_pairs(connection, collection, review_threshold),
        ]


def group_members(database: Database, group_id: str) -> list[DocumentId]:
    """Answer a merged group's documents, the canonical one first.

    Raises:
        NotFound: there is no such group (now).
    """
    query = (
        select(memberships.c.document_id)
        .where(memberships.c.group_id == group_id, memberships.c.valid_to == FOREVER)
        .order_by(memberships.c.canonical.desc())
    )
    with database.read() as connection:
        members = list(connection.execute(query).scalars())
    if not members:
        raise NotFound(f"there is no merged group {group_id}; `elders duplicates list` shows them")
    return members


def _merged(connection: Connection, collection: str | None) -> list[DuplicateGroup]:
    query = (
        select(memberships, documents.c.source_id)
        .join(documents, documents.c.id == memberships.c.document_id)
        .where(memberships.c.valid_to == FOREVER)
        .order_by(memberships.c.group_id, memberships.c.canonical.desc(), documents.c.number)
    )
    if collection:
        query = query.where(documents.c.collection == collection)
    groups: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(query):
        groups.setdefault(row.group_id, []).append(row)
    return [
        DuplicateGroup(
            GroupId(group),
            "exact" if all(row.kind == "exact" for row in rows) else "near",
            Decision.MERGED,
            [Member(row.document_id, row.source_id, row.similarity) for row in rows],
        )
        for group, rows in groups.items()
    ]


def _pairs(
    connection: Connection, collection: str | None, review_threshold: float
) -> list[DuplicateGroup]:
    """Pairs that are alike but not merged, and pairs kept apart by a verdict."""
    first, second = documents.alias("first"), documents.alias("second")
    ours, theirs = memberships.alias("ours"), memberships.alias("theirs")
    query = (
        select(likenesses, first.c.source_id, second.c.source_id.label("other"), verdicts.c.same)
        .join(first, first.c.id == likenesses.c.first_id)
        .join(second, second.c.id == likenesses.c.second_id)
        .outerjoin(ours, and_(ours.c.document_id == first.c.id, ours.c.valid_to == FOREVER))
        .outerjoin(theirs, and_(theirs.c.document_id == second.c.id, theirs.c.valid_to == FOREVER))
        .outerjoin(
            verdicts,
            and_(
                verdicts.c.first_id == likenesses.c.first_id,
                verdicts.c.second_id == likenesses.c.second_id,
            ),
        )
        .where(
            or_(
                ours.c.group_id.is_(None),
                theirs.c.group_id.is_(None),
                ours.c.group_id != theirs.c.group_id,
            )
        )
        .order_by(likenesses.c.similarity.desc(), likenesses.c.first_id, likenesses.c.second_id)
    )
    if collection:
        query = query.where(first.c.collection == collection)
    return [
        DuplicateGroup(
            GroupId(str(uuid.uuid5(_REVIEW, f"{row.first_id} {row.second_id}"))),
            row.kind,
            Decision.KEPT if row.same is False else Decision.REVIEW,
            [
                Member(row.first_id, row.source_id, row.similarity),
                Member(row.second_id, row.other, row.similarity),
            ],
        )
        for row in connection.execute(query)
        if row.same is False or max(row.similarity, row.containment) >= review_threshold
    ]
