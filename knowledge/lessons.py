"""What the corpus gives the miners to learn from: passages by kind, names in use, facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, select

from foundation.database.schema import (
    attributes,
    chunks,
    claims,
    documents,
    mentions,
    names,
    versions,
)
from foundation.ids import FOREVER, ChunkId, DocumentId
from knowledge.classification.model import DocumentKind
from knowledge.extraction.model import VALUE_KINDS, Predicate, Role
from knowledge.extraction.normalise import skeleton
from knowledge.graph.identities import all_evidence
from knowledge.graph.labels import labels_of
from knowledge.graph.model import EntityId
from knowledge.graph.resolution import Resolution
from knowledge.labelling import document_key, document_kinds
from knowledge.log import NOW
from knowledge.model import INSIGHTS
from knowledge.passages import batches
from knowledge.patterns.associations import Basket, mine_associations
from knowledge.patterns.contradictions import Fact, find_contradictions
from knowledge.patterns.incidents import mine_incidents
from knowledge.patterns.logs import mine_logs
from knowledge.patterns.model import Finding, Passage
from knowledge.patterns.task_records import records_of
from knowledge.patterns.tasks import mine_tasks
from knowledge.patterns.terminology import TermUse, mine_terminology

_RECORDS: Final = (DocumentKind.TASK, DocumentKind.TABLE)
_MOST_FACTS: Final = 200_000


@dataclass(frozen=True, slots=True)
class Lessons:
    """All that the miners read, of one moment."""

    logs: Sequence[Passage]
    incidents: Sequence[Passage]
    records: Sequence[Passage]
    baskets: Sequence[Basket]
    uses: Sequence[TermUse]
    facts: Sequence[Fact]

    def mine(self) -> Iterator[Finding]:
        """Look for patterns of every kind."""
        yield from mine_logs(self.logs)
        yield from mine_incidents(self.incidents)
        yield from mine_tasks(records_of(self.records))
        yield from filter(_tells_something, mine_associations(self.baskets))
        yield from (term for term in mine_terminology(self.uses) if term.support > 1)
        yield from find_contradictions(self.facts)


def _tells_something(association: Finding) -> bool:
    """Leave out that a name comes with a part of it: "Summer Olympics" and "Olympics"."""
    then = skeleton(association.data["then"])
    given = [skeleton(item) for item in association.data["given"]]
    return not any(then in item or item in then for item in given)


def read_lessons(connection: Connection) -> Lessons:
    """Read what is current (and, for facts, what was); insights are no lessons."""
    kinds = document_kinds(connection)
    by_kind: dict[str, list[DocumentId]] = defaultdict(list)
    for document, kind in kinds.items():
        by_kind[kind].append(document)
    resolution = all_evidence(connection, NOW).resolution()
    called = _labels(connection, resolution)
    return Lessons(
        logs=_passages(connection, by_kind[DocumentKind.LOG]),
        incidents=_passages(connection, by_kind[DocumentKind.INCIDENT]),
        records=_passages(connection, [d for kind in _RECORDS for d in by_kind[kind]]),
        baskets=_baskets(connection, resolution, called, kinds),
        uses=_uses(connection, resolution),
        facts=_facts(connection, resolution, called),
    )


def _passages(connection: Connection, ids: Collection[DocumentId]) -> list[Passage]:
    query = (
        select(
            chunks,
            documents.c.collection,
            documents.c.source_id,
            attributes.c.language,
            attributes.c.metadata,
        )
        .join(documents, documents.c.id == chunks.c.document_id)
        .join(
            attributes,
            and_(attributes.c.document_id == documents.c.id, attributes.c.valid_to == FOREVER),
        )
        .where(chunks.c.valid_to == FOREVER)
        .order_by(documents.c.collection, documents.c.source_id, chunks.c.id)
    )
    return [
        Passage(
            chunk_id=ChunkId(row.id),
            case=document_key(row.collection, row.source_id),
            title=row.title,
            heading=tuple(row.heading),
            text=row.text,
            language=row.language,
            time=row.time_from,
            metadata=row.metadata,
        )
        for group in batches(sorted(ids))
        for row in connection.execute(query.where(documents.c.id.in_(group)))
    ]


def _labels(connection: Connection, resolution: Resolution) -> Mapping[EntityId, str]:
    """Read the labels of entities with several names; others are called as they are written."""
    found = labels_of(connection, sorted(set(resolution.entities.values())))
    return {entity: found.label(entity) for entity in found.members}


def _used(at_chunks: Any) -> Select[Any]:  # noqa: ANN401 - a column expression
    return (
        select(
            mentions.c.chunk_id,
            mentions.c.count.label("uses"),
            names.c.surface,
            names.c.skeleton,
            documents.c.collection,
            documents.c.source_id,
            documents.c.id.label("document_id"),
        )
        .join(names, names.c.id == mentions.c.name_id)
        .join(chunks, chunks.c.id == mentions.c.chunk_id)
        .join(documents, documents.c.id == chunks.c.document_id)
        .where(at_chunks, mentions.c.role != Role.WORDS.value)
    )


def _baskets(
    connection: Connection,
    resolution: Resolution,
    called: Mapping[EntityId, str],
    kinds: Mapping[DocumentId, str],
) -> list[Basket]:
    """Put together what each passage names, and what its document is."""
    items: dict[ChunkId, set[str]] = defaultdict(set)
    cases: dict[ChunkId, str] = {}
    spelled: dict[str, str] = {}
    query = _used(chunks.c.valid_to == FOREVER).where(
        mentions.c.kind.not_in([kind.value for kind in VALUE_KINDS])
    )
    for row in connection.execute(query.order_by(names.c.surface)):
        entity = resolution.entity(row.skeleton)
        label = called.get(entity) or spelled.setdefault(row.skeleton, row.surface)
        items[row.chunk_id].add(label)
        if row.chunk_id not in cases:
            cases[row.chunk_id] = document_key(row.collection, row.source_id)
            if kind := kinds.get(row.document_id):
                items[row.chunk_id].add(f"kind: {kind}")
    return [Basket(cases[chunk], chunk, frozenset(named)) for chunk, named in items.items()]


def _uses(connection: Connection, resolution: Resolution) -> list[TermUse]:
    """List the uses of names that share an entity, or of which some passage says what they are."""
    defined, expanded = _definitions(connection), _expansions(connection)
    wanted = set(resolution.entities) | {skeleton for _, skeleton in defined}
    found = []
    for group in batches(sorted(wanted)):
        # A qualifier ("Mercury (planet)") tells things apart; it is no other name to be avoided.
        query = _used(NOW.keeps(chunks)).where(names.c.skeleton.in_(group), names.c.base == "")
        found += [
            TermUse(
                concept=resolution.entity(row.skeleton),
                surface=row.surface,
                case=document_key(row.collection, row.source_id),
                chunk_id=ChunkId(row.chunk_id),
                count=row.uses,
                definition=defined.get((row.chunk_id, row.skeleton), ""),
                stands_for=expanded.get((row.chunk_id, row.skeleton), ""),
            )
            for row in connection.execute(query)
        ]
    return found


def _definitions(connection: Connection) -> dict[tuple[int, str], str]:
    query = (
        select(claims.c.chunk_id, names.c.skeleton, claims.c.start, claims.c.end, chunks.c.text)
        .join(names, names.c.id == claims.c.subject_id)
        .join(chunks, chunks.c.id == claims.c.chunk_id)
        .where(claims.c.predicate == Predicate.IS_A.value, NOW.keeps(chunks))
        .order_by(claims.c.confidence, claims.c.ordinal.desc())
    )
    return {
        (row.chunk_id, row.skeleton): row.text[row.start : row.end]
        for row in connection.execute(query)
    }


def _expansions(connection: Connection) -> dict[tuple[int, str], str]:
    target = names.alias("target")
    query = (
        select(claims.c.chunk_id, names.c.skeleton, target.c.surface)
        .join(names, names.c.id == claims.c.subject_id)
        .join(target, target.c.id == claims.c.object_id)
        .join(chunks, chunks.c.id == claims.c.chunk_id)
        .where(claims.c.predicate == Predicate.STANDS_FOR.value, NOW.keeps(chunks))
        .order_by(claims.c.confidence, claims.c.ordinal.desc())
    )
    return {(row.chunk_id, row.skeleton): row.surface for row in connection.execute(query)}


def _facts(
    connection: Connection, resolution: Resolution, called: Mapping[EntityId, str]
) -> list[Fact]:
    """List what was ever stated of anything, with the versions that state it."""
    return [
        Fact(
            subject=called.get(resolution.entity(row.skeleton)) or row.surface,
            attribute=row.predicate,
            value=row.value,
            chunk_id=ChunkId(row.chunk_id),
            case=document_key(row.collection, row.source_id),
            version=row.number,
            time=row.time_from,
            current=row.valid_to == FOREVER,
            document_title=row.title,
        )
        for row in connection.execute(_stated())
    ]


def _stated() -> Select[Any]:
    return (
        select(
            names.c.surface,
            names.c.skeleton,
            claims.c.predicate,
            claims.c.value,
            claims.c.chunk_id,
            documents.c.collection,
            documents.c.source_id,
            versions.c.number,
            versions.c.time_from,
            versions.c.title,
            chunks.c.valid_to,
        )
        .join(names, names.c.id == claims.c.subject_id)
        .join(chunks, chunks.c.id == claims.c.chunk_id)
        .join(documents, documents.c.id == chunks.c.document_id)
        .join(
            versions,
            and_(
                versions.c.document_id == documents.c.id,
                versions.c.valid_from <= chunks.c.valid_from,
                versions.c.valid_to > chunks.c.valid_from,
            ),
        )
        .where(claims.c.value.is_not(None), documents.c.collection != INSIGHTS)
        .order_by(documents.c.collection, documents.c.source_id, versions.c.number)
        .limit(_MOST_FACTS)
    )
