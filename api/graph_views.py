"""How parts of the graph look in a notebook: pictures that work offline, tables, networkx."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from api.views import table
from foundation.errors import Unavailable
from knowledge.graph.answers import Subgraph
from knowledge.graph.exchange import ExportEdge, ExportNode, GraphExport, to_networkx
from knowledge.graph.model import EntityId

if TYPE_CHECKING:
    import networkx as nx

    from api.graph_pictures import Picture


class GraphView:
    """A part of the graph; its last expression in a notebook cell is a table, `plot` a picture."""

    def __init__(self, subgraph: Subgraph, centre: Collection[EntityId] = ()) -> None:
        """Take what is to be shown, and which of its entities it is about."""
        self.subgraph = subgraph
        self._centre = frozenset(centre)

    def __len__(self) -> int:
        """Count the entities."""
        return len(self.subgraph.entities)

    def to_networkx(self) -> nx.MultiGraph[str]:
        """Make a networkx graph; nodes have labels and kinds, edges weights and proofs."""
        return to_networkx(export_of(self.subgraph))

    def plot(self, *, width: float = 10.0, height: float = 6.0, seed: int = 0) -> Picture:
        """Draw it: larger nodes stand in more passages, wider lines in more of both.

        Arrows are what passages state. Japanese names are drawn where there is a Japanese font,
        else in Latin letters.

        Args:
            width, height: inches.
            seed: of the layout, where the graph is large.

        Raises:
            Unavailable: matplotlib is not installed.
        """
        try:
            from api.graph_pictures import draw
        except ImportError as error:
            raise Unavailable("plots need matplotlib: pip install -e '.[notebook]'") from error
        return draw(self.subgraph, self._centre, width=width, height=height, seed=seed)

    def _repr_html_(self) -> str:
        labels = {entity.id: entity.label for entity in self.subgraph.entities}
        edges = sorted(self.subgraph.edges, key=lambda edge: -edge.weight)
        rows = [
            {
                "entity": labels[edge.source],
                "relation": edge.predicate,
                "other entity": labels[edge.target],
                "passages": int(edge.weight),
            }
            for edge in edges[:25]
        ]
        more = "" if self.subgraph.complete else ", of more"
        return table(rows, caption=f"{len(self)} entities{more}, {len(edges)} edges")


def export_of(subgraph: Subgraph) -> GraphExport:
    """Put a part of the graph into the form of exchange."""
    return GraphExport(
        nodes=[
            ExportNode(entity.id, entity.label, entity.kind, {"passages": int(entity.score)})
            for entity in subgraph.entities
        ],
        edges=[
            ExportEdge(
                edge.source,
                edge.target,
                edge.predicate,
                edge.weight,
                tuple(edge.proofs),
            )
            for edge in subgraph.edges
        ],
    )
