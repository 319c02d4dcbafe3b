"""From what the graph answers to what goes out, over HTTP and from commands alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from api.schemas_graph import (
    CommunityLineOut,
    CommunityOut,
    EdgeOut,
    EntityOut,
    NeighbourOut,
    PassageOut,
    PathOut,
    RankedOut,
    RelationOut,
    ScoredPassageOut,
    SubgraphOut,
)
from foundation.clock import to_datetime
from foundation.ids import FOREVER
from knowledge.graph.answers import Companion, Ranked, Route, Subgraph
from knowledge.graph.model import Entity, Relation
from knowledge.graph.themes import Community
from knowledge.model import Chunk


def entity_out(entity: Entity) -> EntityOut:
    """Render an entity with its names."""
    return EntityOut.model_validate(asdict(entity))


def relation_out(relation: Relation) -> RelationOut:
    """Render a relation with every proof; the end that it lacks is empty."""
    fields = asdict(relation) | {
        "target": relation.target or "",
        "value": relation.value or "",
        "valid_from": relation.valid_from,
        "valid_to": until(relation.valid_to),
    }
    for proof in fields["proofs"]:
        proof["valid_to"] = until(proof["valid_to"])
    return RelationOut.model_validate(fields)


def neighbour_out(companion: Companion) -> NeighbourOut:
    """Render what is named together with an entity."""
    return NeighbourOut.model_validate(asdict(companion))


def ranked_out(entities: Iterable[Ranked]) -> list[RankedOut]:
    """Render entities with their scores."""
    return [RankedOut.model_validate(asdict(entity)) for entity in entities]


def passage_out(chunk: Chunk) -> PassageOut:
    """Render a passage."""
    fields = asdict(chunk) | {
        "chunk_id": chunk.id,
        "valid_to": until(chunk.valid_to),
        "time_from": to_datetime(chunk.time_from).isoformat(),
        "time_to": None if chunk.time_to == FOREVER else to_datetime(chunk.time_to).isoformat(),
    }
    return PassageOut.model_validate(fields)


def scored_passage_out(chunk: Chunk, score: float) -> ScoredPassageOut:
    """Render a passage with its score."""
    return ScoredPassageOut(**passage_out(chunk).model_dump(), score=score)


def path_out(route: Route) -> PathOut:
    """Render a path, with what is stated of each step."""
    steps = [
        {
            "source": step.source,
            "target": step.target,
            "relations": [relation_out(relation) for relation in step.relations],
            "passages": list(step.passages),
        }
        for step in route.steps
    ]
    return PathOut.model_validate({"entities": ranked_out(route.entities), "steps": steps})


def community_line_out(community: Community) -> CommunityLineOut:
    """Render a community without its summary."""
    return CommunityLineOut.model_validate(asdict(community))


def community_out(community: Community) -> CommunityOut:
    """Render a community with its summary."""
    return CommunityOut.model_validate(asdict(community))


def subgraph_out(subgraph: Subgraph) -> SubgraphOut:
    """Render a part of the graph."""
    edges: Sequence[EdgeOut] = [EdgeOut.model_validate(asdict(e)) for e in subgraph.edges]
    return SubgraphOut(
        nodes=ranked_out(subgraph.entities), edges=list(edges), complete=subgraph.complete
    )


def until(seq: int) -> int | None:
    """Render the end of an interval; null where it is open."""
    return None if seq == FOREVER else seq
