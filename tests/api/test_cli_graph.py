"""`elders graph …`: what a person and a program see, and what is said of wrong input."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import networkx as nx
import pytest

from tests.api.doors import Elders, command
from tests.api.teaching import opened, tell


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("told")
    with opened(home) as base:
        tell(base)
    return home


@pytest.fixture
def graph(told: Path, home: Path, elders: Elders) -> Elders:
    """Run commands on a copy of the home that was told."""
    shutil.copytree(told, home)
    return lambda *arguments: elders("graph", *arguments)


def services(folder: Path) -> Path:
    """Write a graph in node-link form."""
    file = folder / "services.json"
    nodes = [{"id": "a", "label": "Alpha service"}, {"id": "b", "label": "請求サービス"}]
    edges = [{"source": "a", "target": "b", "predicate": "depends on"}]
    file.write_text(json.dumps({"nodes": nodes, "edges": edges}))
    return file


@pytest.mark.parametrize("name", ["BGP", "bgp", "Border Gateway Protocol"])
def test_an_entity_is_shown_by_any_of_its_names_with_proofs(name: str, graph: Elders) -> None:
    shown = graph("show", name).out
    assert shown.startswith("BGP (")
    assert "also called: Border Gateway Protocol" in shown
    assert "because “BGP” stands for “Border Gateway Protocol”" in shown
    assert "BGP depends on TCP/IP" in shown
    assert "“The Border Gateway Protocol (BGP) depends on TCP/IP.”" in shown
    assert "Yakov Rekhter" in shown.partition("Named with")[2]


def test_an_entity_as_json_has_all_that_http_has(graph: Elders) -> None:
    found = graph("show", "BGP", "--json").json
    assert set(found) == {"entity", "relations", "neighbours", "passages"}
    relation = next(r for r in found["relations"] if r["target_label"] == "TCP/IP")
    (proof,) = relation["proofs"]
    passage = next(p for p in found["passages"] if p["chunk_id"] == proof["chunk_id"])
    assert "depends on" in passage["text"][proof["start"] : proof["end"]]
    assert proof["valid_to"] is None


def test_japanese_names_are_found_and_quoted(graph: Elders) -> None:
    assert "東京タワーは東京都港区にある電波塔である。" in graph("show", "東京タワー").out
    found = graph("search", "タワー", "--json").json["entities"]
    assert "東京タワー" in [entity["label"] for entity in found]


def test_the_graph_is_shown_as_it_was(graph: Elders) -> None:
    before = graph("show", "Cisco", "--as-of", "2", "--json").json
    assert before["entity"]["documents"] == 1
    assert before["neighbours"] is None
    assert graph("show", "Cisco", "--json").json["entity"]["documents"] == 2
    assert graph("show", "東京タワー", "--as-of", "2").err == (
        "elders: no passage names '東京タワー' at that moment\n"
    )


def test_limits_hold_for_each_list(graph: Elders) -> None:
    found = graph("show", "Cisco", "--limit", "1", "--json").json
    assert [len(found[part]) for part in ("neighbours", "passages")] == [1, 1]
    assert len(graph("search", "c", "--limit", "2", "--json").json["entities"]) == 2
    assert len(graph("central", "--limit", "2", "--json").json["entities"]) == 2
    assert graph("search", "nonsuch").out == "no name contains 'nonsuch'\n"


def test_each_step_of_a_path_is_proved(graph: Elders) -> None:
    shown = graph("path", "Vint Cerf", "Yakov Rekhter").out
    first, *_ = shown.splitlines()
    assert first.startswith("Vint Cerf → ")
    assert first.endswith(" → Yakov Rekhter")
    assert "“" in shown
    found = graph("path", "TCP/IP", "routers", "--limit", "1", "--all", "--json").json
    (path,) = found["paths"]
    cited = {passage["chunk_id"] for passage in found["passages"]}
    assert all(step["passages"] and cited.issuperset(step["passages"]) for step in path["steps"])
    unreached = graph("path", "Vint Cerf", "東京タワー", "--longest", "2")
    assert (unreached.status, unreached.out) == (1, "")
    assert "nothing connects 'Vint Cerf' and '東京タワー' within 2 steps" in unreached.err


def test_communities_are_listed_and_shown_with_a_summary(graph: Elders) -> None:
    found = graph("communities", "--json").json["communities"]
    assert "TCP/IP" in {entity["label"] for each in found for entity in each["entities"]}
    one = found[0]
    shown = graph("communities", "--show", str(one["id"]))
    assert shown.out.startswith(one["title"])
    assert "Passages" in shown.out
    whole = graph("communities", "--show", str(one["id"]), "--json").json
    assert whole["community"]["summary"]
    assert [p["chunk_id"] for p in whole["passages"]] == whole["community"]["passages"]
    assert str(one["size"]) in graph("communities").out


@pytest.mark.parametrize("by", ["passages", "degree", "pagerank", "betweenness", "core"])
def test_what_is_central_is_ranked_by_every_measure(by: str, graph: Elders) -> None:
    scores = [e["score"] for e in graph("central", "--by", by, "--json").json["entities"]]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) > 3
    assert by in graph("central", "--by", by).out


def test_the_graph_is_exported_in_every_format_and_nothing_overwritten(
    graph: Elders, tmp_path: Path
) -> None:
    done = graph("export", str(tmp_path / "g.graphml"), "--json").json
    whole = nx.read_graphml(tmp_path / "g.graphml", force_multigraph=True)
    assert (len(whole), whole.number_of_edges()) == (done["nodes"], done["edges"])
    assert graph("export", str(tmp_path / "g.json")).status == 0
    assert len(json.loads((tmp_path / "g.json").read_text())["nodes"]) == done["nodes"]
    assert graph("export", str(tmp_path / "folder"), "--format", "parquet").status == 0
    assert {each.name for each in (tmp_path / "folder").iterdir()} == {
        "nodes.parquet",
        "edges.parquet",
    }
    again = graph("export", str(tmp_path / "g.json"))
    assert (again.status, again.out) == (1, "")
    assert "g.json exists: an export never overwrites" in again.err


def test_an_imported_graph_is_stated_by_a_document_and_goes_with_it(
    graph: Elders, elders: Elders, tmp_path: Path
) -> None:
    file = services(tmp_path)
    assert "added as document graphs/services" in graph("import", str(file)).out
    assert "Alpha service depends on 請求サービス" in graph("show", "請求サービス").out
    assert graph("import", str(file), "--json").json["outcome"] == "unchanged"
    assert elders("documents", "delete", "graphs/services").status == 0
    assert graph("show", "Alpha service").status == 1


def test_rebuilding_reads_every_passage_and_changes_nothing(graph: Elders) -> None:
    before = graph("show", "BGP", "--json").json["relations"]
    assert graph("rebuild", "--json").json["passages"] == 3
    after = graph("show", "BGP", "--json").json["relations"]
    assert [(r["source"], r["predicate"], r["target"]) for r in after] == [
        (r["source"], r["predicate"], r["target"]) for r in before
    ]


@pytest.mark.slow
def test_who_only_looks_need_not_wait_for_who_holds_the_home(
    graph: Elders, home: Path, tmp_path: Path
) -> None:
    with opened(home):
        assert command("graph", "show", "BGP", "--json").json["entity"]["label"] == "BGP"
        assert command("graph", "path", "BGP", "Cisco").status == 0
        held = command(
            "graph", "import", str(services(tmp_path)), env={"ELDERS_LOCK_TIMEOUT_SECONDS": "0.1"}
        )
    assert held.status == 1
    assert "held by" in held.err or "holds" in held.err
    assert graph("central").status == 0


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["show", "nonsuch"], 1, "no passage names 'nonsuch'"),
        (["show", "BGP", "--as-of", "999"], 2, "as_of 999 lies in the future"),
        (["show", "BGP", "--as-of", "soon"], 2, "soon"),
        (["show", "BGP", "--limit", "0"], 2, "--limit"),
        (["show", ""], 2, "'' is no name: give an entity's name or id"),
        (["path", "BGP", "nonsuch"], 1, "no passage names 'nonsuch'"),
        (["path", "BGP", "Cisco", "--longest", "99"], 2, "--longest"),
        (["communities", "--show", "999"], 1, "there is no community 999"),
        (["communities", "--level", "3"], 2, "--level"),
        (["central", "--by", "beauty"], 2, "passages, degree, pagerank, betweenness, core"),
        (["export", "g.odt"], 2, "'odt' is no format of graphs: graphml, json, parquet"),
        (["export", "g.json", "--format", "xml"], 2, "'xml' is no format of graphs"),
        (["import", "nowhere.json"], 1, "there is no file nowhere.json"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    arguments: list[str], status: int, said: str, graph: Elders
) -> None:
    answer = graph(*arguments)
    assert (answer.status, answer.out) == (status, "")
    assert said in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("broken.json", '{"nodes": [', "broken.json"),
        ("broken.graphml", "<graphml><graph>", "broken.graphml"),
        ("text.md", "# No graph", "a graph comes as .graphml, .xml or .json"),
        ("number.json", "17", "number.json"),
        ("nameless.json", '{"nodes": [], "edges": [{"source": "a"}]}', "nameless.json"),
    ],
)
def test_a_file_that_is_no_graph_is_refused_with_its_name(
    name: str, text: str, said: str, graph: Elders, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text)
    answer = graph("import", str(tmp_path / name))
    assert (answer.status, answer.out) == (2, "")
    assert said in answer.err
    assert answer.err.count("\n") == 1
