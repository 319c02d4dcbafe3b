"""What chunks contribute to the graph, as arrays: read from the truth, many chunks at once."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, and_, select

from foundation.database.schema import chunks, claims, documents, mentions, names, spans, versions
from foundation.ids import FOREVER, ChunkId, DocumentId
from knowledge.extraction.model import NAMING, VALUE_KINDS, NameKind, Role
from knowledge.extraction.normalise import skeleton
from knowledge.log import NOW, AsOf
from knowledge.passages import batches

Ints = NDArray[np.int64]

_VALUES: Final = frozenset(kind.value for kind in VALUE_KINDS)
_ADDRESSES: Final = frozenset({NameKind.URL.value, NameKind.PATH.value})


@dataclass(frozen=True, slots=True)
class Mentions:
    """Mentions of chunks, ordered by chunk and by where they stand: shape (k,) each.

    Attributes:
        connects: it is of a thing, not of a value (a date, a quantity …).
        naming: it makes the name known, as a title does.
        title: it is the document's title.
        words: it was found because the name is known.
        address: it is of a URL or a path, which may be another document's.
        sentences: a bit for each sentence.
        since: the change that found it; 0 for what was read with the chunk.
    """

    chunks: Ints
    names: Ints
    connects: NDArray[np.bool_]
    naming: NDArray[np.bool_]
    title: NDArray[np.bool_]
    words: NDArray[np.bool_]
    address: NDArray[np.bool_]
    counts: Ints
    sentences: Ints
    since: Ints

    def of(self, kept: NDArray[np.bool_]) -> Mentions:
        """Keep some of them."""
        return Mentions(*(getattr(self, name)[kept] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Statements:
    """Claims with a name at both ends: the numbers of chunks and names, shape (k,) each."""

    chunks: Ints
    subjects: Ints
    objects: Ints

    def of(self, kept: NDArray[np.bool_]) -> Statements:
        """Keep some of them."""
        return Statements(self.chunks[kept], self.subjects[kept], self.objects[kept])


def current_statements(connection: Connection, at: AsOf = NOW) -> Statements:
    """Read the claims of all current chunks."""
    query = _statements().join(chunks, chunks.c.id == claims.c.chunk_id)
    return _stacked(connection.execute(query.where(at.holds(chunks))).all())


def statements_of(connection: Connection, ids: Sequence[ChunkId]) -> Statements:
    """Read the claims of chunks, current or not."""
    rows: list[Any] = []
    for group in batches(ids):
        rows.extend(connection.execute(_statements().where(claims.c.chunk_id.in_(group))))
    return _stacked(rows)


def current_mentions(connection: Connection, at: AsOf = NOW) -> Mentions:
    """Read the mentions of all current chunks."""
    rows = connection.execute(
        _mentions().join(chunks, chunks.c.id == mentions.c.chunk_id).where(at.holds(chunks))
    )
    return _arranged(rows.all())


def mentions_of(connection: Connection, ids: Sequence[ChunkId]) -> Mentions:
    """Read the mentions of chunks, current or not."""
    rows: list[Any] = []
    for group in batches(ids):
        rows.extend(connection.execute(_mentions().where(mentions.c.chunk_id.in_(group))))
    return _arranged(rows)


def chunks_with(connection: Connection, skeletons: Sequence[str], at: AsOf = NOW) -> set[ChunkId]:
    """List the current chunks that mention any of these names."""
    found: set[ChunkId] = set()
    for group in batches(skeletons):
        query = (
            select(chunks.c.id)
            .join(mentions, mentions.c.chunk_id == chunks.c.id)
            .join(names, names.c.id == mentions.c.name_id)
            .where(names.c.skeleton.in_(group), at.keeps(chunks))
        )
        found |= set(connection.execute(query.distinct()).scalars())
    return found


def names_in(connection: Connection, ids: Sequence[DocumentId], at: AsOf = NOW) -> set[str]:
    """List the names that documents mention now."""
    found: set[str] = set()
    for group in batches(ids):
        query = (
            select(names.c.skeleton)
            .join(mentions, mentions.c.name_id == names.c.id)
            .join(chunks, chunks.c.id == mentions.c.chunk_id)
            .where(chunks.c.document_id.in_(group), at.keeps(chunks))
        )
        found |= set(connection.execute(query.distinct()).scalars())
    return found


def skeletons_of(connection: Connection, after: int) -> dict[int, str]:
    """Read the skeletons of all names whose number is above `after`."""
    query = select(names.c.id, names.c.skeleton).where(names.c.id > after)
    return {row.id: row.skeleton for row in connection.execute(query)}


def skeletons_in(connection: Connection, numbers: Iterable[int]) -> dict[int, str]:
    """Read the skeletons of some names, by their numbers."""
    found: dict[int, str] = {}
    for group in batches(sorted(numbers)):
        query = select(names.c.id, names.c.skeleton).where(names.c.id.in_(group))
        found |= {row.id: row.skeleton for row in connection.execute(query)}
    return found


def layouts(
    connection: Connection, ids: Sequence[DocumentId] | None = None, at: AsOf = NOW
) -> dict[DocumentId, list[ChunkId]]:
    """Read the current chunks of documents (all, if None) in the order in which they stand."""
    query = (
        select(chunks.c.document_id, chunks.c.id, spans.c.ordinal)
        .join(
            versions,
            and_(versions.c.document_id == chunks.c.document_id, versions.c.valid_to == FOREVER),
        )
        .join(
            spans,
            and_(spans.c.version_id == versions.c.id, spans.c.text_hash == chunks.c.text_hash),
        )
        .where(at.holds(chunks))
    )
    found: dict[DocumentId, dict[ChunkId, int]] = {}
    for part in (
        [query]
        if ids is None
        else [query.where(chunks.c.document_id.in_(group)) for group in batches(ids)]
    ):
        for document, chunk, ordinal in connection.execute(part):
            places = found.setdefault(document, {})
            places[chunk] = min(ordinal, places.get(chunk, ordinal))
    return {
        document: sorted(places, key=lambda chunk: (places[chunk], chunk))
        for document, places in found.items()
    }


def addresses(
    connection: Connection, ids: Iterable[DocumentId]
) -> dict[tuple[str, DocumentId], str]:
    """Read where documents are: (the skeleton of the source id, the document) with its order.

    The order of documents with the same address is that of their collections.
    """
    found: dict[tuple[str, DocumentId], str] = {}
    for group in batches(sorted(ids)):
        query = select(documents.c.id, documents.c.source_id, documents.c.collection)
        for row in connection.execute(query.where(documents.c.id.in_(group))):
            found[skeleton(row.source_id), row.id] = row.collection
    return found


def _mentions() -> Select[Any]:
    return select(
        mentions.c.chunk_id,
        mentions.c.start,
        names.c.skeleton,
        mentions.c.name_id,
        mentions.c.kind,
        mentions.c.role,
        mentions.c.count,
        mentions.c.sentences,
        mentions.c.since,
    ).join(names, names.c.id == mentions.c.name_id)


def _statements() -> Select[Any]:
    return select(claims.c.chunk_id, claims.c.subject_id, claims.c.object_id).where(
        claims.c.object_id.is_not(None)
    )


def _stacked(rows: Sequence[Any]) -> Statements:
    columns = np.array([tuple(row) for row in rows], np.int64).reshape(-1, 3)
    return Statements(columns[:, 0], columns[:, 1], columns[:, 2])


def _arranged(rows: Sequence[Any]) -> Mentions:
    """Turn rows into arrays; of equal places the order is that of the names' checksums."""
    if not rows:
        none, no = np.empty(0, np.int64), np.empty(0, np.bool_)
        return Mentions(none, none, no, no, no, no, no, none, none, none)
    chunk, start, skeletons, name, kind, role, count, sentences, since = zip(*rows, strict=True)
    check = np.fromiter((zlib.crc32(s.encode()) for s in skeletons), np.int64, len(rows))
    places = np.array(chunk, np.int64)
    order = np.lexsort((check, np.array(start, np.int64), places))
    found = Mentions(
        chunks=places,
        names=np.array(name, np.int64),
        connects=np.fromiter((k not in _VALUES for k in kind), np.bool_, len(rows)),
        naming=np.fromiter((r in NAMING for r in role), np.bool_, len(rows)),
        title=np.fromiter((r == Role.TITLE.value for r in role), np.bool_, len(rows)),
        words=np.fromiter((r == Role.WORDS.value for r in role), np.bool_, len(rows)),
        address=np.fromiter((k in _ADDRESSES for k in kind), np.bool_, len(rows)),
        counts=np.array(count, np.int64),
        sentences=np.array(sentences, np.int64),
        since=np.array(since, np.int64),
    )
    return Mentions(*(getattr(found, field)[order] for field in Mentions.__slots__))
