"""Read all that decides about a group: the documents that a change can touch, and their links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, and_, or_, select

from foundation.database.schema import (
    attributes,
    documents,
    likenesses,
    memberships,
    verdicts,
    versions,
)
from foundation.ids import FOREVER, DocumentId, Sha256, content_hash
from foundation.security.policy import labels_of
from knowledge.grouping import Edge, Item, Pair, pair
from knowledge.likeness import Likeness, LikenessKind, Thresholds
from knowledge.log import AnyRow
from knowledge.passages import batches


def component_of(
    connection: Connection, around: set[DocumentId], thresholds: Thresholds
) -> list[DocumentId]:
    """Gather all that can be in one group with any of these, before a change or after it.

    Groups grow along likenesses that merge, verdicts "same" and memberships alone, so the many
    documents that merely resemble one of them are left out.
    """
    seen: set[DocumentId] = set()
    groups: set[str] = set()
    frontier = set(around)
    while frontier:
        seen |= frontier
        found: set[DocumentId] = set()
        for some in batches(sorted(frontier)):
            found |= neighbours(connection, some, thresholds)
            met = _groups_of(connection, some) - groups
            groups |= met
            for more in batches(sorted(met)):
                found |= _members_of(connection, more)
        frontier = found - seen
    return sorted(seen)


def neighbours(
    connection: Connection, ids: Sequence[DocumentId], thresholds: Thresholds
) -> set[DocumentId]:
    """Answer who may be merged with any of these documents for a likeness or a verdict."""
    merging = and_(
        likenesses.c.similarity >= thresholds.merge,
        likenesses.c.kind != LikenessKind.VARIANT.value,
    )
    found: set[DocumentId] = set()
    for table, links in ((likenesses, merging), (verdicts, verdicts.c.same)):
        ends = (table.c.first_id, table.c.second_id)
        query = select(*ends).where(or_(*(end.in_(ids) for end in ends)), links)
        for row in connection.execute(query):
            found.update(row)
    return found


def _groups_of(connection: Connection, ids: Sequence[DocumentId]) -> set[str]:
    query = select(memberships.c.group_id).where(
        memberships.c.document_id.in_(ids), memberships.c.valid_to == FOREVER
    )
    return set(connection.execute(query.distinct()).scalars())


def _members_of(connection: Connection, groups: Sequence[str]) -> set[DocumentId]:
    query = select(memberships.c.document_id).where(
        memberships.c.group_id.in_(groups), memberships.c.valid_to == FOREVER
    )
    return set(connection.execute(query).scalars())


def items_of(connection: Connection, component: Sequence[DocumentId]) -> list[Item]:
    """Take those of the documents that have a current version."""
    found: list[Item] = []
    columns = (documents.c.id, documents.c.source_id, documents.c.number)
    for group in batches(component):
        query = (
            select(*columns, versions.c.normalised_sha256, attributes.c.metadata)
            .join(versions, versions.c.document_id == documents.c.id)
            .join(attributes, attributes.c.document_id == documents.c.id)
            .where(documents.c.id.in_(group), versions.c.valid_to == FOREVER)
            .where(attributes.c.valid_to == FOREVER)
        )
        found.extend(
            Item(row.id, row.source_id, _said(row.normalised_sha256, row.metadata), row.number)
            for row in connection.execute(query)
        )
    return found


def _said(text: Sha256, metadata: Mapping[str, object]) -> Sha256:
    """Hash anew what is the same for equal texts with equal labels for access."""
    labels = sorted(labels_of(metadata))
    return content_hash(text, *labels) if labels else text


def edges_among(connection: Connection, component: Sequence[DocumentId]) -> list[Edge]:
    """Read the likenesses of the documents with each other."""
    inside = frozenset(component)
    return [
        Edge(
            pair(row.first_id, row.second_id),
            Likeness(LikenessKind(row.kind), row.similarity, row.containment),
        )
        for group in batches(component)
        for row in connection.execute(select(likenesses).where(likenesses.c.first_id.in_(group)))
        if row.second_id in inside
    ]


def verdicts_among(connection: Connection, component: Sequence[DocumentId]) -> dict[Pair, bool]:
    """Read what people decided about the documents."""
    return {
        pair(row.first_id, row.second_id): row.same
        for group in batches(component)
        for row in connection.execute(select(verdicts).where(verdicts.c.first_id.in_(group)))
    }


def memberships_of(
    connection: Connection, component: Sequence[DocumentId]
) -> dict[DocumentId, AnyRow]:
    """Read the groups in which the documents are now."""
    return {
        row.document_id: row
        for group in batches(component)
        for row in connection.execute(
            select(memberships).where(
                memberships.c.document_id.in_(group), memberships.c.valid_to == FOREVER
            )
        )
    }
