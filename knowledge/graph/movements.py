"""What the log says of chunks since a snapshot was made, as far as the graph is concerned."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, or_, select

from foundation.database.schema import changes, chunks, claims, names
from foundation.ids import FOREVER, ChunkId, DocumentId, Seq
from knowledge.extraction.model import Predicate
from knowledge.graph.recording import REREAD
from knowledge.graph.seen import shown
from knowledge.log import NOW, PURGED, AsOf
from knowledge.passages import batches

WORDS_FOUND: Final = "graph.words"
"""The kind of change that adds mentions to chunks that were there; it lists these."""

ENTITIES: Final = "entities."
"""Begins the kinds of changes that join, part or rename entities; they list the names."""

_MOST: Final = 20_000
"""Chunks to read again above which all are."""

_IDENTIFYING: Final = (Predicate.STANDS_FOR.value, Predicate.ALSO_KNOWN_AS.value)


@dataclass(frozen=True, slots=True)
class Movement:
    """Chunks that came or went, those that were read again, and names that were decided about.

    Attributes:
        opened: chunks that were not there before (and may be gone again).
        owners: the document of each chunk that came or went.
        reread: chunks that were there and have more mentions now.
        named: skeletons that people or the machine joined or parted.
    """

    opened: frozenset[ChunkId]
    owners: Mapping[ChunkId, DocumentId]
    reread: frozenset[ChunkId]
    named: frozenset[str]

    @property
    def chunks(self) -> set[ChunkId]:
        """All of these chunks."""
        return {*self.owners, *self.reread}

    @property
    def before(self) -> set[ChunkId]:
        """List those that were in the snapshot before."""
        return self.chunks - self.opened


def movement(connection: Connection, position: Seq, at: AsOf = NOW) -> Movement | None:
    """Read what happened after a seq; None where too much did, or bytes were purged.

    Args:
        connection: a read transaction.
        position: the seq.
        at: now, as it is to who looks: of documents that they don't see nothing is told.
    """
    found = _logged(connection, position)
    if found is None:
        return None
    reread, named = found
    moved = or_(
        chunks.c.valid_from > position,
        (chunks.c.valid_to > position) & (chunks.c.valid_to < FOREVER),
    )
    query = select(chunks.c.id, chunks.c.valid_from, chunks.c.document_id).where(
        moved, shown(at, chunks)
    )
    rows = connection.execute(query.limit(_MOST + 1)).all()
    if len(rows) + len(reread) > _MOST:
        return None
    owners = {row.id: row.document_id for row in rows}
    return Movement(
        opened=frozenset(row.id for row in rows if row.valid_from > position),
        owners=owners,
        reread=_standing(connection, reread - owners.keys(), at),
        named=frozenset(named),
    )


def _standing(connection: Connection, ids: Collection[ChunkId], at: AsOf) -> frozenset[ChunkId]:
    """Keep those that are current: words are found in past chunks too."""
    found: set[ChunkId] = set()
    for group in batches(sorted(ids)):
        query = select(chunks.c.id).where(chunks.c.id.in_(group), at.keeps(chunks))
        found |= set(connection.execute(query).scalars())
    return frozenset(found)


def _logged(connection: Connection, position: Seq) -> tuple[set[ChunkId], set[str]] | None:
    query = select(changes.c.kind, changes.c.details).where(
        changes.c.seq > position,
        or_(
            changes.c.kind.in_([PURGED, REREAD, WORDS_FOUND]),
            changes.c.kind.startswith(ENTITIES, autoescape=True),
        ),
    )
    reread: set[ChunkId] = set()
    named: set[str] = set()
    for row in connection.execute(query):
        if row.kind in (PURGED, REREAD):
            return None
        if row.kind == WORDS_FOUND:
            reread |= {ChunkId(chunk) for chunk in row.details["chunks"]}
        else:
            named |= set(row.details.get("names", ()))
    return reread, named


def identifying_names(
    connection: Connection, moved: Movement, mentioned: Collection[str]
) -> set[str]:
    """List the names whose identity the movement can change.

    Those that identifying claims of its chunks join, qualified names ("Mercury (planet)") among
    the mentioned ones with their bare forms, and mentioned names that others qualify.
    """
    found = set(moved.named)
    one, other = names.alias("one"), names.alias("other")
    for group in batches(sorted(moved.chunks)):
        query = (
            select(one.c.skeleton, other.c.skeleton)
            .select_from(claims)
            .join(one, one.c.id == claims.c.subject_id)
            .join(other, other.c.id == claims.c.object_id)
            .where(claims.c.chunk_id.in_(group), claims.c.predicate.in_(_IDENTIFYING))
        )
        for pair in connection.execute(query):
            found.update(pair)
    for some in batches(sorted(mentioned)):
        query = select(names.c.skeleton, names.c.base).where(
            names.c.base != "", or_(names.c.skeleton.in_(some), names.c.base.in_(some))
        )
        for pair in connection.execute(query):
            found.update(pair)
    return found
