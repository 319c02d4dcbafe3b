"""Find in running text the names that titles, headings, definitions and links made known.

What reads a passage sees capitals and quotation marks, not that "dense retrieval" is the title of
another document. This follower does: each new passage is searched for all names that are known,
and all passages for each new name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from foundation.clock import Clock
from foundation.database.bulk import bulk_insert
from foundation.database.engine import Database
from foundation.database.schema import chunks, documents, mentions, names, positions
from foundation.ids import ChunkId, Seq
from knowledge.extraction.gazetteer import Found, Gazetteer, eligible
from knowledge.extraction.model import MOST_SENTENCES, NAMING, NameKind, Role
from knowledge.follower import Feed
from knowledge.graph.movements import WORDS_FOUND
from knowledge.graph.recording import WORDS
from knowledge.log import Ledger, writing
from knowledge.model import INSIGHTS
from knowledge.passages import batches
from knowledge.sentences import split_sentences

Finder = Callable[[str], Iterable[int]]
"""Answers the chunks that have all words of a name, and perhaps others."""


class WordsFollower:
    """Writes mentions of known names into the truth (FollowerContract).

    A mention that it wrote is a fact about the passage's words: it counts while some other
    passage makes the name known, and is not removed when none does.
    """

    name = WORDS

    def __init__(self, database: Database, clock: Clock, find: Finder) -> None:
        self._database = database
        self._clock = clock
        self._find = find
        self._known: Gazetteer | None = None

    def position(self) -> Seq:
        """Answer the seq up to which all passages are searched for all names."""
        with self._database.read() as connection:
            return _reached(connection)

    def apply(self, feed: Feed) -> None:
        """Search the new passages for all names, and the older ones for the new names."""
        # Taken away until all is written: after a failure it is loaded anew. A purge takes numbers
        # of names with it, which may come back with others.
        known = None if feed.purged else self._known
        self._known = None
        known = self._load(feed.after) if known is None else known
        texts = {c.id: c.text for c in feed.opened if c.collection != INSIGHTS}
        with self._database.read() as connection:
            fresh = [
                (number, surface)
                for number, surface in _naming(connection, feed.after, feed.upto)
                if eligible(surface) and not known.knows(surface)
            ]
        newcomers = Gazetteer(fresh)
        older = {ChunkId(c) for _, surface in fresh for c in self._find(surface)} - texts.keys()
        for number, surface in fresh:
            known.add(number, surface)
        found: dict[ChunkId, Sequence[Found]] = {}
        with self._database.read() as connection:
            for chunk, text in _texts(connection, sorted(older)):
                found[chunk] = newcomers.every(text)
                texts[chunk] = text
        found |= {c.id: known.every(c.text) for c in feed.opened if c.id in texts}
        with writing(self._database, self._clock, WORDS) as ledger:
            if _reached(ledger.connection) != feed.after:
                return  # it was told to begin again meanwhile
            _write(ledger, found, texts)
            row = {"name": WORDS, "seq": feed.upto}
            bulk_insert(ledger.connection, positions, [row], on_conflict="update")
        self._known = known

    def reset(self) -> None:
        """Search everything anew; what was found stays, it is true."""
        self._known = None
        with self._database.write() as connection:
            row = {"name": WORDS, "seq": 0}
            bulk_insert(connection, positions, [row], on_conflict="update")

    def _load(self, upto: Seq) -> Gazetteer:
        with self._database.read() as connection:
            rows = _naming(connection, Seq(0), upto)
        return Gazetteer((number, surface) for number, surface in rows if eligible(surface))


def _reached(connection: Connection) -> Seq:
    query = select(positions.c.seq).where(positions.c.name == WORDS)
    return Seq(connection.execute(query).scalar_one_or_none() or 0)


def _naming(connection: Connection, after: Seq, upto: Seq) -> list[tuple[int, str]]:
    """List the names that passages opened in an interval make known."""
    query = (
        select(names.c.id, names.c.surface)
        .join(mentions, mentions.c.name_id == names.c.id)
        .join(chunks, chunks.c.id == mentions.c.chunk_id)
        .where(chunks.c.valid_from > after, chunks.c.valid_from <= upto)
        .where(mentions.c.role.in_(NAMING))
        .distinct()
        .order_by(names.c.id)
    )
    return [(row.id, row.surface) for row in connection.execute(query)]


def _texts(connection: Connection, ids: Sequence[ChunkId]) -> Iterable[tuple[ChunkId, str]]:
    for group in batches(ids):
        query = (
            select(chunks.c.id, chunks.c.text)
            .join(documents, documents.c.id == chunks.c.document_id)
            .where(chunks.c.id.in_(group), documents.c.collection != INSIGHTS)
        )
        for row in connection.execute(query):
            yield ChunkId(row.id), row.text


def _write(
    ledger: Ledger, found: Mapping[ChunkId, Sequence[Found]], texts: Mapping[ChunkId, str]
) -> None:
    """Write what is new of it: a passage that mentions a name already is left alone."""
    wanted = [chunk for chunk, places in found.items() if places]
    mentioned = _mentioned(ledger.connection, wanted)
    skeletons = _skeletons(
        ledger.connection, {place.name_id for places in found.values() for place in places}
    )
    rows: list[dict[str, Any]] = []
    for chunk in wanted:
        if chunk not in mentioned:
            continue  # it was purged meanwhile
        by_name: dict[int, list[Found]] = defaultdict(list)
        for place in found[chunk]:
            name = skeletons.get(place.name_id)
            if name is not None and name not in mentioned[chunk]:
                by_name[place.name_id].append(place)
        sentences = split_sentences(texts[chunk]) if by_name else []
        rows.extend(_row(chunk, name, places, sentences) for name, places in by_name.items())
    if rows:
        seq = ledger.note(
            WORDS_FOUND,
            collection="",
            details={"chunks": sorted({row["chunk_id"] for row in rows})},
        )
        bulk_insert(ledger.connection, mentions, [{**row, "since": seq} for row in rows])


def _mentioned(connection: Connection, ids: Sequence[ChunkId]) -> dict[ChunkId, set[str]]:
    """Answer what chunks mention; those that are no more are absent."""
    result: dict[ChunkId, set[str]] = {}
    for group in batches(ids):
        here = connection.execute(select(chunks.c.id).where(chunks.c.id.in_(group))).scalars()
        result |= {ChunkId(chunk): set() for chunk in here}
        query = (
            select(mentions.c.chunk_id, names.c.skeleton)
            .join(names, names.c.id == mentions.c.name_id)
            .where(mentions.c.chunk_id.in_(group))
        )
        for row in connection.execute(query):
            result[row.chunk_id].add(row.skeleton)
    return result


def _skeletons(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for group in batches(sorted(ids)):
        query = select(names.c.id, names.c.skeleton).where(names.c.id.in_(group))
        found |= {row.id: row.skeleton for row in connection.execute(query)}
    return found


def _row(
    chunk: ChunkId, name: int, places: Sequence[Found], sentences: Sequence[tuple[int, int]]
) -> dict[str, Any]:
    bits = 0
    for place in places:
        inside = [i for i, (start, end) in enumerate(sentences) if start <= place.start < end]
        bits |= 1 << min(inside[0] if inside else 0, MOST_SENTENCES - 1)
    return {
        "chunk_id": chunk,
        "name_id": name,
        "kind": NameKind.TERM.value,
        "role": Role.WORDS.value,
        "count": len(places),
        "sentences": bits,
        "start": places[0].start,
    }
