"""The graph as the truth has it: entities, relations with their proofs, at any moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select, true

from foundation.database.engine import Database
from foundation.database.schema import chunks, claims, mentions, names
from foundation.errors import InvalidInput, NotFound
from foundation.ids import ChunkId
from knowledge.extraction.normalise import clean_surface, skeleton
from knowledge.graph.identities import evidence_around
from knowledge.graph.model import Entity, EntityId, Proof, Relation
from knowledge.graph.naming import aliases, kind_of_entity, label_of, renamed, usages
from knowledge.graph.scope import Reach, Reaches, counted, reach
from knowledge.graph.seen import Look, Seen, everything
from knowledge.log import NOW, AnyRow, AsOf

_MOST_NAMES = 500
"""Names that a search looks at."""

_MOST_PROOFS = 5_000
"""Claims of one entity that are read; of a hub's the most confident."""

_MANY = 1_000
"""Entities whose claims are looked for by name; for more all claims are read."""


class GraphStore:
    """Read access to the graph: a view over what current (or past) passages contribute."""

    def __init__(self, database: Database, look: Look | None = None) -> None:
        """Take the truth, and who looks at it: by default one who sees all documents."""
        self._look = look or everything(database)

    def entity(self, reference: str, *, at: AsOf = NOW) -> Entity:
        """Answer an entity by any of its names, or by its id.

        Raises:
            NotFound: no passage names it at that moment.
            InvalidInput: it is no name.
        """
        with self._look(at) as (connection, then):
            return self._entity(connection, reach(connection, reference, then), reference, then)

    def relations(
        self,
        reference: str,
        *,
        at: AsOf = NOW,
        predicates: Collection[str] = (),
        limit: int = 100,
    ) -> list[Relation]:
        """List what passages state of an entity, as subject and as object, the surest first.

        Raises:
            NotFound: no passage names it at that moment.
        """
        with self._look(at) as (connection, then):
            found = reach(connection, reference, then)
            self._entity(connection, found, reference, then)
            rows = list(_claim_rows(connection, found, then, predicates))
            relations = _relations(connection, rows, then)
        mine = [r for r in relations if found.entity in (r.source, r.target)]
        return sorted(mine, key=_surest_first)[:limit]

    def among(self, entities: Collection[EntityId], *, at: AsOf = NOW) -> list[Relation]:
        """List what passages state of some entities and others of them."""
        wanted = set(entities)
        with self._look(at) as (connection, then):
            query = _claims(then).where(claims.c.object_id.is_not(None))
            if len(wanted) <= _MANY:
                reaches = Reaches(
                    connection, evidence_around(connection, wanted, then).resolution(), then
                )
                known = {name for entity in wanted for name in reaches.of(entity).known}
                query = query.where(
                    claims.c.subject_id.in_(
                        select(names.c.id).where(names.c.skeleton.in_(sorted(known)))
                    )
                )
            found = _relations(connection, list(connection.execute(query)), then)
        return [each for each in found if {each.source, each.target} <= wanted]

    def passages(self, reference: str, *, at: AsOf = NOW, limit: int = 100) -> list[ChunkId]:
        """List the passages that name an entity, those that name it most often first.

        Raises:
            NotFound: no passage names it at that moment.
        """
        with self._look(at) as (connection, then):
            found = reach(connection, reference, then)
            self._entity(connection, found, reference, then)
            query = (
                select(chunks.c.id)
                .join(mentions, mentions.c.chunk_id == chunks.c.id)
                .join(names, names.c.id == mentions.c.name_id)
                .where(found.holds(), then.keeps(chunks), counted(then))
                .group_by(chunks.c.id)
                .order_by(func.sum(mentions.c.count).desc(), chunks.c.id)
                .limit(limit)
            )
            return [ChunkId(i) for i in connection.execute(query).scalars()]

    def search(self, text: str, *, limit: int = 20) -> list[Entity]:
        """List entities with a name that contains a text, the most named first.

        Case, accents, spaces and punctuation make no difference. Of very many names the shortest
        are looked at, and those that begin with the text.

        Raises:
            InvalidInput: it has no letter.
        """
        wanted = skeleton(clean_surface(text) or text)
        if not wanted.strip() or "\0" in text:
            raise InvalidInput(f"{text[:80]!r} is no part of a name: give some letters of it")
        pattern = wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        spelling = names.c.skeleton
        query = (
            select(spelling)
            .where(spelling.like(f"%{pattern}%", escape="\\"))
            .order_by(
                spelling.like(f"{pattern}%", escape="\\").desc(),
                func.length(spelling),
                spelling,
            )
            .limit(_MOST_NAMES)
        )
        with self._look(NOW) as (connection, at):
            query = query.where(_named(at))
            spelled = dict.fromkeys(connection.execute(query).scalars())
            used = usages(connection, spelled, at)
            skeletons = sorted(used, key=lambda name: (-used[name].alias(name).passages, name))
            skeletons = skeletons[: 5 * limit]
            resolution = evidence_around(connection, skeletons, at).resolution()
            reaches = Reaches(connection, resolution, at)
            ids = dict.fromkeys(resolution.entity(skeleton) for skeleton in skeletons)
            return [
                self._entity(connection, reaches.of(entity), entity, at)
                for entity in list(ids)[:limit]
            ]

    def _entity(self, connection: Connection, found: Reach, reference: str, at: AsOf) -> Entity:
        used = usages(connection, found.known, at)
        passages, documents = _extent(connection, found, at)
        if not passages and not (found.senses and used):
            when = "" if at.is_now else " at that moment"
            raise NotFound(f"no passage names {reference[:200]!r}{when}")
        joined = evidence_around(connection, found.known, at).resolution().joined
        own = found.skeletons or found.known
        return Entity(
            id=found.entity,
            label=label_of(found.entity, own, used, renamed(connection, at)),
            kind=kind_of_entity(used, own),
            passages=passages,
            documents=documents,
            aliases=aliases(used, found.known),
            because=[link for link in joined if {link.first, link.second} <= found.known],
            senses=found.senses,
        )


def _named(at: AsOf) -> ColumnElement[bool]:
    """Make the condition that a name is one of those that who looks may see.

    Who sees everything looks at all names: those that nothing uses any more are few.
    """
    if not isinstance(at, Seen):
        return true()
    return (
        select(mentions.c.name_id)
        .join(chunks, chunks.c.id == mentions.c.chunk_id)
        .where(mentions.c.name_id == names.c.id, at.keeps(chunks))
        .correlate(names)
        .exists()
    )


def _extent(connection: Connection, found: Reach, at: AsOf) -> tuple[int, int]:
    query = (
        select(func.count(chunks.c.id.distinct()), func.count(chunks.c.document_id.distinct()))
        .join(mentions, mentions.c.chunk_id == chunks.c.id)
        .join(names, names.c.id == mentions.c.name_id)
        .where(found.holds(), at.keeps(chunks), counted(at))
    )
    passages, documents = connection.execute(query).one()
    return passages, documents


def _claim_rows(
    connection: Connection, found: Reach, at: AsOf, predicates: Collection[str]
) -> Iterable[AnyRow]:
    """Read the claims that an entity is the subject of, then those that it is the object of."""
    seen: set[tuple[int, int]] = set()
    for end in (claims.c.subject_id, claims.c.object_id):
        query = _claims(at).join(names, names.c.id == end).where(found.holds())
        if predicates:
            query = query.where(claims.c.predicate.in_(sorted(predicates)))
        for row in connection.execute(query.limit(_MOST_PROOFS)):
            if (row.chunk_id, row.ordinal) not in seen:
                seen.add((row.chunk_id, row.ordinal))
                yield row


def _claims(at: AsOf) -> Select[Any]:
    subject, target = names.alias("subject"), names.alias("target")
    return (
        select(
            claims,
            chunks.c.document_id,
            chunks.c.valid_from,
            chunks.c.valid_to,
            subject.c.skeleton.label("subject"),
            target.c.skeleton.label("target"),
        )
        .join(chunks, chunks.c.id == claims.c.chunk_id)
        .join(subject, subject.c.id == claims.c.subject_id)
        .outerjoin(target, target.c.id == claims.c.object_id)
        .where(at.keeps(chunks))
        .order_by(claims.c.confidence.desc(), claims.c.chunk_id, claims.c.ordinal)
    )


def _relations(connection: Connection, rows: Sequence[AnyRow], at: AsOf) -> list[Relation]:
    """Group claims by what they say, with the entities at their ends."""
    ends = {end for row in rows for end in (row.subject, row.target) if end is not None}
    resolution = evidence_around(connection, ends, at).resolution()
    reaches = Reaches(connection, resolution, at)

    def entity(skeleton: str, document: Any) -> EntityId:  # noqa: ANN401 - a document's id
        if skeleton in resolution.senses:
            return reaches.decide(skeleton).get(document, resolution.entity(skeleton))
        return resolution.entity(skeleton)

    grouped: dict[tuple[EntityId, str, EntityId | None, str | None], list[Proof]]
    grouped = defaultdict(list)
    for row in rows:
        target = None if row.target is None else entity(row.target, row.document_id)
        source = entity(row.subject, row.document_id)
        grouped[source, row.predicate, target, row.value].append(_proof(row))
    labels = _labels(connection, reaches, {e for s, _, t, _ in grouped for e in (s, t) if e}, at)
    return [
        Relation(
            source=source,
            predicate=predicate,
            target=target,
            value=value,
            source_label=labels[source],
            target_label=labels[target] if target else "",
            confidence=noisy_or(proof.confidence for proof in proofs),
            proofs=proofs,
        )
        for (source, predicate, target, value), proofs in grouped.items()
        if source != target
    ]


def _labels(
    connection: Connection, reaches: Reaches, entities: Iterable[EntityId], at: AsOf
) -> dict[EntityId, str]:
    members = {entity: reaches.members(entity) for entity in entities}
    used = usages(connection, {s for group in members.values() for s in group}, at)
    given = renamed(connection, at)
    return {entity: label_of(entity, own, used, given) for entity, own in members.items()}


def _proof(row: AnyRow) -> Proof:
    return Proof(
        chunk_id=ChunkId(row.chunk_id),
        document_id=row.document_id,
        start=row.start,
        end=row.end,
        confidence=row.confidence,
        origin=row.origin,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def noisy_or(confidences: Iterable[float]) -> float:
    """Answer how sure it is that at least one of several independent proofs is right."""
    doubt = 1.0
    for confidence in confidences:
        doubt *= 1.0 - confidence
    return 1.0 - doubt


def _surest_first(relation: Relation) -> tuple[float, int, str, str, str]:
    return (
        -relation.confidence,
        -len(relation.proofs),
        relation.predicate,
        relation.source,
        relation.target or relation.value or "",
    )
