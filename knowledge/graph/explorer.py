"""Questions to the graph: what is around an entity, how two are connected, what matters most."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from foundation.database.engine import Database
from foundation.errors import InvalidInput, NotFound
from foundation.ids import ChunkId
from knowledge.graph import centrality
from knowledge.graph.answers import Companion, Edge, Measure, Ranked, Route, Step, Subgraph
from knowledge.graph.follower import GraphFollower
from knowledge.graph.labels import Labels, labels_of
from knowledge.graph.model import CO_OCCURS, EntityId
from knowledge.graph.naming import usages
from knowledge.graph.paths import Paths, neighbourhood, shortest_paths, simple_paths
from knowledge.graph.scope import reach
from knowledge.graph.seen import Look, everything
from knowledge.graph.snapshot import Key, NodeKind, Snapshot
from knowledge.graph.store import GraphStore
from knowledge.log import NOW, AsOf

_PROOFS: Final = 5


class Explorer:
    """Answers from the newest snapshot; what it cites is read from the truth."""

    def __init__(
        self,
        database: Database,
        store: GraphStore,
        follower: GraphFollower,
        look: Look | None = None,
    ) -> None:
        """Take what is asked; `look` is whose eyes all of it has, by default those of all."""
        self._look = look or everything(database)
        self._store = store
        self._follower = follower

    @property
    def store(self) -> GraphStore:
        """The graph as the truth has it, at any moment."""
        return self._store

    def snapshot(self) -> Snapshot:
        """Answer a snapshot of the head of the log."""
        return self._follower.refresh()

    def labels(self, entities: Iterable[EntityId]) -> dict[str, str]:
        """Answer what entities are called now; those that no passage names, by their ids."""
        wanted = list(entities)
        with self._look(NOW) as (connection, at):
            names = labels_of(connection, wanted, at)
        return {entity: names.label(entity) for entity in wanted}

    def spellings(self, skeletons: Iterable[str]) -> dict[str, str]:
        """Answer how names are written mostly; those that no passage has, as they are given."""
        wanted = list(skeletons)
        with self._look(NOW) as (connection, at):
            used = usages(connection, wanted, at)
        return {s: used[s].alias(s).surface if s in used else s for s in wanted}

    def companions(self, reference: str, *, most: int = 20) -> list[Companion]:
        """List what an entity co-occurs with, the most telling first."""
        snapshot = self.snapshot()
        with self._look(NOW) as (connection, at):
            entity = self._node(connection, at, snapshot, reference)[0]
            found = snapshot.companions(entity, most=most)
            names = labels_of(connection, [other for other, _, _ in found], at)
        return [
            Companion(other, names.label(other), names.kind(other), passages, round(bits, 3))
            for other, passages, bits in found
        ]

    def related(
        self, references: Sequence[str], *, most: int = 20, kind: NodeKind = NodeKind.ENTITY
    ) -> list[tuple[Key, float]]:
        """Rank entities, chunks or documents by personalised PageRank from some entities."""
        snapshot = self.snapshot()
        with self._look(NOW) as (connection, at):
            seeds = {self._node(connection, at, snapshot, name)[1]: 1.0 for name in references}
        return snapshot.walk(seeds, kind=kind, most=most)

    def related_entities(self, references: Sequence[str], *, most: int = 20) -> list[Ranked]:
        """Rank entities by personalised PageRank from some of them, with their labels."""
        found = [(EntityId(str(key)), score) for key, score in self.related(references, most=most)]
        with self._look(NOW) as (connection, at):
            names = labels_of(connection, [entity for entity, _ in found], at)
        return [_ranked(names, entity, score) for entity, score in found]

    def paths(
        self,
        first: str,
        second: str,
        *,
        most: int = 5,
        longest: int = 4,
        every: bool = False,
    ) -> list[Route]:
        """Show how two entities are connected: the shortest paths, or all simple ones.

        Raises:
            NotFound: an entity is unknown, or nothing connects them within `longest` steps.
        """
        snapshot = self.snapshot()
        with self._look(NOW) as (connection, at):
            ends = [self._node(connection, at, snapshot, name)[1] for name in (first, second)]
            search = simple_paths if every else shortest_paths
            found: Paths = search(snapshot.pairs, *ends, most=most, longest=longest)
            if not found.paths:
                raise NotFound(
                    f"nothing connects {first!r} and {second!r} within {longest} steps: allow more"
                )
            ids = [[snapshot.key(node) for node in path] for path in found.paths]
            names = labels_of(connection, {entity for path in ids for entity in path}, at)
        between = self._between(snapshot, {p for path in found.paths for p in _steps(path)})
        return [
            Route(
                entities=[_ranked(names, entity, 0.0) for entity in path],
                steps=[between[step] for step in _steps(nodes)],
            )
            for path, nodes in zip(ids, found.paths, strict=True)
        ]

    def subgraph(self, references: Sequence[str], *, hops: int = 1, most: int = 50) -> Subgraph:
        """Take what lies around entities, the strongest edges first."""
        snapshot = self.snapshot()
        with self._look(NOW) as (connection, at):
            starts = [self._node(connection, at, snapshot, name)[1] for name in references]
        return self._part(snapshot, *_taken(snapshot, starts, hops, most))

    def whole(self) -> Subgraph:
        """Take the graph of all entities."""
        snapshot = self.snapshot()
        nodes = np.flatnonzero(_alive(snapshot))
        return self._part(snapshot, nodes.tolist(), True)

    def central(self, measure: Measure = Measure.PAGERANK, *, most: int = 20) -> list[Ranked]:
        """Rank all entities by a measure of centrality."""
        snapshot = self.snapshot()
        values = np.where(_alive(snapshot), _measured(snapshot, measure), -1.0)
        order = sorted(
            np.argsort(-values, kind="stable")[: 2 * most].tolist(),
            key=lambda node: (-values[node], str(snapshot.key(node))),
        )
        chosen = [node for node in order if values[node] >= 0][:most]
        with self._look(NOW) as (connection, at):
            names = labels_of(connection, [snapshot.key(node) for node in chosen], at)
        return [_ranked(names, snapshot.key(node), float(values[node])) for node in chosen]

    def orphans(self, *, most: int = 50) -> list[str]:
        """List the labels of entities that no other is named with, those named least first."""
        snapshot = self.snapshot()
        alone = _alive(snapshot) & (snapshot.pairs.degree() == 0)
        nodes = sorted(np.flatnonzero(alone).tolist(), key=lambda n: str(snapshot.key(n)))
        degree = snapshot.links.degree()
        chosen = sorted(nodes, key=lambda node: int(degree[node]))[:most]
        with self._look(NOW) as (connection, at):
            names = labels_of(connection, [snapshot.key(node) for node in chosen], at)
        return [names.label(snapshot.key(node)) for node in chosen]

    def _node(
        self, connection: Connection, at: AsOf, snapshot: Snapshot, reference: str
    ) -> tuple[EntityId, int]:
        found = reach(connection, reference, at)
        node = snapshot.node(NodeKind.ENTITY, found.entity)
        if node is None and found.senses:
            names = labels_of(connection, found.senses, at)
            meant = ", ".join(names.label(sense) for sense in found.senses)
            raise NotFound(f"{reference[:200]!r} means several things: name one of {meant}")
        if node is None:
            raise NotFound(f"no passage names {reference[:200]!r}")
        return found.entity, node

    def _between(
        self, snapshot: Snapshot, steps: Iterable[tuple[int, int]]
    ) -> dict[tuple[int, int], Step]:
        found: dict[tuple[int, int], Step] = {}
        for one, other in steps:
            source, target = snapshot.key(one), snapshot.key(other)
            stated = self._store.among([source, target])
            found[one, other] = Step(source, target, stated, _shared(snapshot, one, other))
        return found

    def _part(self, snapshot: Snapshot, nodes: Sequence[int], complete: bool) -> Subgraph:  # noqa: FBT001 - what `Subgraph` says
        inside = np.zeros(snapshot.size, np.bool_)
        inside[list(nodes)] = True
        heads, tails, counts = snapshot.pairs.edges()
        kept = inside[heads] & inside[tails]
        with self._look(NOW) as (connection, at):
            names = labels_of(connection, [snapshot.key(node) for node in nodes], at)
        frequency = snapshot.links.degree()
        return Subgraph(
            entities=[_ranked(names, snapshot.key(n), float(frequency[n])) for n in nodes],
            edges=[
                Edge(
                    snapshot.key(head),
                    snapshot.key(tail),
                    CO_OCCURS,
                    float(count),
                    _shared(snapshot, head, tail),
                )
                for head, tail, count in zip(
                    heads[kept].tolist(), tails[kept].tolist(), counts[kept].tolist(), strict=True
                )
            ]
            + self._stated([EntityId(snapshot.key(node)) for node in nodes]),
            complete=complete,
        )

    def _stated(self, entities: Sequence[EntityId]) -> list[Edge]:
        """Make an edge of each relation that passages state; its weight counts them."""
        return [
            Edge(
                relation.source,
                relation.target,
                relation.predicate,
                float(len({proof.chunk_id for proof in relation.proofs})),
                list(dict.fromkeys(proof.chunk_id for proof in relation.proofs))[:_PROOFS],
            )
            for relation in self._store.among(entities)
            if relation.target is not None
        ]


def _ranked(names: Labels, entity: EntityId, score: float) -> Ranked:
    return Ranked(entity, names.label(entity), names.kind(entity), score)


def _taken(
    snapshot: Snapshot, starts: Sequence[int], hops: int, most: int
) -> tuple[list[int], bool]:
    if not (0 <= hops <= 5 and most >= 1):
        raise InvalidInput(f"hops go from 0 to 5 and at least one entity is taken: {hops}, {most}")
    found = neighbourhood(snapshot.pairs, starts, hops=hops, budget=most)
    return found.nodes.tolist(), found.complete


def _alive(snapshot: Snapshot) -> NDArray[np.bool_]:
    named = (snapshot.links.degree() > 0) | (snapshot.pairs.degree() > 0)
    alive: NDArray[np.bool_] = (snapshot.kinds == NodeKind.ENTITY) & named
    return alive


def _measured(snapshot: Snapshot, measure: Measure) -> NDArray[np.float64]:
    if measure is Measure.PASSAGES:
        return snapshot.links.degree().astype(np.float64)
    if measure is Measure.DEGREE:
        return centrality.degree(snapshot.pairs).astype(np.float64)
    if measure is Measure.PAGERANK:
        return centrality.pagerank(snapshot.pairs)
    if measure is Measure.BETWEENNESS:
        return centrality.betweenness(snapshot.pairs).values
    return centrality.core_numbers(snapshot.pairs).astype(np.float64)


def _steps(path: Sequence[int]) -> list[tuple[int, int]]:
    return list(pairwise(path))


def _shared(snapshot: Snapshot, one: int, other: int) -> list[ChunkId]:
    """List the first passages that name both."""
    both = np.intersect1d(snapshot.links.row(one), snapshot.links.row(other), assume_unique=True)
    chunks = both[snapshot.kinds[both] == NodeKind.CHUNK]
    return [ChunkId(snapshot.key(node)) for node in chunks[:_PROOFS].tolist()]
