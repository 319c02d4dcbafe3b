"""Read groups of duplicates: who stands for whom, what waits for review, what was kept apart."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Table,
    and_,
    bindparam,
    or_,
    select,
)

from foundation.database.engine import Database
from foundation.database.schema import (
    attributes,
    documents,
    likenesses,
    memberships,
    verdicts,
    versions,
)
from foundation.ids import FOREVER, DocumentId, GroupId
from knowledge.log import AnyRow, AsOf
from knowledge.model import Decision, DuplicateGroup, Member
from knowledge.passages import batches

_REVIEW = uuid.UUID("5f2f8f6e-3a53-4c62-9b0e-2f6f5d6f5a10")
"""The namespace of the ids of pairs: the same pair always has the same."""

# Made once: an alias of a table costs half a millisecond, a tenth of a search.
_MINE, _THEIRS = memberships.alias("mine"), memberships.alias("theirs")
_SPEAKER, _MEMBER = documents.alias("speaker"), documents.alias("member")


def fellows(
    connection: Connection, canonical: Sequence[DocumentId], at: AsOf
) -> dict[DocumentId, list[AnyRow]]:
    """Find the documents that were merged into these at a moment.

    A moment on the clock of the content is answered with the groups of today, of which those
    members are named that had content then.

    Returns:
        Rows with document_id, source_id, uri, metadata and title, by the canonical document.
    """
    found: dict[DocumentId, list[AnyRow]] = {}
    for group in batches(canonical):
        for row in connection.execute(_fellows(at), {"canonical": group}):
            found.setdefault(row.canonical_id, []).append(row)
    return found


@lru_cache(maxsize=8)
def _fellows(at: AsOf) -> Select[Any]:
    mine, theirs = _MINE, _THEIRS
    return (
        select(
            mine.c.document_id.label("canonical_id"),
            theirs.c.document_id,
            documents.c.source_id,
            attributes.c.uri,
            attributes.c.metadata,
            versions.c.title,
        )
        .join(theirs, theirs.c.group_id == mine.c.group_id)
        .join(documents, documents.c.id == theirs.c.document_id)
        .join(versions, versions.c.document_id == documents.c.id)
        .join(attributes, attributes.c.document_id == documents.c.id)
        .where(mine.c.canonical, theirs.c.document_id != mine.c.document_id)
        .where(member_at(mine, at), member_at(theirs, at))
        .where(mine.c.document_id.in_(bindparam("canonical", expanding=True)))
        .where(at.holds(versions), at.holds(attributes))
        .order_by(documents.c.number)
    )


def merged_numbers(connection: Connection, at: AsOf) -> list[tuple[int, int]]:
    """List who was merged at a moment: (a document's number, the number of who stands for it)."""
    mine, theirs = _MINE, _THEIRS
    query = (
        select(_MEMBER.c.number, _SPEAKER.c.number.label("speaker"))
        .select_from(theirs)
        .join(mine, and_(mine.c.group_id == theirs.c.group_id, mine.c.canonical))
        .join(_MEMBER, _MEMBER.c.id == theirs.c.document_id)
        .join(_SPEAKER, _SPEAKER.c.id == mine.c.document_id)
        .where(theirs.c.canonical.is_(False), member_at(mine, at), member_at(theirs, at))
    )
    return [(row.number, row.speaker) for row in connection.execute(query)]


def member_at(table: FromClause, at: AsOf) -> ColumnElement[bool]:
    """Make the condition that a membership is valid; groups know seqs alone, no content's clock."""
    return AsOf(seq=at.seq).holds(table)


def list_groups(
    database: Database, *, collection: str | None = None, review_threshold: float
) -> list[DuplicateGroup]:
    """List merged groups, then pairs for review, then pairs that a person decided to keep apart."""
    with database.read() as connection:
        return [
            *_merged(connection, collection),
            *_for_review(connection, collection, review_threshold),
            *_kept_apart(connection, collection),
        ]


def _merged(connection: Connection, collection: str | None) -> list[DuplicateGroup]:
    query = (
        select(memberships, documents.c.source_id)
        .join(documents, documents.c.id == memberships.c.document_id)
        .where(memberships.c.valid_to == FOREVER)
        .order_by(memberships.c.group_id, memberships.c.canonical.desc(), documents.c.number)
    )
    if collection is not None:
        query = query.where(documents.c.collection == collection)
    groups: dict[str, list[AnyRow]] = {}
    for row in connection.execute(query):
        groups.setdefault(row.group_id, []).append(row)
    return [
        DuplicateGroup(
            GroupId(group),
            rows[0].kind,
            Decision.MERGED,
            [Member(row.document_id, row.source_id, row.similarity) for row in rows],
        )
        for group, rows in groups.items()
    ]


def _for_review(
    connection: Connection, collection: str | None, review_threshold: float
) -> list[DuplicateGroup]:
    """List pairs that are alike and not merged, and that nobody has told apart."""
    ours, theirs = _MINE, _THEIRS
    query = (
        _pairs(likenesses, collection, likenesses.c.kind, likenesses.c.similarity)
        .outerjoin(verdicts, _same_pair())
        .outerjoin(ours, _current(ours, likenesses.c.first_id))
        .outerjoin(theirs, _current(theirs, likenesses.c.second_id))
        .where(
            or_(
                ours.c.group_id.is_(None),
                theirs.c.group_id.is_(None),
                ours.c.group_id != theirs.c.group_id,
            ),
            or_(verdicts.c.same.is_(None), verdicts.c.same),
            or_(
                likenesses.c.similarity >= review_threshold,
                likenesses.c.containment >= review_threshold,
            ),
        )
        .order_by(likenesses.c.similarity.desc(), likenesses.c.first_id, likenesses.c.second_id)
    )
    return [
        _pair(row, row.kind, row.similarity, Decision.REVIEW) for row in connection.execute(query)
    ]


def _kept_apart(connection: Connection, collection: str | None) -> list[DuplicateGroup]:
    """List pairs of which a person said that they differ, however alike they are."""
    first, second = versions.alias("first_version"), versions.alias("second_version")
    equal = (first.c.normalised_sha256 == second.c.normalised_sha256).label("equal")
    query = (
        _pairs(verdicts, collection, likenesses.c.kind, likenesses.c.similarity, equal)
        .outerjoin(likenesses, _same_pair())
        .join(first, _current(first, verdicts.c.first_id))
        .join(second, _current(second, verdicts.c.second_id))
        .where(verdicts.c.same.is_(False))
        .order_by(verdicts.c.seq)
    )
    return [
        _pair(
            row,
            "exact" if row.equal else row.kind or "near",
            1.0 if row.equal else row.similarity or 0.0,
            Decision.KEPT,
        )
        for row in connection.execute(query)
    ]


def _pairs(table: Table, collection: str | None, *columns: ColumnElement[Any]) -> Select[Any]:
    """Begin a query for the pairs of documents in a table, with their source ids."""
    first, second = documents.alias("first"), documents.alias("second")
    query = (
        select(
            table.c.first_id,
            table.c.second_id,
            first.c.source_id,
            second.c.source_id.label("other_source_id"),
            *columns,
        )
        .select_from(table)
        .join(first, first.c.id == table.c.first_id)
        .join(second, second.c.id == table.c.second_id)
    )
    return query if collection is None else query.where(first.c.collection == collection)


def _same_pair() -> ColumnElement[bool]:
    return and_(
        verdicts.c.first_id == likenesses.c.first_id,
        verdicts.c.second_id == likenesses.c.second_id,
    )


def _current(table: FromClause, document: ColumnElement[Any]) -> ColumnElement[bool]:
    """Join the row of a table that holds now for a document."""
    return and_(table.c.document_id == document, table.c.valid_to == FOREVER)


def _pair(row: AnyRow, kind: str, similarity: float, decision: Decision) -> DuplicateGroup:
    return DuplicateGroup(
        GroupId(str(uuid.uuid5(_REVIEW, f"{row.first_id} {row.second_id}"))),
        kind,
        decision,
        [
            Member(row.first_id, row.source_id, similarity),
            Member(row.second_id, row.other_source_id, similarity),
        ],
    )
