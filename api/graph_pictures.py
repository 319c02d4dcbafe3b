"""Draws a part of the graph so that every name can be read: offline, in English and Japanese."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from api.graph_labels import Label, Letters, known_letters, write_labels
from foundation.errors import Unavailable
from knowledge.graph.answers import Ranked, Subgraph
from knowledge.graph.model import CO_OCCURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLOURS: Final = {
    "name": "#0072b2",
    "person": "#cc79a7",
    "organisation": "#009e73",
    "place": "#d55e00",
    "term": "#e69f00",
    "acronym": "#56b4e9",
    "code": "#555555",
}
"""Colours that people with any colour vision tell apart (Okabe and Ito)."""

_OTHER: Final = "#b5b5b5"
_STATED: Final = "#333333"
_NO_FONT: Final = "Japanese names in Latin letters: there is no Japanese font here"
_MOST_BY_DISTANCE: Final = 150
"""Nodes that are placed by their distances in the graph; of more it takes too long."""

Places = Mapping[str, tuple[float, float]]
Areas = Mapping[str, float]


def draw(
    subgraph: Subgraph, centre: Collection[str], *, width: float, height: float, seed: int
) -> Figure:
    """Draw entities and what connects them.

    Larger nodes stand in more passages, wider lines in more of both ends' passages; arrows are
    what passages state. Labels give way to each other.

    Args:
        subgraph: what to draw.
        centre: ids of the entities that it is about; their names are bold.
        width, height: inches.
        seed: of the layout of large graphs.

    Raises:
        Unavailable: matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise Unavailable("plots need matplotlib: pip install -e '.[notebook]'") from error

    letters = known_letters()
    figure = Figure(figsize=(width, height))
    renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call] # it has no types
    axes = figure.add_axes((0, 0.02, 1, 0.92))
    axes.set_axis_off()
    axes.set(xlim=(-1.2, 1.2), ylim=(-1.12, 1.12))
    places = _layout(subgraph, seed)
    areas = _areas(subgraph.entities)
    _draw_edges(axes, subgraph, places, areas)
    _draw_nodes(axes, subgraph.entities, places, areas, centre)
    labels = _labels(subgraph, places, areas, centre, letters)
    write_labels(axes, renderer, labels, letters.families)
    _explain(figure, subgraph, letters)
    return figure


def _areas(entities: Sequence[Ranked]) -> Areas:
    """Answer the area of each node, in square points."""
    most = max((entity.score for entity in entities), default=1.0) or 1.0
    return {entity.id: 60 + 340 * entity.score / most for entity in entities}


def _labels(
    subgraph: Subgraph, places: Places, areas: Areas, centre: Collection[str], letters: Letters
) -> Iterator[Label]:
    """Say what is written where, the most important first."""
    ordered = sorted(subgraph.entities, key=lambda e: (e.id not in centre, -e.score, e.id))
    for entity in ordered:
        radius = areas[entity.id] ** 0.5 / 2
        yield Label(
            letters.write(entity.label), places[entity.id], radius, bold=entity.id in centre
        )
    for edge in subgraph.edges:
        if edge.predicate != CO_OCCURS:
            start, end = places[edge.source], places[edge.target]
            yield Label(letters.write(edge.predicate), start, toward=end)


def _layout(subgraph: Subgraph, seed: int) -> Places:
    """Place nodes in a square from -1 to 1: by distances in the graph, each component apart."""
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(sorted(entity.id for entity in subgraph.entities))
    graph.add_edges_from(sorted((edge.source, edge.target) for edge in subgraph.edges))
    if not graph:
        return {}
    if len(graph) <= _MOST_BY_DISTANCE and nx.is_connected(graph):
        found = nx.kamada_kawai_layout(graph)
    else:
        found = nx.spring_layout(graph, seed=seed, k=2.5 / len(graph) ** 0.5, iterations=150)
    points = _stretched(np.array([found[node] for node in graph]))
    return {node: (float(x), float(y)) for node, (x, y) in zip(graph, points, strict=True)}


def _stretched(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn the longer side to the horizontal and fill the square; shape (nodes, 2)."""
    centred = points - points.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    if len(axes) == 2:
        centred = centred @ axes.T
    half = np.abs(centred).max(axis=0)
    filled: NDArray[np.float64] = centred / np.where(half > 1e-9, half, 1.0)
    return filled


def _draw_edges(axes: Axes, subgraph: Subgraph, places: Places, areas: Areas) -> None:
    """Draw a line for each pair that is named together, or an arrow for what is stated of it."""
    stated = [edge for edge in subgraph.edges if edge.predicate != CO_OCCURS]
    told = {frozenset((edge.source, edge.target)) for edge in stated}
    near = [edge for edge in subgraph.edges if edge.predicate == CO_OCCURS]
    heaviest = max((edge.weight for edge in near), default=1.0)
    for edge in near:
        if frozenset((edge.source, edge.target)) not in told:
            share = edge.weight / heaviest
            axes.plot(
                *zip(places[edge.source], places[edge.target], strict=True),
                color="#8c8c8c",
                alpha=0.3 + 0.4 * share,
                linewidth=0.6 + 2.4 * share,
                zorder=1,
            )
    for edge in stated:
        axes.annotate(
            "",
            places[edge.target],
            places[edge.source],
            arrowprops={
                "arrowstyle": "-|>",
                "color": _STATED,
                "linewidth": 1.0,
                "shrinkA": areas[edge.source] ** 0.5 / 2,
                "shrinkB": areas[edge.target] ** 0.5 / 2 + 1,
            },
            zorder=2,
        )


def _draw_nodes(
    axes: Axes, entities: Sequence[Ranked], places: Places, areas: Areas, centre: Collection[str]
) -> None:
    for entity in entities:
        axes.scatter(
            *places[entity.id],
            s=areas[entity.id],
            color=_COLOURS.get(entity.kind, _OTHER),
            edgecolors="black" if entity.id in centre else "white",
            linewidths=1.6 if entity.id in centre else 0.8,
            zorder=3,
        )


def _explain(figure: Figure, subgraph: Subgraph, letters: Letters) -> None:
    """Write which colour is which kind, and what can't be seen."""
    from matplotlib.lines import Line2D

    kinds = sorted(
        {entity.kind if entity.kind in _COLOURS else "other" for entity in subgraph.entities}
    )
    dots = [
        Line2D(
            [],
            [],
            marker="o",
            linestyle="",
            markersize=7,
            color=_COLOURS.get(kind, _OTHER),
            label=kind,
        )
        for kind in sorted(kinds, key=lambda kind: (kind == "other", kind))
    ]
    figure.legend(
        handles=dots,
        loc="upper left",
        ncols=len(dots) or 1,
        frameon=False,
        fontsize=9,
        handletextpad=0.1,
        columnspacing=1.2,
    )
    notes = [] if subgraph.complete else ["the strongest neighbours only"]
    if any(letters.replaced(entity.label) for entity in subgraph.entities):
        notes.append(_NO_FONT)
    figure.text(0.99, 0.01, "; ".join(notes), ha="right", va="bottom", fontsize=7, color="#666666")
