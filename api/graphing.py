"""The graph from Python: entities, relations, paths, communities, pictures, exchange."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.graph_files import read_graph, write_graph
from api.graph_views import GraphView, export_of
from api.limits import checked
from api.platform import Platform
from api.views import table
from foundation.errors import InvalidInput
from foundation.ids import FOREVER, ChunkId
from foundation.security.policy import Access
from knowledge.graph.answers import Companion, Measure, Ranked, Route
from knowledge.graph.explorer import Explorer
from knowledge.graph.importing import draft_of
from knowledge.graph.model import Entity, EntityId, Relation
from knowledge.graph.snapshot import NodeKind
from knowledge.graph.themes import Community, Themes
from knowledge.model import GRAPHS, Chunk, Result

if TYPE_CHECKING:
    import networkx as nx


class Graph:
    """What documents speak of and how it is connected, with proofs; no language model is asked."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @property
    def _explorer(self) -> Explorer:
        parts, access = self._platform.parts, self._platform.access
        if access == Access.everything:
            return parts.knowing.explorer
        return parts.retrieval.graphs.explorer(access)

    @property
    def _themes(self) -> Themes:
        self._platform.require_everything("communities")
        return self._platform.parts.knowing.themes

    def __getitem__(self, name: str) -> Entity:
        """Look an entity up by any of its names."""
        return self.entity(name)

    def entity(self, name: str, *, as_of: str | int | None = None) -> Entity:
        """Answer an entity by any of its names, as it is or as it was."""
        return self._explorer.store.entity(name, at=self._platform.moment(as_of))

    def search(self, text: str, *, limit: int = 20) -> Sequence[Entity]:
        """List entities with a name that contains a text."""
        return self._explorer.store.search(text, limit=checked(limit))

    def relations(
        self,
        name: str,
        *,
        as_of: str | int | None = None,
        predicates: Collection[str] = (),
        limit: int = 100,
    ) -> Sequence[Relation]:
        """List what passages state of an entity, the surest first, with every proof."""
        at = self._platform.moment(as_of)
        return self._explorer.store.relations(
            name, at=at, predicates=predicates, limit=checked(limit)
        )

    def neighbours(self, name: str, *, limit: int = 20) -> Sequence[Companion]:
        """List what is named together with an entity, beyond chance."""
        return self._explorer.companions(name, most=checked(limit))

    def passages(
        self, name: str, *, as_of: str | int | None = None, limit: int = 20
    ) -> Sequence[Chunk]:
        """List passages that name an entity."""
        at = self._platform.moment(as_of)
        return self.chunks(self._explorer.store.passages(name, at=at, limit=checked(limit)))

    def related(self, *names: str, limit: int = 20) -> Sequence[Ranked]:
        """Rank entities by personalised PageRank from some of them."""
        return self._explorer.related_entities(names, most=checked(limit))

    def related_passages(self, *names: str, limit: int = 20) -> Sequence[tuple[Chunk, float]]:
        """Rank passages by personalised PageRank from entities."""
        found = self._explorer.related(names, most=checked(limit), kind=NodeKind.CHUNK)
        scores = {ChunkId(int(chunk)): score for chunk, score in found}
        return [(chunk, scores[chunk.id]) for chunk in self.chunks(list(scores))]

    def paths(
        self, first: str, second: str, *, limit: int = 5, longest: int = 4, every: bool = False
    ) -> Sequence[Route]:
        """Show how two entities are connected: the shortest paths, or all simple ones."""
        return self._explorer.paths(
            first, second, most=checked(limit), longest=longest, every=every
        )

    def central(self, measure: str = "pagerank", *, limit: int = 20) -> Sequence[Ranked]:
        """Rank all entities by passages, degree, pagerank, betweenness or core."""
        return self._explorer.central(measure_of(measure), most=checked(limit))

    def communities(self, *, level: int = 0, limit: int = 50) -> Sequence[Community]:
        """List communities, the largest first; level 0 is the coarsest."""
        return self._themes.find(level=level, most=checked(limit))

    def community(self, number: int) -> Community:
        """Answer a community with its summary."""
        return self._themes.get(number)

    def around(self, *names: str, hops: int = 1, limit: int = 50) -> GraphView:
        """Take what lies around entities, to look at it or to go on with networkx."""
        part = self._explorer.subgraph(names, hops=hops, most=checked(limit))
        return GraphView(part, [self.entity(name).id for name in names])

    def to_networkx(self) -> nx.MultiGraph[str]:
        """Make a networkx graph of all entities and what connects them."""
        return GraphView(self._explorer.whole()).to_networkx()

    def export(self, path: str | Path, *, format: str | None = None) -> Mapping[str, int]:  # noqa: A002 - the usual word
        """Write the whole graph to a file (GraphML or JSON), or a folder (Parquet).

        Returns:
            How many nodes and edges were written.
        """
        whole = export_of(self._explorer.whole())
        write_graph(whole, Path(path), format)
        return {"nodes": len(whole.nodes), "edges": len(whole.edges)}

    def load(self, path: str | Path, *, actor: str = "user") -> Result:
        """Take in the edges of a GraphML or JSON file, as a document that proves them."""
        self._platform.require_everything("taking a graph in")
        self._platform.require_ownership()
        file = Path(path)
        draft = draft_of(file.stem, read_graph(file))
        result = self._platform.parts.knowledge.add(GRAPHS, [draft], actor=actor)[0]
        self._platform.settle()
        return result

    def rebuild(self) -> int:
        """Read all passages again, as the extractor reads now; answers how many."""
        self._platform.require_everything("reading all passages again")
        self._platform.require_ownership()
        return self._platform.parts.knowledge.reread()

    def labels(self, ids: Iterable[str]) -> Mapping[str, str]:
        """Answer what entities are called now."""
        return self._explorer.labels(EntityId(each) for each in ids)

    def spellings(self, skeletons: Iterable[str]) -> Mapping[str, str]:
        """Answer how names are written mostly, by the skeletons that links have of them."""
        return self._explorer.spellings(skeletons)

    def chunks(self, ids: Sequence[ChunkId]) -> Sequence[Chunk]:
        """Read the passages that proofs, steps and communities cite."""
        found = self._platform.parts.reader.chunks(ids)
        needed = {(each.document_id, _since(each)) for each in found.values()}
        known = {each for each in needed if self._platform.knows(*each)}
        passages = [found[chunk] for chunk in ids if chunk in found]
        return [each for each in passages if (each.document_id, _since(each)) in known]

    def _repr_html_(self) -> str:
        rows: list[dict[str, Any]] = [
            {"entity": each.label, "kind": each.kind, "passages": int(each.score)}
            for each in self.central("passages", limit=20)
        ]
        return table(rows, caption="what most passages speak of")


def _since(chunk: Chunk) -> int:
    """Tell since when labels decide who sees a passage: of an old one, since it held last."""
    return FOREVER if chunk.valid_to == FOREVER else chunk.valid_to - 1


def measure_of(name: str) -> Measure:
    """Read the name of a measure.

    Raises:
        InvalidInput: there is none of this name.
    """
    try:
        return Measure(name)
    except ValueError:
        known = ", ".join(measure.value for measure in Measure)
        raise InvalidInput(f"{name[:80]!r} is no measure of centrality: {known}") from None
