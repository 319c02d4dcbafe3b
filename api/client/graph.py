"""The graph: entities, relations, paths, communities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from api.client.calls import Sent, asks
from api.schemas_graph import (
    CentralOut,
    CommunitiesOut,
    CommunityOut,
    EntitiesOut,
    EntityOut,
    NeighboursOut,
    PassagesOut,
    PathsOut,
    RelatedOut,
    RelationsOut,
    SubgraphOut,
)


@asks("GET", "/v1/graph/entities", EntitiesOut.model_validate_json)
def entities(q: str, *, limit: int | None = None) -> Sent:
    """Find entities by a part of a name."""
    return Sent(query={"q": q, "limit": limit})


@asks("GET", "/v1/graph/entities/{name}", EntityOut.model_validate_json)
def entity(name: str, *, as_of: str | None = None) -> Sent:
    """Look an entity up by any of its names: as it is, or as it was."""
    return Sent(path={"name": name}, query={"as_of": as_of})


@asks("GET", "/v1/graph/entities/{name}/relations", RelationsOut.model_validate_json)
def relations(
    name: str,
    *,
    as_of: str | None = None,
    predicate: Sequence[str] = (),
    limit: int | None = None,
) -> Sent:
    """List what passages state of an entity, with every proof."""
    query = {"as_of": as_of, "predicate": list(predicate), "limit": limit}
    return Sent(path={"name": name}, query=query)


@asks("GET", "/v1/graph/entities/{name}/neighbours", NeighboursOut.model_validate_json)
def neighbours(name: str, *, limit: int | None = None) -> Sent:
    """List what is named together with an entity beyond chance."""
    return Sent(path={"name": name}, query={"limit": limit})


@asks("GET", "/v1/graph/entities/{name}/passages", PassagesOut.model_validate_json)
def passages(name: str, *, as_of: str | None = None, limit: int | None = None) -> Sent:
    """List passages that name an entity."""
    return Sent(path={"name": name}, query={"as_of": as_of, "limit": limit})


@asks("GET", "/v1/graph/paths", PathsOut.model_validate_json)
def paths(
    first: str,
    second: str,
    *,
    longest: int | None = None,
    limit: int | None = None,
    every: bool | None = None,
) -> Sent:
    """Show how two entities are connected, with what is stated of each step."""
    query = {"from": first, "to": second, "longest": longest, "limit": limit, "every": every}
    return Sent(query=query)


@asks("GET", "/v1/graph/related", RelatedOut.model_validate_json)
def related(
    name: str | Sequence[str],
    *,
    kind: Literal["entity", "passage"] | None = None,
    limit: int | None = None,
) -> Sent:
    """Rank entities, or passages, by personalised PageRank from one or several."""
    names = [name] if isinstance(name, str) else list(name)
    return Sent(query={"name": names, "kind": kind, "limit": limit})


@asks("GET", "/v1/graph/central", CentralOut.model_validate_json)
def central(by: str | None = None, *, limit: int | None = None) -> Sent:
    """Rank all entities by passages, degree, pagerank, betweenness or core."""
    return Sent(query={"by": by, "limit": limit})


@asks("GET", "/v1/graph/communities", CommunitiesOut.model_validate_json)
def communities(*, level: int | None = None, limit: int | None = None) -> Sent:
    """List communities; level 0 is the coarsest."""
    return Sent(query={"level": level, "limit": limit})


@asks("GET", "/v1/graph/communities/{community_id}", CommunityOut.model_validate_json)
def community(community_id: int) -> Sent:
    """Read a community with its summary."""
    return Sent(path={"community_id": community_id})


@asks("POST", "/v1/graph/subgraph", SubgraphOut.model_validate_json, repeatable=True)
def subgraph(names: Sequence[str], *, hops: int | None = None, limit: int | None = None) -> Sent:
    """Take what lies around entities: nodes and edges."""
    return Sent(body={"names": list(names), "hops": hops, "limit": limit})


@asks("GET", "/v1/graph/export", bytes, accept="*/*")
def export_graph(format: Literal["json", "graphml"] | None = None) -> Sent:  # noqa: A002 - the API's word
    """Download the whole graph as a file's bytes."""
    return Sent(query={"format": format})
