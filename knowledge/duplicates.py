"""Decide which documents stand for which, and keep every decision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, select, update

from foundation.database.bulk import bulk_insert
from foundation.database.schema import documents, likenesses, memberships, verdicts, versions
from foundation.ids import FOREVER, DocumentId, GroupId, new_id
from knowledge import candidates
from knowledge.grouping import Edge, Group, Item, Pair, pair, regroup
from knowledge.likeness import Likeness, LikenessKind, Thresholds
from knowledge.log import Ledger
from knowledge.passages import batches
from knowledge.prepare import Prepared


@dataclass(slots=True)
class Standing:
    """Who stands for whom after a regrouping, and whose standing changed by it."""

    merged_into: dict[DocumentId, DocumentId] = field(default_factory=dict)
    changed: set[DocumentId] = field(default_factory=set)


class Duplicates:
    """Groups of the current documents of each collection that say the same.

    A group is worked out anew from likenesses and verdicts whenever one of its documents changes,
    so it depends on what is there and not on the order in which it came; which member stands for
    the others (the canonical one) is the one that came first.
    """

    def __init__(self, thresholds: Thresholds) -> None:
        self.thresholds = thresholds

    def update(
        self,
        ledger: Ledger,
        collection: str,
        touched: Iterable[DocumentId],
        signed: Mapping[DocumentId, Prepared],
    ) -> Standing:
        """Bring likenesses and groups up to date after documents changed or went.

        Args:
            ledger: the open transaction; the documents' new versions are already written.
            collection: duplicates are only looked for within it.
            touched: every document whose current version changed or ended.
            signed: those of them that have a current version, with their signature.
        """
        ids = list(touched)
        affected = candidates.forget(ledger.connection, ids) | set(ids)
        if signed:
            candidates.record(ledger.connection, collection, signed, self.thresholds)
        return self._regroup(ledger, collection, affected)

    def decide(
        self,
        ledger: Ledger,
        collection: str,
        first: DocumentId,
        second: DocumentId,
        *,
        same: bool,
    ) -> Standing:
        """Record a verdict on a pair: it beats every similarity and outlives re-ingestion."""
        low, high = sorted((first, second))
        seq = ledger.note(
            "duplicates.verdict",
            collection=collection,
            document_id=low,
            subject=high,
            details={"same": same},
        )
        row = {"first_id": low, "second_id": high, "same": same, "actor": ledger.actor, "seq": seq}
        bulk_insert(ledger.connection, verdicts, [row], on_conflict="update")
        return self._regroup(ledger, collection, {first, second})

    def _regroup(self, ledger: Ledger, collection: str, around: set[DocumentId]) -> Standing:
        connection = ledger.connection
        component = _component(connection, around)
        before = _memberships(connection, component)
        grouping = regroup(
            _items(connection, component),
            _edges(connection, component),
            _verdicts(connection, component),
            self.thresholds,
            frozenset(member for member, row in before.items() if row.canonical),
        )
        return _record(ledger, collection, before, grouping.groups)


def _component(connection: Connection, around: set[DocumentId]) -> list[DocumentId]:
    """Gather all that is linked to these documents, however far (likeness, verdict or group)."""
    seen: set[DocumentId] = set()
    frontier = set(around)
    while frontier:
        seen |= frontier
        found: set[DocumentId] = set()
        for group in batches(sorted(frontier)):
            found |= candidates.neighbours(connection, group)
            mine = select(memberships.c.group_id).where(
                memberships.c.document_id.in_(group), memberships.c.valid_to == FOREVER
            )
            fellows = select(memberships.c.document_id).where(
                memberships.c.group_id.in_(mine), memberships.c.valid_to == FOREVER
            )
            found |= set(connection.execute(fellows).scalars())
        frontier = found - seen
    return sorted(seen)


def _items(connection: Connection, component: list[DocumentId]) -> list[Item]:
    """Take those of them that have a current version."""
    found: list[Item] = []
    for group in batches(component):
        query = (
            select(documents, versions.c.normalised_sha256)
            .join(
                versions,
                and_(versions.c.document_id == documents.c.id, versions.c.valid_to == FOREVER),
            )
            .where(documents.c.id.in_(group))
        )
        found.extend(
            Item(row.id, row.source_id, row.normalised_sha256, row.number)
            for row in connection.execute(query)
        )
    return found


def _edges(connection: Connection, component: list[DocumentId]) -> list[Edge]:
    return [
        Edge(
            pair(row.first_id, row.second_id),
            Likeness(LikenessKind(row.kind), row.similarity, row.containment),
        )
        for group in batches(component)
        for row in connection.execute(select(likenesses).where(likenesses.c.first_id.in_(group)))
    ]


def _verdicts(connection: Connection, component: list[DocumentId]) -> dict[Pair, bool]:
    return {
        pair(row.first_id, row.second_id): row.same
        for group in batches(component)
        for row in connection.execute(select(verdicts).where(verdicts.c.first_id.in_(group)))
    }


def _memberships(connection: Connection, component: list[DocumentId]) -> dict[DocumentId, Row[Any]]:
    return {
        row.document_id: row
        for group in batches(component)
        for row in connection.execute(
            select(memberships).where(
                memberships.c.document_id.in_(group), memberships.c.valid_to == FOREVER
            )
        )
    }


def _record(
    ledger: Ledger,
    collection: str,
    before: Mapping[DocumentId, Row[Any]],
    groups: Iterable[Group],
) -> Standing:
    """Write what changed in the memberships; answer who stands for whom now."""
    standing = Standing()
    after: dict[DocumentId, dict[str, Any]] = {}
    for group in groups:
        group_id = _identify(group, before, {row["group_id"] for row in after.values()})
        for grouped in group.members:
            member = grouped.id
            after[member] = {
                "group_id": group_id,
                "document_id": member,
                "canonical": member == group.canonical,
                "kind": group.kind.value,
                "similarity": grouped.similarity,
            }
            if member != group.canonical:
                standing.merged_into[member] = group.canonical
    gone = [m for m, row in before.items() if m not in after or _differs(row, after[m])]
    come = [m for m, row in after.items() if m not in before or _differs(before[m], row)]
    if not gone and not come:
        return standing
    standing.changed = {
        m for m in {*gone, *come} if _stands(before.get(m)) != _stands_now(after.get(m))
    }
    seq = ledger.note(
        "duplicates.grouped",
        collection=collection,
        subject=" ".join(sorted({row["group_id"] for row in after.values()}))[:2000],
        details={"joined": sorted(come), "left": sorted(set(gone) - set(come))},
    )
    if gone:
        ledger.connection.execute(
            update(memberships)
            .where(memberships.c.document_id == bindparam("member"))
            .where(memberships.c.valid_to == FOREVER)
            .values(valid_to=bindparam("seq")),
            [{"member": member, "seq": seq} for member in gone],
        )
    rows = [{**after[m], "valid_from": seq, "valid_to": FOREVER} for m in come]
    bulk_insert(ledger.connection, memberships, rows)
    return standing


def _identify(group: Group, before: Mapping[DocumentId, Row[Any]], taken: set[str]) -> GroupId:
    """Keep the id that the group's members had, the canonical one's first."""
    for member in group.members:
        if member.id in before and before[member.id].group_id not in taken:
            return GroupId(before[member.id].group_id)
    return GroupId(new_id())


def _differs(row: Row[Any], new: Mapping[str, Any]) -> bool:
    return any(getattr(row, name) != value for name, value in new.items())


def _stands(row: Row[Any] | None) -> bool:
    return row is None or row.canonical


def _stands_now(row: Mapping[str, Any] | None) -> bool:
    return row is None or row["canonical"]
