"""How parts of the graph look in a notebook: pictures that work offline, tables, networkx."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final

from api.views import table
from foundation.errors import Unavailable
from knowledge.graph.answers import Subgraph
from knowledge.graph.exchange import ExportEdge, ExportNode, GraphExport, to_networkx

if TYPE_CHECKING:
    import networkx as nx
    from matplotlib.figure import Figure

_COLOURS: Final = {
    "name": "#4c78a8",
    "person": "#4c78a8",
    "organisation": "#72b7b2",
    "place": "#54a24b",
    "term": "#eeca3b",
    "acronym": "#b279a2",
    "code": "#9d755d",
}
_OTHER: Final = "#bab0ac"
_JAPANESE_FONTS: Final = ["Noto Sans CJK JP", "IPAexGothic", "IPAGothic", "TakaoGothic"]


class GraphView:
    """A part of the graph; its last expression in a notebook cell is a table, `plot` a picture."""

    def __init__(self, subgraph: Subgraph, centre: Collection[str] = ()) -> None:
        self.subgraph = subgraph
        self._centre = frozenset(name.casefold() for name in centre)

    def __len__(self) -> int:
        """Count the entities."""
        return len(self.subgraph.entities)

    def to_networkx(self) -> nx.MultiGraph[str]:
        """Make a networkx graph; nodes have labels and kinds, edges weights and proofs."""
        return to_networkx(export_of(self.subgraph))

    def plot(self, *, width: float = 9.0, height: float = 6.0, seed: int = 0) -> Figure:
        """Draw it: larger nodes stand in more passages, wider edges in more of both.

        Raises:
            Unavailable: matplotlib is not installed.
        """
        try:
            from matplotlib.figure import Figure
        except ImportError as error:
            raise Unavailable("plots need matplotlib: pip install -e '.[notebook]'") from error
        import networkx as nx

        graph = nx.Graph(self.to_networkx())
        places = nx.spring_layout(
            graph, seed=seed, k=1.8 / max(1, len(graph)) ** 0.5, iterations=80
        )
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.add_subplot()
        axes.set_axis_off()
        shown = {entity.id: entity for entity in self.subgraph.entities}
        heaviest = max((edge.weight for edge in self.subgraph.edges), default=1.0)
        nx.draw_networkx_edges(
            graph,
            places,
            ax=axes,
            edge_color="#cccccc",
            width=[0.5 + 3 * d["weight"] / heaviest for _, _, d in graph.edges(data=True)],
        )
        nx.draw_networkx_nodes(
            graph,
            places,
            ax=axes,
            node_size=[80 + 60 * shown[node].score ** 0.5 for node in graph],
            node_color=[_COLOURS.get(shown[node].kind, _OTHER) for node in graph],
            edgecolors=["black" if self._is_centre(shown[n].label) else "white" for n in graph],
        )
        self._write_labels(axes, places, shown)
        return figure

    def _write_labels(self, axes: Any, places: Any, shown: Any) -> None:  # noqa: ANN401 - matplotlib's
        from matplotlib import font_manager

        known = {font.name for font in font_manager.fontManager.ttflist}
        families = [name for name in _JAPANESE_FONTS if name in known]
        for node, (x, y) in places.items():
            axes.annotate(
                shown[node].label,
                (x, y),
                xytext=(0, 7),
                textcoords="offset points",
                ha="center",
                fontsize=8,
                fontweight="bold" if self._is_centre(shown[node].label) else "normal",
                fontfamily=["DejaVu Sans", *families],
            )

    def _is_centre(self, label: str) -> bool:
        return label.casefold() in self._centre

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
