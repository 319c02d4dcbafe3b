"""Communities of entities with titles, summaries and names that outlive small changes."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from foundation.database.engine import Database
from foundation.errors import NotFound
from foundation.ids import ChunkId, Seq
from knowledge.graph import summaries
from knowledge.graph.adjacency import Adjacency
from knowledge.graph.answers import Ranked
from knowledge.graph.communities import members, relabel
from knowledge.graph.dividing import divided
from knowledge.graph.follower import GraphFollower
from knowledge.graph.labels import labels_of
from knowledge.graph.model import EntityId
from knowledge.graph.snapshot import NodeKind, Snapshot
from knowledge.reading import load_chunks
from knowledge.sentences import split_sentences

_LEVELS: Final = 3
_SHOWN: Final = 10
_READ: Final = 6
_SENTENCES: Final = 3

Summarise = Callable[[str, Sequence[str]], str]
"""Writes a summary from a title and passages: a language model, where one is set."""


@dataclass(frozen=True, slots=True)
class Community:
    """Entities that are named together more than with others.

    Attributes:
        id: stays with it while its members mostly do.
        level: 0 is the coarsest.
        parent: the community of the level above that it lies in; None on the coarsest.
        entities: the most central ones, with the passages that name them as the score.
        summary: sentences of passages that name many of its entities.
    """

    id: int
    level: int
    parent: int | None
    title: str
    size: int
    entities: Sequence[Ranked]
    summary: str = ""
    passages: Sequence[ChunkId] = ()


@dataclass(frozen=True, slots=True)
class _Division:
    """The communities of one snapshot: members by level and id, in the order of their size."""

    seq: Seq
    entities: Sequence[EntityId]
    levels: Sequence[Mapping[int, NDArray[np.int64]]]


class Themes:
    """Finds communities when they are asked for, once for each state of the graph."""

    def __init__(
        self,
        database: Database,
        follower: GraphFollower,
        memory: Path,
        summarise: Summarise | None = None,
    ) -> None:
        self._database = database
        self._follower = follower
        self._memory = memory
        self._summarise = summarise
        self._lock = threading.Lock()
        self._division: _Division | None = None

    def find(self, *, level: int = 0, most: int = 50, least: int = 3) -> list[Community]:
        """List communities of a level, the largest first, without their summaries."""
        snapshot, division = self._divided()
        if not 0 <= level < len(division.levels):
            return []
        chosen = [
            (name, nodes) for name, nodes in division.levels[level].items() if len(nodes) >= least
        ]
        chosen.sort(key=lambda item: (-len(item[1]), item[0]))
        return [self._community(snapshot, division, level, name) for name, _ in chosen[:most]]

    def get(self, name: int) -> Community:
        """Answer a community with its summary.

        Raises:
            NotFound: there is none with this id.
        """
        snapshot, division = self._divided()
        for level, groups in enumerate(division.levels):
            if name in groups:
                found = self._community(snapshot, division, level, name)
                return self._summarised(snapshot, division, found)
        raise NotFound(f"there is no community {name}: `elders graph communities` lists them")

    def forget(self) -> None:
        """Keep no name on disk: something was purged."""
        with self._lock:
            self._division = None
            self._memory.unlink(missing_ok=True)

    def _divided(self) -> tuple[Snapshot, _Division]:
        snapshot = self._follower.refresh()
        with self._lock:
            if self._division is None or self._division.seq != snapshot.seq:
                self._division = self._divide(snapshot)
            return snapshot, self._division

    def _divide(self, snapshot: Snapshot) -> _Division:
        """Divide the graph; nodes go in by the order of their names, not of their arrival."""
        alive = np.flatnonzero((snapshot.kinds == NodeKind.ENTITY) & (snapshot.pairs.degree() > 0))
        order = sorted(alive.tolist(), key=lambda node: str(snapshot.key(node)))
        entities = [EntityId(snapshot.key(node)) for node in order]
        labels = divided(_compact(snapshot.pairs, order), levels=_LEVELS) if order else []
        known = self._recall()
        taken = max((int(name) for level in known for name in level), default=-1) + 1
        levels: list[dict[int, NDArray[np.int64]]] = []
        for depth, found in enumerate(labels):
            groups = members(found)
            keys = [frozenset(entities[i] for i in group.tolist()) for group in groups]
            previous = (
                {int(n): frozenset(k) for n, k in known[depth].items()}
                if depth < len(known)
                else {}
            )
            names = relabel(previous, keys, next_id=taken)
            taken = max([taken, *(name + 1 for name in names)])
            levels.append(dict(zip(names, groups, strict=True)))
        self._remember(entities, levels)
        return _Division(snapshot.seq, entities, levels)

    def _community(
        self, snapshot: Snapshot, division: _Division, level: int, name: int
    ) -> Community:
        inside = division.levels[level][name]
        ids = [division.entities[place] for place in inside.tolist()]
        nodes = {entity: snapshot.node(NodeKind.ENTITY, entity) for entity in ids}
        frequency = snapshot.links.degree()
        weights = {e: float(frequency[n]) if n is not None else 0.0 for e, n in nodes.items()}
        top = sorted(ids, key=lambda entity: (-weights[entity], entity))[:_SHOWN]
        with self._database.read() as connection:
            called = labels_of(connection, top)
        return Community(
            id=name,
            level=level,
            parent=_parent(division, level, int(inside[0])) if level else None,
            title=summaries.title([called.label(entity) for entity in top]),
            size=len(ids),
            entities=[Ranked(e, called.label(e), called.kind(e), weights[e]) for e in top],
        )

    def _summarised(self, snapshot: Snapshot, division: _Division, found: Community) -> Community:
        inside = division.levels[found.level][found.id].tolist()
        votes: Counter[int] = Counter()
        for place in inside:
            node = snapshot.node(NodeKind.ENTITY, division.entities[place])
            if node is not None:
                votes.update(snapshot.links.row(node).tolist())
        chunks = [n for n in votes if snapshot.kinds[n] == NodeKind.CHUNK]
        chunks.sort(key=lambda node: (-votes[node], snapshot.key(node)))
        ids = [ChunkId(snapshot.key(node)) for node in chunks[:_READ]]
        with self._database.read() as connection:
            read = load_chunks(connection, ids)
        texts = [read[chunk].text for chunk in ids if chunk in read]
        if self._summarise is not None:
            return replace(found, passages=ids, summary=self._summarise(found.title, texts))
        told = [t[a:b].strip() for t in texts for a, b in split_sentences(t)]
        best = summaries.summarise(told, most=_SENTENCES)
        return replace(found, passages=ids, summary=" ".join(told[i] for i in best))

    def _recall(self) -> list[dict[str, list[str]]]:
        try:
            found: Any = json.loads(self._memory.read_text())
            return [dict(level) for level in found]
        except (OSError, ValueError, TypeError):
            return []

    def _remember(
        self, entities: Sequence[EntityId], levels: Sequence[Mapping[int, NDArray[np.int64]]]
    ) -> None:
        """Keep the names, for the next process too; where that can't be, they begin anew there."""
        told = [
            {str(name): [entities[i] for i in group.tolist()] for name, group in level.items()}
            for level in levels
        ]
        aside = self._memory.with_suffix(".tmp")
        try:
            aside.parent.mkdir(parents=True, exist_ok=True)
            aside.write_text(json.dumps(told, ensure_ascii=False))
            aside.replace(self._memory)
        except OSError:
            return


def _compact(pairs: Adjacency, order: Sequence[int]) -> Adjacency:
    """Take the part of a graph that has these nodes, numbered in their order."""
    place = np.full(pairs.n, -1, np.int64)
    place[list(order)] = np.arange(len(order))
    heads, tails, counts = pairs.edges()
    one, other = place[heads], place[tails]
    kept = (one >= 0) & (other >= 0)
    return Adjacency.from_edges(len(order), one[kept], other[kept], counts[kept])


def _parent(division: _Division, level: int, place: int) -> int | None:
    for name, group in division.levels[level - 1].items():
        if place in group:
            return name
    return None
