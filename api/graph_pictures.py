"""Draws a part of the graph so that every name can be read: offline, in English and Japanese."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from io import BytesIO
from typing import Final

import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from api.graph_labels import Label, Letters, known_letters, write_labels
from knowledge.graph.answers import Ranked, Subgraph
from knowledge.graph.model import CO_OCCURS

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

_ROOM: Final = 0.8
"""Share of its part of the picture that a component fills, where there are several."""

Box = tuple[float, float, float, float]
"""Left, bottom, right and top."""

Places = Mapping[str, tuple[float, float]]
Areas = Mapping[str, float]


class Picture(Figure):
    """A figure that a notebook shows whether or not pyplot was imported."""

    def _repr_png_(self) -> bytes:
        file = BytesIO()
        self.savefig(file, format="png")
        return file.getvalue()


def draw(
    subgraph: Subgraph,
    centre: Collection[str] = (),
    *,
    width: float = 10.0,
    height: float = 6.0,
    seed: int = 0,
    letters: Letters | None = None,
) -> Picture:
    """Draw entities and what connects them.

    Larger nodes stand in more passages, wider lines in more of both ends' passages; arrows are
    what passages state. Labels give way to each other.

    Args:
        subgraph: what to draw.
        centre: ids of the entities that it is about; their names are bold.
        width, height: inches.
        seed: of the layout of large graphs.
        letters: how names can be written; by default with the fonts of this machine.
    """
    letters = letters or known_letters()
    figure = Picture(figsize=(width, height))
    renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call] # it has no types
    axes = figure.add_axes((0, 0.02, 1, 0.92))
    axes.set_axis_off()
    axes.set(xlim=(-1.2, 1.2), ylim=(-1.12, 1.12))
    places = _layout(subgraph, seed, (width, height))
    centre = centre if len(centre) < len(places) else ()
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


def _layout(subgraph: Subgraph, seed: int, shape: tuple[float, float]) -> Places:
    """Place nodes from -1 to 1: each component in a part of the picture, by its distances."""
    graph = nx.Graph()
    graph.add_nodes_from(sorted(entity.id for entity in subgraph.entities))
    graph.add_edges_from(sorted((edge.source, edge.target) for edge in subgraph.edges))
    parts = sorted(nx.connected_components(graph), key=lambda part: (-len(part), min(part)))
    places: dict[str, tuple[float, float]] = {}
    for part, (left, bottom, right, top) in zip(
        parts, _divided([len(part) ** 0.75 for part in parts], (-1, -1, 1, 1), shape), strict=True
    ):
        room = 1.0 if len(parts) == 1 else _ROOM
        middle = np.array([left + right, bottom + top]) / 2
        half = np.array([right - left, top - bottom]) / 2 * room
        for node, point in zip(sorted(part), _points(graph, sorted(part), seed), strict=True):
            x, y = middle + half * point
            places[node] = float(x), float(y)
    return places


def _divided(weights: Sequence[float], box: Box, shape: tuple[float, float]) -> list[Box]:
    """Divide a box by weights, always across its longer side."""
    if len(weights) < 2:
        return [box] * len(weights)
    left, bottom, right, top = box
    half = min(range(1, len(weights)), key=lambda n: abs(sum(weights[:n]) - sum(weights[n:])))
    share = sum(weights[:half]) / sum(weights)
    if (right - left) * shape[0] >= (top - bottom) * shape[1]:
        cut = left + share * (right - left)
        boxes = (left, bottom, cut, top), (cut, bottom, right, top)
    else:
        cut = top - share * (top - bottom)
        boxes = (left, cut, right, top), (left, bottom, right, cut)
    return _divided(weights[:half], boxes[0], shape) + _divided(weights[half:], boxes[1], shape)


def _points(graph: nx.Graph[str], part: Sequence[str], seed: int) -> NDArray[np.float64]:
    """Place a component in a square from -1 to 1; shape (nodes, 2)."""
    own = nx.Graph(graph.subgraph(part))
    if len(part) <= _MOST_BY_DISTANCE:
        found = nx.kamada_kawai_layout(own, pos=nx.circular_layout(sorted(part)))
    else:
        found = nx.spring_layout(own, seed=seed, k=2.5 / len(part) ** 0.5, iterations=150)
    return _stretched(np.array([found[node] for node in part]))


def _stretched(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn the longer side to the horizontal and fill the square; shape (nodes, 2)."""
    centred = points - points.mean(axis=0)
    if len(points) > 1:
        centred = centred @ np.linalg.svd(centred, full_matrices=False)[2].T
    low, high = centred.min(axis=0), centred.max(axis=0)
    reach = high - low
    filled: NDArray[np.float64] = np.where(
        reach > 1e-9, 2 * (centred - low) / np.where(reach > 1e-9, reach, 1.0) - 1, 0.0
    )
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
