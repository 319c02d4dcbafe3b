"""The graph over HTTP: entities, relations with their proofs, paths, communities, downloads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, BinaryIO, Final, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from api import examples_graph
from api.graphing import Graph
from api.problems import responses
from api.rendering_graph import (
    community_line_out,
    community_out,
    entity_out,
    neighbour_out,
    passage_out,
    path_out,
    ranked_out,
    relation_out,
    scored_passage_out,
    subgraph_out,
)
from api.routes.asking import base_of, shown
from api.routes.bounds import AsOf, Limit, NameInPath, Text
from api.routes.strict import StrictRoute
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
    SubgraphIn,
    SubgraphOut,
)
from knowledge.graph.model import Relation

# Every handler here is a plain function: it runs in the thread pool, as it should (dividing a
# large graph into communities takes seconds).
router = APIRouter(prefix="/v1/graph", tags=["graph"], route_class=StrictRoute)

_BLOCK: Final = 256 * 1024
_MEDIA_TYPES: Final = {"json": "application/json", "graphml": "application/graphml+xml"}
_DOWNLOAD: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The whole graph: node-link JSON or GraphML.",
        "content": {
            "application/json": {
                "schema": {"type": "object"},
                "example": examples_graph.EXPORTED,
            },
            "application/graphml+xml": {
                "schema": {"type": "string"},
                "example": examples_graph.EXPORTED_GRAPHML,
            },
        },
    }
}


@router.get("/entities", responses=responses(422, 503))
def search(request: Request, q: Text, limit: Limit = 20) -> EntitiesOut:
    """Find entities by a part of a name."""
    found = _graph(request).search(q, limit=limit)
    return EntitiesOut(entities=[entity_out(entity) for entity in found])


@router.get("/entities/{name:path}/relations", responses=responses(404, 422, 503))
def relations(
    request: Request,
    name: NameInPath,
    as_of: AsOf = None,
    predicate: Annotated[list[str], Query(max_length=100)] = [],  # noqa: B006 - FastAPI copies it
    limit: Limit = 100,
) -> RelationsOut:
    """List what passages state of an entity, with every proof; `predicate` may be repeated."""
    found = _graph(request).relations(name, as_of=as_of, predicates=predicate, limit=limit)
    shown(request, _proving(found))
    return RelationsOut(relations=[relation_out(relation) for relation in found])


@router.get("/entities/{name:path}/neighbours", responses=responses(404, 422, 503))
def neighbours(request: Request, name: NameInPath, limit: Limit = 20) -> NeighboursOut:
    """List what is named together with an entity beyond chance."""
    found = _graph(request).neighbours(name, limit=limit)
    return NeighboursOut(neighbours=[neighbour_out(each) for each in found])


@router.get("/entities/{name:path}/passages", responses=responses(404, 422, 503))
def passages(
    request: Request, name: NameInPath, as_of: AsOf = None, limit: Limit = 20
) -> PassagesOut:
    """List passages that name an entity."""
    found = _graph(request).passages(name, as_of=as_of, limit=limit)
    shown(request, (chunk.document_id for chunk in found))
    return PassagesOut(passages=[passage_out(chunk) for chunk in found])


@router.get("/entities/{name:path}", responses=responses(404, 422, 503))
def entity(request: Request, name: NameInPath, as_of: AsOf = None) -> EntityOut:
    """Look an entity up by any of its names: as it is, or as it was."""
    return entity_out(_graph(request).entity(name, as_of=as_of))


@router.get("/paths", responses=responses(404, 422, 503))
def paths(
    request: Request,
    first: Annotated[Text, Query(alias="from")],
    second: Annotated[Text, Query(alias="to")],
    longest: Annotated[int, Query(ge=1, le=10, description="Steps.")] = 4,
    limit: Annotated[int, Query(ge=1, le=100)] = 5,
    every: Annotated[bool, Query(description="All simple paths, not the shortest alone.")] = False,  # noqa: FBT002 - a query parameter
) -> PathsOut:
    """Show how two entities are connected, with what is stated of each step."""
    found = _graph(request).paths(first, second, longest=longest, limit=limit, every=every)
    shown(request, _proving(r for route in found for step in route.steps for r in step.relations))
    return PathsOut(paths=[path_out(route) for route in found])


@router.get("/related", responses=responses(404, 422, 503))
def related(
    request: Request,
    name: Annotated[list[Text], Query(min_length=1, max_length=100)],
    kind: Literal["entity", "passage"] = "entity",
    limit: Limit = 20,
) -> RelatedOut:
    """Rank entities, or passages, by personalised PageRank from some; `name` may be repeated."""
    graph = _graph(request)
    if kind == "entity":
        ranked = ranked_out(graph.related(*name, limit=limit))
        return RelatedOut(kind=kind, entities=ranked, passages=[])
    found = graph.related_passages(*name, limit=limit)
    shown(request, (chunk.document_id for chunk, _ in found))
    scored = [scored_passage_out(chunk, score) for chunk, score in found]
    return RelatedOut(kind=kind, entities=[], passages=scored)


@router.get("/central", responses=responses(422, 503))
def central(
    request: Request,
    by: Annotated[
        str, Query(description="passages, degree, pagerank, betweenness or core")
    ] = "pagerank",
    limit: Limit = 20,
) -> CentralOut:
    """Rank all entities by a measure of centrality."""
    return CentralOut(by=by, entities=ranked_out(_graph(request).central(by, limit=limit)))


@router.get("/communities", responses=responses(422, 503))
def communities(
    request: Request,
    level: Annotated[int, Query(ge=0, le=100, description="0 is the coarsest.")] = 0,
    limit: Limit = 50,
) -> CommunitiesOut:
    """List communities; the first call after a change divides the graph, which takes a while."""
    found = _graph(request).communities(level=level, limit=limit)
    return CommunitiesOut(communities=[community_line_out(each) for each in found])


@router.get("/communities/{community_id}", responses=responses(404, 422, 503))
def community(request: Request, community_id: int) -> CommunityOut:
    """Read a community with its summary."""
    return community_out(_graph(request).community(community_id))


@router.post("/subgraph", responses=responses(404, 408, 413, 422, 503))
def subgraph(request: Request, body: SubgraphIn) -> SubgraphOut:
    """Take what lies around entities: nodes and edges."""
    view = _graph(request).around(*body.names, hops=body.hops, limit=body.limit)
    return subgraph_out(view.subgraph)


@router.get("/export", responses=_DOWNLOAD | responses(422, 503), response_class=StreamingResponse)
def export(
    request: Request,
    format: Literal["json", "graphml"] = "json",  # noqa: A002 - the usual word
) -> StreamingResponse:
    """Download the whole graph."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"graph.{format}"
        _graph(request).export(path, format=format)
        size = path.stat().st_size
        written = path.open("rb")  # its bytes stay until it is closed, whatever becomes of the name
    return StreamingResponse(
        _blocks(written),
        media_type=_MEDIA_TYPES[format],
        headers={
            "Content-Disposition": f'attachment; filename="graph.{format}"',
            "Content-Length": str(size),
        },
    )


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    """Read a file a block at a time: a slow client holds neither memory nor a thread."""
    with file:
        while block := file.read(_BLOCK):
            yield block


def _proving(relations: Iterable[Relation]) -> Iterator[str]:
    return (proof.document_id for relation in relations for proof in relation.proofs)


def _graph(request: Request) -> Graph:
    graph: Graph = base_of(request).graph
    return graph
