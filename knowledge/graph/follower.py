"""Keep a snapshot of the graph in step with the log: small changes by what they change."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
from sqlalchemy import Connection

from foundation.database.engine import Database
from foundation.ids import ChunkId, DocumentId, Seq
from knowledge.follower import Feed
from knowledge.graph.adjacency import Adjacency
from knowledge.graph.contributions import (
    Mentions,
    addresses,
    chunks_with,
    current_mentions,
    current_statements,
    layouts,
    mentions_of,
    names_in,
    skeletons_in,
    skeletons_of,
    statements_of,
)
from knowledge.graph.edges import EdgeList, chain_edges, joined, mask
from knowledge.graph.identities import all_evidence
from knowledge.graph.meaning import Change, Meaning, describe, identify
from knowledge.graph.movements import Movement, identifying_names, movement
from knowledge.graph.numbering import Numbering
from knowledge.graph.seen import Look, Seen, continues, everything
from knowledge.graph.snapshot import NodeKind, Nodes, Snapshot, empty_snapshot, kinds_of
from knowledge.log import NOW, AsOf, head

Layouts = Mapping[DocumentId, list[ChunkId]]


class GraphFollower:
    """The snapshot that serves, and the state it grew from (FollowerContract).

    It lives in memory: a new process reads the current contributions once, and follows from there.
    """

    name = "graph"
    _snapshot: Snapshot
    _at: AsOf

    def __init__(self, database: Database, look: Look | None = None) -> None:
        """Take the truth, and who looks at it: by default one who sees all documents."""
        self._look = look or everything(database)
        self._lock = threading.Lock()
        self._forget()

    def snapshot(self) -> Snapshot:
        """Answer the newest snapshot; it never changes."""
        return self._snapshot

    def node(self, name: int) -> int | None:
        """Answer the entity's node for a name (by its number), None where no passage has it."""
        skeleton = self._skeletons.get(name)
        if skeleton is None:
            return None
        return self._snapshot.node(NodeKind.ENTITY, self._meaning.plain(skeleton))

    def position(self) -> Seq:
        """Answer the seq up to which everything is in the snapshot; 0 for nothing."""
        return self._snapshot.seq

    def apply(self, feed: Feed) -> None:
        """Bring the snapshot to the head of the log, at least to `feed.upto`."""
        if feed.upto > self.position():
            self.refresh()

    def refresh(self) -> Snapshot:
        """Bring the snapshot to the head of the log, and answer it."""
        with self._lock, self._look(NOW) as (connection, at):
            newest = head(connection)
            position = self._snapshot.seq
            if newest > position:
                known = position and continues(at, self._at)
                moved = movement(connection, position, at) if known else None
                try:
                    if moved is None:
                        self._build(connection, newest, at)
                    elif moved.chunks or moved.named:
                        self._follow(connection, newest, moved, at)
                    else:
                        self._snapshot = replace(self._snapshot, seq=newest)
                except BaseException:
                    self._forget()  # half a step is none: the next one builds anew
                    raise
                self._at = at
            return self._snapshot

    def reset(self) -> None:
        """Forget everything."""
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        self._snapshot = empty_snapshot()
        self._at = NOW
        self._skeletons: dict[int, str] = {}
        self._owners: dict[ChunkId, DocumentId] = {}
        self._layouts: dict[DocumentId, list[ChunkId]] = {}
        self._meaning = Meaning()
        self._numbering = Numbering(Nodes(), self._skeletons, self._owners)

    def _build(self, connection: Connection, newest: Seq, at: AsOf) -> None:
        """Read everything that is current."""
        self._forget()
        self._layouts = layouts(connection, at=at)
        self._owners |= {c: d for d, order in self._layouts.items() for c in order}
        found, said = current_mentions(connection, at), current_statements(connection, at)
        self._know(connection, at, found)
        evidence = all_evidence(connection, at)
        for change in (
            describe(connection, evidence.resolution(), evidence.ends(), at),
            Change(naming=self._naming(found, 1), moved=addresses(connection, self._layouts)),
        ):
            change.apply(self._meaning)
        edges = self._numbering.edges(found, said, self._meaning)
        links = joined([edges.links, self._chains(self._layouts)])
        nodes = self._numbering.nodes
        self._snapshot = Snapshot(
            seq=newest,
            nodes=nodes,
            links=Adjacency.from_edges(len(nodes), *links.as_tuple()),
            pairs=Adjacency.from_edges(len(nodes), *edges.pairs.as_tuple()),
            titles=Adjacency.from_edges(len(nodes), *edges.titles.as_tuple()),
            kinds=kinds_of(nodes),
        )

    def _follow(self, connection: Connection, newest: Seq, moved: Movement, at: AsOf) -> None:
        """Take away what the touched chunks gave before, and add what they give now."""
        before = self._snapshot
        self._owners |= moved.owners
        documents = sorted({*moved.owners.values(), *(self._owners[c] for c in moved.reread)})
        after = layouts(connection, documents, at)
        was, now = moved.before, {chunk for order in after.values() for chunk in order}
        touched = mentions_of(connection, sorted(was | (now & moved.chunks)))
        self._know(connection, at, touched)
        change = self._change(connection, touched, was, now, after, moved, at)
        affected = sorted(change.affected(self._meaning, self._skeletons))
        more = chunks_with(connection, affected, at) - moved.chunks
        was, now = was | more, (now & moved.chunks) | more
        found = touched if not more else mentions_of(connection, sorted(was | now))
        said = statements_of(connection, sorted(was | now))
        known = mask(found.chunks, was) & (found.since <= before.seq)
        old = self._numbering.edges(found.of(known), said.of(mask(said.chunks, was)), self._meaning)
        gone = self._chains({d: self._layouts.get(d, []) for d in documents})
        change.apply(self._meaning)
        new = self._numbering.edges(
            found.of(mask(found.chunks, now)), said.of(mask(said.chunks, now)), self._meaning
        )
        self._layouts |= {d: after.get(d, []) for d in documents}
        come = self._chains(after)
        nodes = self._numbering.nodes
        self._snapshot = Snapshot(
            seq=newest,
            nodes=nodes,
            links=before.links.changed(
                joined([new.links, come]).as_tuple(),
                joined([old.links, gone]).as_tuple(),
                len(nodes),
            ),
            pairs=before.pairs.changed(new.pairs.as_tuple(), old.pairs.as_tuple(), len(nodes)),
            titles=before.titles.changed(new.titles.as_tuple(), old.titles.as_tuple(), len(nodes)),
            kinds=kinds_of(nodes, before.kinds),
        )

    def _change(
        self,
        connection: Connection,
        touched: Mentions,
        was: Collection[ChunkId],
        now: Collection[ChunkId],
        after: Layouts,
        moved: Movement,
        at: AsOf,
    ) -> Change:
        """Work out what the touched chunks change in the meaning of names."""
        names = {self._skeletons[name] for name in set(touched.names.tolist())}
        documents = sorted(set(moved.owners.values()))
        met = names | names_in(connection, documents, at) if self._meaning.watched else names
        identified = identify(
            connection, self._meaning, identifying_names(connection, moved, names), met, at
        )
        position = self._snapshot.seq
        naming = self._naming(touched.of(mask(touched.chunks, set(now))), 1)
        left = mask(touched.chunks, set(was)) & (touched.since <= position)
        for name, less in self._naming(touched.of(left), -1).items():
            naming[name] = naming.get(name, 0) + less
        here = {d for d, order in after.items() if order}
        there = {d for d in moved.owners.values() if self._layouts.get(d)}
        come = addresses(connection, here - there)
        left_places = dict.fromkeys(addresses(connection, there - here))
        return Change(
            covered=identified.covered,
            entities=identified.entities,
            decided=identified.decided,
            senses=identified.senses,
            naming=naming,
            moved={**come, **left_places},
        )

    def _know(self, connection: Connection, at: AsOf, found: Mentions) -> None:
        """Read the skeletons of new names: for who sees only some documents, of theirs alone."""
        if isinstance(at, Seen):
            wanted = set(found.names.tolist()) - self._skeletons.keys()
            self._skeletons |= skeletons_in(connection, wanted)
        else:
            self._skeletons |= skeletons_of(connection, max(self._skeletons, default=0))

    def _naming(self, found: Mentions, sign: int) -> dict[int, int]:
        """Count mentions that make names known."""
        numbers, counts = np.unique(found.names[found.naming], return_counts=True)
        return dict(zip(numbers.tolist(), (sign * counts).tolist(), strict=True))

    def _chains(self, orders: Layouts) -> EdgeList:
        """Join each document with its chunks, and these with each other in their order."""
        number = self._numbering.nodes.number
        return joined(
            [
                chain_edges(
                    number(NodeKind.DOCUMENT, document),
                    [number(NodeKind.CHUNK, chunk) for chunk in order],
                )
                for document, order in orders.items()
                if order
            ]
        )
