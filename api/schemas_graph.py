"""What the graph takes and answers over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from api import examples_graph as examples
from api.schemas import Body

Name = Annotated[
    str, Field(min_length=1, max_length=1_000, pattern=r"^[^\x00]+$", examples=["TCP/IP"])
]
"""A name as people write it."""


class AliasOut(BaseModel):
    """One of an entity's names, and in how many passages it stands."""

    surface: str
    skeleton: str
    passages: int


class LinkOut(BaseModel):
    """Why two names are (or may be) one."""

    first: str
    second: str
    kind: str
    confidence: float
    support: int


class EntityOut(BaseModel):
    """A thing that documents speak of, under all its names.

    `because` are the links that made its names one; where the name means several things, `senses`
    are their ids.
    """

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.ENTITY))

    id: str
    label: str
    kind: str
    passages: int
    documents: int
    aliases: list[AliasOut]
    because: list[LinkOut]
    senses: list[str]


class EntitiesOut(BaseModel):
    """Entities, the most named first."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.ENTITIES))

    entities: list[EntityOut]


class ProofOut(BaseModel):
    """A passage that proves a relation: characters `start` to `end` of the chunk's text.

    It holds from change `valid_from` until `valid_to`, which is null while it does.
    """

    chunk_id: int
    document_id: str
    start: int
    end: int
    confidence: float
    origin: str
    valid_from: int
    valid_to: int | None


class RelationOut(BaseModel):
    """What passages state: either `target` (an entity's id) or `value` stands at the end.

    `confidence` is that at least one of the proofs is right.
    """

    source: str
    predicate: str
    target: str
    value: str
    source_label: str
    target_label: str
    confidence: float
    valid_from: int
    valid_to: int | None
    proofs: list[ProofOut]


class RelationsOut(BaseModel):
    """Relations, the surest first, with every proof."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.RELATIONS))

    relations: list[RelationOut]


class NeighbourOut(BaseModel):
    """What is named together with an entity: in how many passages, how far beyond chance."""

    id: str
    label: str
    kind: str
    passages: int
    bits: float


class NeighboursOut(BaseModel):
    """Neighbours, the most telling first."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.NEIGHBOURS))

    neighbours: list[NeighbourOut]


class PassageOut(BaseModel):
    """A passage; it holds from change `valid_from` until `valid_to`, null while it does."""

    chunk_id: int
    document_id: str
    collection: str
    title: str
    heading: list[str]
    text: str
    language: str
    valid_from: int
    valid_to: int | None
    time_from: str
    time_to: str | None


class PassagesOut(BaseModel):
    """Passages, those that name the entity most often first."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.PASSAGES))

    passages: list[PassageOut]


class RankedOut(BaseModel):
    """An entity with a score; what the score is, the question says."""

    id: str
    label: str
    kind: str
    score: float


class ScoredPassageOut(PassageOut):
    """A passage with its score."""

    score: float


class RelatedOut(BaseModel):
    """What personalised PageRank reaches from the entities asked for: of the kind asked for."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.RELATED))

    kind: Literal["entity", "passage"]
    entities: list[RankedOut]
    passages: list[ScoredPassageOut]


class StepOut(BaseModel):
    """One edge of a path: what is stated of it, and chunks that name both ends."""

    source: str
    target: str
    relations: list[RelationOut]
    passages: list[int]


class PathOut(BaseModel):
    """Entities from one end to the other, and the steps between them."""

    entities: list[RankedOut]
    steps: list[StepOut]


class PathsOut(BaseModel):
    """Paths, the shortest first."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.PATHS))

    paths: list[PathOut]


class CentralOut(BaseModel):
    """Entities, the most central first."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.CENTRAL))

    by: str
    entities: list[RankedOut]


class CommunityLineOut(BaseModel):
    """Entities that are named together more than with others; `parent` lies one level above."""

    id: int
    level: int
    parent: int | None
    title: str
    size: int
    entities: list[RankedOut]


class CommunitiesOut(BaseModel):
    """Communities of a level, the largest first."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.COMMUNITIES))

    communities: list[CommunityLineOut]


class CommunityOut(CommunityLineOut):
    """A community with its summary, and the chunks whose sentences it is made of."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.COMMUNITY))

    summary: str
    passages: list[int]


class SubgraphIn(Body):
    """What lies around entities."""

    names: Annotated[list[Name], Field(min_length=1, max_length=100, examples=[["TCP/IP"]])]
    hops: Annotated[StrictInt, Field(ge=0, le=5)] = 1
    limit: Annotated[StrictInt, Field(ge=1, le=1_000)] = 50


class EdgeOut(BaseModel):
    """An edge; its weight counts passages, `proofs` are the chunks of some of them."""

    source: str
    target: str
    predicate: str
    weight: float
    proofs: list[int]


class SubgraphOut(BaseModel):
    """A part of the graph; `complete` is false where `limit` left entities out.

    A node's score counts the passages that name it.
    """

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.SUBGRAPH))

    nodes: list[RankedOut]
    edges: list[EdgeOut]
    complete: bool
