"""Decide which documents stand for which, and keep every decision."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, update

from foundation.database.bulk import bulk_insert
from foundation.database.schema import memberships, verdicts
from foundation.ids import FOREVER, DocumentId, GroupId, Seq, new_id
from knowledge import candidates
from knowledge.components import (
    component_of,
    edges_among,
    items_of,
    memberships_of,
    neighbours,
    verdicts_among,
)
from knowledge.grouping import Group, regroup
from knowledge.leaving import forget
from knowledge.likeness import Thresholds
from knowledge.log import AnyRow, Ledger
from knowledge.passages import batches
from knowledge.prepare import Prepared

Memberships = Mapping[DocumentId, AnyRow]


@dataclass(frozen=True, slots=True)
class Standing:
    """Who stands for whom after a regrouping.

    Attributes:
        merged_into: each merged document with the one whose passages are searched.
        changed: documents that began or ceased to be searched by their own passages, each with
            the documents that stood or stand for it.
    """

    merged_into: Mapping[DocumentId, DocumentId] = field(default_factory=dict)
    changed: Mapping[DocumentId, Sequence[DocumentId]] = field(default_factory=dict)


class Duplicates:
    """Groups of the current documents of each collection that say the same.

    A group is worked out anew from likenesses and verdicts whenever one of its documents changes,
    so it depends on what is there and not on the order in which it came; which member stands for
    the others (the canonical one) is the one that came first.
    """

    def __init__(self, thresholds: Thresholds) -> None:
        self._thresholds = thresholds

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
        around = set(ids)
        for group in batches(ids):
            around |= neighbours(ledger.connection, group, self._thresholds)
        forget(ledger.connection, ids)
        if signed:
            candidates.record(ledger.connection, collection, signed, self._thresholds)
        return self._regroup(ledger, collection, around)

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
        component = component_of(connection, around, self._thresholds)
        before = memberships_of(connection, component)
        grouping = regroup(
            items_of(connection, component),
            edges_among(connection, component),
            verdicts_among(connection, component),
            self._thresholds,
            frozenset(member for member, row in before.items() if row.canonical),
        )
        after = _new_memberships(grouping.groups, before)
        _write(ledger, collection, before, after)
        spoke = {row.group_id: member for member, row in before.items() if row.canonical}
        stood_for = {
            member: spoke[row.group_id] for member, row in before.items() if not row.canonical
        }
        return _standing(stood_for, grouping.groups)


def _new_memberships(
    groups: Iterable[Group], before: Memberships
) -> dict[DocumentId, dict[str, Any]]:
    taken: set[str] = set()
    after: dict[DocumentId, dict[str, Any]] = {}
    for group in groups:
        group_id = _identify(group, before, taken)
        taken.add(group_id)
        for member in group.members:
            after[member.id] = {
                "group_id": group_id,
                "document_id": member.id,
                "canonical": member.id == group.canonical,
                "kind": group.kind.value,
                "similarity": member.similarity,
            }
    return after


def _identify(group: Group, before: Memberships, taken: set[str]) -> GroupId:
    """Keep the id that the group's members had, the canonical one's first."""
    for member in group.members:
        if member.id in before and before[member.id].group_id not in taken:
            return GroupId(before[member.id].group_id)
    return GroupId(new_id())


def _write(
    ledger: Ledger,
    collection: str,
    before: Memberships,
    after: Mapping[DocumentId, Mapping[str, Any]],
) -> None:
    """End the memberships that are different now, and begin the new ones."""
    gone = [m for m, row in before.items() if m not in after or _differs(row, after[m])]
    come = [m for m, row in after.items() if m not in before or _differs(before[m], row)]
    if not gone and not come:
        return
    seq = ledger.note(
        "duplicates.grouped",
        collection=collection,
        subject=" ".join(sorted({after[m]["group_id"] for m in come}))[:2_000],
        details={"joined": sorted(come), "left": sorted(set(gone) - set(come))},
    )
    _end(ledger, gone, seq)
    rows = [{**after[m], "valid_from": seq, "valid_to": FOREVER} for m in come]
    bulk_insert(ledger.connection, memberships, rows)


def _end(ledger: Ledger, members: Sequence[DocumentId], seq: Seq) -> None:
    if members:
        statement = (
            update(memberships)
            .where(memberships.c.document_id == bindparam("member"))
            .where(memberships.c.valid_to == FOREVER)
            .values(valid_to=bindparam("seq"))
        )
        ledger.connection.execute(statement, [{"member": m, "seq": seq} for m in members])


def _differs(row: AnyRow, new: Mapping[str, Any]) -> bool:
    return any(getattr(row, name) != value for name, value in new.items())


def _standing(stood_for: Mapping[DocumentId, DocumentId], groups: Iterable[Group]) -> Standing:
    """Compare who stands for whom with who did."""
    merged_into = {m.id: g.canonical for g in groups for m in g.members if m.id != g.canonical}
    changed: dict[DocumentId, list[DocumentId]] = defaultdict(list)
    for member in stood_for.keys() ^ merged_into.keys():
        changed[member] = [
            speaker for by in (stood_for, merged_into) if (speaker := by.get(member)) is not None
        ]
    return Standing(merged_into, changed)
