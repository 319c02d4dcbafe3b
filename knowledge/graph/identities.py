"""Read from the truth what makes names one entity, or keeps them apart, at a moment."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from foundation.database.schema import (
    chunks,
    claims,
    decisions,
    identities,
    mentions,
    names,
)
from foundation.ids import FOREVER
from knowledge.extraction.model import Predicate, Role
from knowledge.graph.model import Link, LinkKind
from knowledge.graph.resolution import Resolution, resolve
from knowledge.graph.seen import Seen
from knowledge.log import AsOf
from knowledge.passages import batches

SAME: Final = "entities.same"
DIFFERENT: Final = "entities.different"
RENAMED: Final = "entities.renamed"

_subject, _object = names.alias("subject"), names.alias("object")
_CLAIMED: Final = {
    Predicate.STANDS_FOR.value: LinkKind.STANDS_FOR,
    Predicate.ALSO_KNOWN_AS.value: LinkKind.ALSO_KNOWN_AS,
}


@dataclass(slots=True)
class Evidence:
    """What `resolve` takes."""

    links: set[Link] = field(default_factory=set)
    apart: set[tuple[str, str]] = field(default_factory=set)
    titled: set[str] = field(default_factory=set)

    def resolution(self) -> Resolution:
        """Decide which names are one."""
        return resolve(self.links, self.apart, self.titled)

    def ends(self) -> set[str]:
        """List every skeleton that stands in it."""
        ends = {end for link in self.links for end in (link.first, link.second)}
        return ends | {end for pair in self.apart for end in pair}


def all_evidence(connection: Connection, at: AsOf) -> Evidence:
    """Read everything that joins or parts names at a moment."""
    return _evidence(connection, at, None)


def evidence_around(connection: Connection, skeletons: Iterable[str], at: AsOf) -> Evidence:
    """Read all that can decide about these names: the connected component of each."""
    found = Evidence()
    seen: set[str] = set()
    frontier = set(skeletons)
    while frontier:
        seen |= frontier
        for group in batches(sorted(frontier)):
            more = _evidence(connection, at, group)
            found.links |= more.links
            found.apart |= more.apart
            found.titled |= more.titled
        frontier = found.ends() - seen
    return found


def at_seq(table: Any, at: AsOf, begin: Any) -> ColumnElement[bool]:  # noqa: ANN401 - columns
    """Make the condition that a row holds; these know seqs alone, no content's clock."""
    if at.seq is None:
        return and_(table.c.valid_to == FOREVER)
    return and_(begin <= at.seq, table.c.valid_to > at.seq)


def _evidence(connection: Connection, at: AsOf, skeletons: Sequence[str] | None) -> Evidence:
    found = Evidence()
    for row in connection.execute(_claimed(at, skeletons)):
        kind = _CLAIMED[row.predicate]
        found.links.add(Link(row.first, row.second, kind, row.confidence, row.support))
    for row in connection.execute(_qualified(at, skeletons)):
        found.links.add(Link(row.base, row.skeleton, LinkKind.QUALIFIED, 0.9, row.support))
    if not isinstance(at, Seen):
        _judge(connection, at, skeletons, found)
    bases = {link.first for link in found.links if link.kind is LinkKind.QUALIFIED}
    found.titled = _titled(connection, at, bases)
    return found


def _judge(
    connection: Connection, at: AsOf, skeletons: Sequence[str] | None, found: Evidence
) -> None:
    """Add what people decided, and the machine, in knowledge of all documents."""
    for row in connection.execute(_machine(at, skeletons)):
        found.links.add(Link(row.first, row.second, LinkKind(row.kind), row.confidence))
    for row in connection.execute(_decided(at, skeletons)):
        pair = (row.subject, row.object)
        if row.kind == SAME:
            found.links.add(Link(*pair, LinkKind.DECIDED))
        else:
            found.apart.add(pair)


def _claimed(at: AsOf, skeletons: Sequence[str] | None) -> Select[Any]:
    query = (
        select(
            _subject.c.skeleton.label("first"),
            _object.c.skeleton.label("second"),
            claims.c.predicate,
            func.max(claims.c.confidence).label("confidence"),
            func.count(chunks.c.document_id.distinct()).label("support"),
        )
        .join(chunks, chunks.c.id == claims.c.chunk_id)
        .join(_subject, _subject.c.id == claims.c.subject_id)
        .join(_object, _object.c.id == claims.c.object_id)
        .where(claims.c.predicate.in_(list(_CLAIMED)), at.keeps(chunks))
        .where(_subject.c.skeleton != _object.c.skeleton)
        .group_by(_subject.c.skeleton, _object.c.skeleton, claims.c.predicate)
    )
    if skeletons is None:
        return query
    ids = select(names.c.id).where(names.c.skeleton.in_(skeletons))
    return query.where(or_(claims.c.subject_id.in_(ids), claims.c.object_id.in_(ids)))


def _qualified(at: AsOf, skeletons: Sequence[str] | None) -> Select[Any]:
    query = (
        select(
            names.c.base,
            names.c.skeleton,
            func.count(chunks.c.document_id.distinct()).label("support"),
        )
        .join(mentions, mentions.c.name_id == names.c.id)
        .join(chunks, chunks.c.id == mentions.c.chunk_id)
        .where(names.c.base != "", names.c.base != names.c.skeleton, at.keeps(chunks))
        .group_by(names.c.base, names.c.skeleton)
    )
    if skeletons is None:
        return query
    return query.where(or_(names.c.base.in_(skeletons), names.c.skeleton.in_(skeletons)))


def _machine(at: AsOf, skeletons: Sequence[str] | None) -> Select[Any]:
    query = select(identities).where(at_seq(identities, at, identities.c.valid_from))
    if skeletons is None:
        return query
    return query.where(or_(identities.c.first.in_(skeletons), identities.c.second.in_(skeletons)))


def _decided(at: AsOf, skeletons: Sequence[str] | None) -> Select[Any]:
    query = select(decisions).where(
        decisions.c.kind.in_([SAME, DIFFERENT]), at_seq(decisions, at, decisions.c.seq)
    )
    if skeletons is None:
        return query
    return query.where(or_(decisions.c.subject.in_(skeletons), decisions.c.object.in_(skeletons)))


def _titled(connection: Connection, at: AsOf, bases: Collection[str]) -> set[str]:
    found: set[str] = set()
    for group in batches(sorted(bases)):
        query = (
            select(names.c.skeleton)
            .join(mentions, mentions.c.name_id == names.c.id)
            .join(chunks, chunks.c.id == mentions.c.chunk_id)
            .where(names.c.skeleton.in_(group), mentions.c.role == Role.TITLE.value)
            .where(at.keeps(chunks))
        )
        found |= set(connection.execute(query.distinct()).scalars())
    return found
