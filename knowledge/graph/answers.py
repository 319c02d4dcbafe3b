"""What the graph answers with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from foundation.ids import ChunkId
from knowledge.graph.model import EntityId, Relation


class Measure(StrEnum):
    """What makes an entity central."""

    PASSAGES = "passages"
    DEGREE = "degree"
    PAGERANK = "pagerank"
    BETWEENNESS = "betweenness"
    CORE = "core"


@dataclass(frozen=True, slots=True)
class Ranked:
    """An entity with a score; what the score is, the question says."""

    id: EntityId
    label: str
    kind: str
    score: float


@dataclass(frozen=True, slots=True)
class Companion:
    """What co-occurs with an entity: in how many passages, and how far beyond chance, in bits."""

    id: EntityId
    label: str
    kind: str
    passages: int
    bits: float


@dataclass(frozen=True, slots=True)
class Step:
    """One edge of a path, with what passages state of it and those that name both ends."""

    source: EntityId
    target: EntityId
    relations: Sequence[Relation]
    passages: Sequence[ChunkId]


@dataclass(frozen=True, slots=True)
class Route:
    """A path: entities from one end to the other, and the steps between them."""

    entities: Sequence[Ranked]
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge of a subgraph; the weight counts passages."""

    source: EntityId
    target: EntityId
    predicate: str
    weight: float
    proofs: Sequence[ChunkId]


@dataclass(frozen=True, slots=True)
class Subgraph:
    """A part of the graph: entities with the passages that name them, and edges between them.

    `complete` is False where a bound left entities out.
    """

    entities: Sequence[Ranked]
    edges: Sequence[Edge]
    complete: bool = True
