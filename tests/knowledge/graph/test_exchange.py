from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import InvalidInput, NotFound, Unavailable
from knowledge.graph.exchange import (
    ExportEdge,
    ExportNode,
    GraphExport,
    from_graphml,
    from_json,
    from_networkx,
    read_edges,
    read_parquet,
    to_graphml,
    to_json,
    to_networkx,
    write_parquet,
)
from knowledge.graph.parquet import EDGES, NODES

TEXT = st.text() | st.sampled_from(["", " ", "\r\n", "\x00\x1b", "_x0001_", "_x0041\x01", "名前"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)  # fmt: skip
SEQS = st.none() | st.integers(0, 2**63 - 1)


@st.composite
def exports(draw: st.DrawFn) -> GraphExport:
    ids = draw(st.lists(TEXT, unique=True, max_size=4))
    nodes = [
        ExportNode(i, draw(TEXT), draw(TEXT), draw(st.dictionaries(TEXT, VALUES, max_size=2)))
        for i in ids
    ]
    ends = st.sampled_from(ids) if ids else st.nothing()
    edge = st.builds(
        ExportEdge, ends, ends, TEXT, st.floats(allow_nan=False, allow_infinity=False),
        st.lists(st.integers(0, 2**63 - 1), max_size=3).map(tuple), SEQS, SEQS,
    )  # fmt: skip
    return GraphExport(nodes, draw(st.lists(edge, max_size=5)) if ids else [])


def same(one: GraphExport, other: GraphExport) -> bool:
    """Compare but for the order of edges, which networkx sorts by their sources."""
    return list(one.nodes) == list(other.nodes) and sorted(map(repr, one.edges)) == sorted(
        map(repr, other.edges)
    )


@settings(deadline=None)
@given(exports())
def test_a_graph_comes_back_from_networkx(export: GraphExport) -> None:
    graph = to_networkx(export)
    assert isinstance(graph, nx.MultiDiGraph)
    assert graph.number_of_edges() == len(export.edges)
    assert same(from_networkx(graph), export)


@settings(deadline=None)
@given(exports())
def test_a_graph_comes_back_from_json_and_networkx_reads_it_too(export: GraphExport) -> None:
    text = to_json(export)
    assert from_json(text) == export
    theirs = nx.node_link_graph(json.loads(text), edges="edges")
    assert isinstance(theirs, nx.MultiDiGraph)
    assert same(from_networkx(theirs), export)


@settings(deadline=None)
@given(exports())
def test_a_graph_comes_back_from_graphml(export: GraphExport) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "graph.graphml")
        path.write_text(to_graphml(export), encoding="utf-8")
        assert same(read_edges(path), export)


@settings(deadline=None)
@given(exports())
def test_a_graph_comes_back_from_parquet(export: GraphExport) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "made", "here")
        assert write_parquet(export, made) == (made / NODES, made / EDGES)
        assert read_parquet(made) == export


def test_networkx_reads_our_graphml(tmp_path: Path) -> None:
    export = GraphExport(
        [ExportNode("a", "Vue", "product", {"since": 2014}), ExportNode("b", "ビュー")],
        [ExportEdge("a", "b", "also known as", 2.5, (7, 9), 1), ExportEdge("a", "b", "cites")],
    )
    (tmp_path / "graph.graphml").write_text(to_graphml(export), encoding="utf-8")
    graph = nx.read_graphml(tmp_path / "graph.graphml")
    assert graph.nodes["a"] == {"label": "Vue", "kind": "product", "attributes": '{"since": 2014}'}
    assert graph.nodes["b"]["label"] == "ビュー"
    assert graph.get_edge_data("a", "b")[0] == {
        "predicate": "also known as", "weight": 2.5, "proofs": "[7, 9]", "valid_from": 1,
    }  # fmt: skip


GRAPHML = """<?xml version="1.0"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <key id="k1" for="node" attr.name="population" attr.type="long"/>
  <key id="k2" for="node" attr.name="coast" attr.type="boolean"/>
  <key id="k3" for="edge" attr.name="weight" attr.type="double"/>
  <key id="k4" for="node" yfiles.type="nodegraphics"/>
  <graph edgedefault="undirected">
    <node id="kobe"><data key="k1">1500000</data><data key="k2">TRUE</data>
      <data key="k4"><drawing xmlns="urn:x">round</drawing></data></node>
    <edge source="kobe" target="osaka" id="e"><data key="k3">31</data></edge>
    <edge source="kobe" target="osaka" id="e"/>
  </graph>
</graphml>
"""


def test_graphml_of_others_is_read_with_their_fields_as_attributes() -> None:
    found = from_graphml(GRAPHML.encode())
    kobe, osaka = found.nodes
    assert kobe == ExportNode("kobe", "kobe", "", {"population": 1500000, "coast": True})
    assert osaka == ExportNode("osaka", "osaka")
    assert [edge.weight for edge in found.edges] == [31.0, 1.0]
    assert [edge.predicate for edge in found.edges] == ["related to"] * 2


def test_a_list_of_edges_and_older_node_link_json_are_read() -> None:
    found = from_json('[{"source": "A", "target": 7, "predicate": "part of", "weight": 2}]')
    assert [node.id for node in found.nodes] == ["A", "7"]
    assert found.edges == [ExportEdge("A", "7", "part of", 2.0)]
    older = from_json('{"nodes": [{"id": 1, "size": 3}], "links": [{"source": 1, "target": 1}]}')
    assert older == GraphExport([ExportNode("1", "1", "", {"size": 3})], [ExportEdge("1", "1")])


BOMB = '<!DOCTYPE g [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><graphml>&b;</graphml>'
OUTSIDE = '<!DOCTYPE g [<!ENTITY a SYSTEM "file:///etc/hostname">]><graphml>&a;</graphml>'


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("g.graphml", BOMB, "g.graphml has a DOCTYPE or entities: take these out"),
        ("g.xml", OUTSIDE, "has a DOCTYPE"),
        ("g.graphml", "<graphml><node", "cannot be read as XML"),
        ("g.graphml", "", "cannot be read as XML"),
        ("g.graphml", "<html/>", "no GraphML: its outermost element is 'html'"),
        ("g.graphml", "<graphml><graph><node/></graph></graphml>", "no sound GraphML"),
        ("g.graphml", "<graphml><edge source='a'/></graphml>", "no sound GraphML"),
        ("g.graphml", GRAPHML.replace(">31<", ">heavy<"), "no sound GraphML"),
        ("g.graphml", GRAPHML.replace(">31<", ">NaN<"), r"edges\[0\]\[weight\]"),
        ("g.graphml", GRAPHML.replace(">1500000<", f">{'9' * 5000}<"), "too long for a number"),
        ("g.graphml", GRAPHML.replace('key="k3"', 'key="k9"'), "k9"),
        ("g.json", "{", "g.json cannot be read as JSON"),
        ("g.json", "[" * 100_000, "nested too deeply"),
        ("g.json", '{"nodes": []}', "no graph: it must be node-link JSON"),
        ("g.json", "3", "no graph"),
        ("g.json", '[{"source": "A"}]', r"edges\[0\]\[target\]: Field required"),
        ("g.json", '[{"source": "A", "target": null}]', r"edges\[0\]\[target\]"),
        ("g.json", '[{"source": "A", "target": "B", "weight": NaN}]', "NaN is no number"),
        ("g.json", '[{"source": "A", "target": "B", "weight": 1e999}]', "1e999 is no number"),
        ("g.json", '[{"source": "A", "target": "B", "weight": "x"}]', "weight"),
        ("g.json", '{"nodes": [{"id": "A"}, {"id": "A"}], "edges": []}', "two nodes have the id"),
        ("g.json", '{"nodes": 3, "edges": []}', "nodes: Input should be a valid list"),
        ("g.csv", "a,b", "comes as .graphml, .xml or .json"),
    ],
)
def test_broken_and_hostile_files_are_refused_with_a_reason(
    tmp_path: Path, name: str, content: str, reason: str
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(InvalidInput, match=reason):
        read_edges(tmp_path / name)


def test_files_that_are_missing_too_large_or_not_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no file"):
        read_edges(tmp_path / "none.json")
    (tmp_path / "large.json").write_text("[]" + " " * 100)
    with pytest.raises(InvalidInput, match="102 bytes, more than the 100 allowed"):
        read_edges(tmp_path / "large.json", most_bytes=100)
    (tmp_path / "latin.json").write_bytes(b'["\xe9"]')
    with pytest.raises(InvalidInput, match="not UTF-8"):
        read_edges(tmp_path / "latin.json")


def test_elements_nested_a_hundred_thousand_deep_do_no_harm() -> None:
    deep = "<graphml>" + "<node id='a'>" * 100_000 + "</node>" * 100_000 + "</graphml>"
    assert [node.id for node in from_graphml(deep.encode()).nodes] == ["a"]


@pytest.mark.parametrize(
    ("nodes", "edges", "reason"),
    [
        ([ExportNode("a", ""), ExportNode("a", "")], [], "two nodes have the id 'a'"),
        ([ExportNode("a", "")], [ExportEdge("a", "b")], "ends at what is no node"),
        ([ExportNode("a", "")], [ExportEdge("a", "a", weight=float("inf"))], "must be finite"),
    ],
)
def test_a_graph_must_hold_together(
    nodes: list[ExportNode], edges: list[ExportEdge], reason: str
) -> None:
    with pytest.raises(InvalidInput, match=reason):
        GraphExport(nodes, edges)


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, object()])
def test_attributes_that_are_no_json_are_refused(tmp_path: Path, value: Any) -> None:
    export = GraphExport([ExportNode("a", "", "", {"x": value})], [])
    with pytest.raises(InvalidInput, match="attributes must be JSON"):
        to_json(export)
    with pytest.raises(InvalidInput, match="attributes must be JSON"):
        to_graphml(export)
    with pytest.raises(InvalidInput, match="attributes must be JSON"):
        write_parquet(export, tmp_path)


def test_parquet_without_pyarrow_names_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(Unavailable, match=r"pip install -e '\.\[parquet\]'"):
        write_parquet(GraphExport([], []), tmp_path)


def test_parquet_that_is_missing_or_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"nodes\.parquet"):
        read_parquet(tmp_path)
    write_parquet(GraphExport([], []), tmp_path)
    (tmp_path / EDGES).write_bytes(b"PAR1 and no more")
    with pytest.raises(InvalidInput, match=r"edges\.parquet cannot be read as Parquet"):
        read_parquet(tmp_path)
    write_parquet(GraphExport([ExportNode("a", "")], []), tmp_path)
    (tmp_path / EDGES).write_bytes((tmp_path / NODES).read_bytes())
    with pytest.raises(InvalidInput, match="holds other tables"):
        read_parquet(tmp_path)
