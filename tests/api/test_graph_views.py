"""Pictures of the graph can be read, whatever the names and the fonts are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from api import KnowledgeBase
from api.graph_labels import Letters
from api.graph_pictures import draw
from api.graph_views import GraphView
from knowledge.graph.answers import Edge, Ranked, Subgraph
from knowledge.graph.model import CO_OCCURS, EntityId

LATIN_ONLY = Letters(["DejaVu Sans"], japanese=False)


def entity(name: str, kind: str = "name", score: float = 1.0) -> Ranked:
    return Ranked(EntityId(name.casefold()), name, kind, score)


def edge(one: str, other: str, predicate: str = CO_OCCURS) -> Edge:
    return Edge(EntityId(one.casefold()), EntityId(other.casefold()), predicate, 1.0, [])


def star(names: Sequence[str]) -> Subgraph:
    """The first is connected with all others, and these in a ring."""
    hub, *rest = names
    ring = zip(rest, [*rest[1:], rest[0]], strict=True)
    edges = [edge(hub, name) for name in rest] + [edge(one, other) for one, other in ring]
    return Subgraph([entity(hub, score=9.0), *(entity(name) for name in rest)], edges)


def written(figure: Figure) -> list[Text]:
    return list(figure.axes[0].texts)


def names(figure: Figure) -> list[str]:
    return [text.get_text() for text in written(figure) if text.get_text()]


@pytest.mark.parametrize("number", [2, 8, 30])
def test_no_name_covers_another(number: int) -> None:
    figure = GraphView(star([f"Harbour number {n}" for n in range(number)])).plot()
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    boxes = [text.get_window_extent(canvas.get_renderer()) for text in written(figure)]  # type: ignore[no-untyped-call] # it has no types
    assert len(boxes) == number
    assert not [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])]
    width, height = figure.get_size_inches() * figure.dpi
    assert all(b.x0 >= 0 and b.y0 >= 0 and b.x1 <= width and b.y1 <= height for b in boxes)


def test_a_notebook_shows_the_picture_without_pyplot() -> None:
    picture = GraphView(star(["Ledger", "Bank", "Desk"])).plot()
    assert picture._repr_png_().startswith(b"\x89PNG")


def test_where_no_japanese_font_is_japanese_names_are_in_latin_letters_and_it_says_so() -> None:
    figure = draw(star(["時刻表", "サーバー", "Kamome"]), letters=LATIN_ONLY)
    figure._repr_png_()  # a glyph that no font has would be a warning, which is an error
    assert set(names(figure)) == {"jikokuhyou", "saabaa", "Kamome"}
    assert "Japanese" in figure.texts[0].get_text()


def test_names_that_look_like_markup_or_that_no_font_has_are_drawn_all_the_same() -> None:
    figure = GraphView(star(["$HOME and $PATH", "\U0001f9ed compass", "x\ny"])).plot()
    figure._repr_png_()
    assert set(names(figure)) == {"$HOME and $PATH", "? compass", "x y"}


@pytest.mark.parametrize(
    "part",
    [
        Subgraph([], []),
        Subgraph([entity("Alone")], []),
        Subgraph([entity("One"), entity("Other"), entity("Third")], [edge("One", "Other")]),
    ],
    ids=["nothing", "one entity", "two components"],
)
def test_small_and_divided_graphs_are_drawn(part: Subgraph) -> None:
    assert names(GraphView(part).plot()) == [each.label for each in part.entities]


def test_what_it_is_about_is_bold_and_what_is_stated_has_its_name() -> None:
    part = Subgraph([entity("Gate"), entity("Bank")], [edge("Gate", "Bank", "depends on")])
    texts = [t for t in written(GraphView(part, [EntityId("gate")]).plot()) if t.get_text()]
    weights = {text.get_text(): text.get_fontweight() for text in texts}
    assert weights == {"Gate": "bold", "Bank": "normal", "depends on": "normal"}


def test_what_passages_state_is_among_the_edges_with_its_proof(base: KnowledgeBase) -> None:
    text = "The Payment Gateway (PG) charges cards. PG depends on Ledger. Ledger is old."
    base.add(text, source_id="a", title="Payments")
    base.wait()
    (stated,) = [
        (data["predicate"], base.graph.chunks(data["proofs"])[0].text)
        for graph in (base.graph.around("Payment Gateway").to_networkx(),)
        for _, _, data in graph.edges(data=True)
        if data["predicate"] != CO_OCCURS
    ]
    assert stated == ("depends on", text)
    whole = base.graph.to_networkx()
    ends = {(u, v) for u, v, data in whole.edges(data=True) if data["predicate"] == "depends on"}
    assert ends == {(base.graph["PG"].id, base.graph["Ledger"].id)}
