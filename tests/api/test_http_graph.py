"""The graph over HTTP: every route answers, and says what is wrong with a wrong question."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator
from typing import Any

import httpx
import networkx as nx
import pytest
from blockbuster import blockbuster_ctx

from api import KnowledgeBase
from api.app import create_app
from knowledge.graph.answers import Measure
from tests.api.doors import served
from tests.api.teaching import opened, tell


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    with opened(tmp_path_factory.mktemp("told")) as base:
        tell(base)
        yield base


@pytest.fixture(scope="module")
def client(told: KnowledgeBase) -> Iterator[httpx.Client]:
    running = served(told)
    yield running.client
    running.stop()


def get(client: httpx.Client, path: str, **params: Any) -> Any:
    answer = client.get(f"/v1/graph/{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("TCP/IP", "TCP/IP"),
        ("TCP%2FIP", "TCP/IP"),
        ("tcpip", "TCP/IP"),
        ("Border%20Gateway%20Protocol", "BGP"),
        ("東京タワー", "東京タワー"),
    ],
)
def test_an_entity_is_read_by_any_of_its_names(path: str, label: str, client: httpx.Client) -> None:
    found = get(client, f"entities/{path}")
    assert found["label"] == label
    assert found["passages"] == sum(a["passages"] for a in found["aliases"][:1])


def test_a_name_that_ends_like_a_route_is_reached_by_its_id(client: httpx.Client) -> None:
    assert get(client, "entities/acdcrelation")["label"] == "AC/DC/Relations"


def test_entities_are_found_by_a_part_of_a_name(client: httpx.Client) -> None:
    assert get(client, "entities", q="nosuch")["entities"] == []
    found = get(client, "entities", q="京タワ")["entities"]
    assert [each["label"] for each in found] == ["東京タワー"]
    assert len(get(client, "entities", q="c", limit=1)["entities"]) == 1


def test_relations_come_with_every_proof(client: httpx.Client) -> None:
    found = get(client, "entities/BGP/relations")["relations"]
    assert found
    for relation in found:
        assert bool(relation["target"]) != bool(relation["value"])
        for proof in relation["proofs"]:
            document = client.get(f"/v1/documents/{proof['document_id']}").json()
            assert document["source_id"] in {"net.md", "cisco.md"}
            assert proof["valid_from"] > 0
            assert proof["valid_to"] is None
    passages = {p["chunk_id"]: p["text"] for p in get(client, "entities/BGP/passages")["passages"]}
    proofs = [(p["chunk_id"], p["start"], p["end"]) for r in found for p in r["proofs"]]
    assert all(passages[chunk][start:end].strip() for chunk, start, end in proofs)


def test_relations_are_chosen_by_predicates(client: httpx.Client) -> None:
    found = get(client, "entities/BGP/relations")["relations"]
    chosen = found[0]["predicate"]
    some = get(client, "entities/BGP/relations", predicate=[chosen, "nosuch"])["relations"]
    assert some == [relation for relation in found if relation["predicate"] == chosen]
    assert get(client, "entities/BGP/relations", predicate="nosuch")["relations"] == []


def test_what_was_stated_is_still_told_of_then(tmp_path: Any) -> None:
    with opened(tmp_path / "home") as base:
        base.add("Plant Nine depends on Pump Seven.", source_id="a.md")
        then = base.platform.head()
        base.documents.delete("a.md")
        running = served(base)
        try:
            answer = running.client.get("/v1/graph/entities/Plant Nine")
            assert answer.status_code == 404
            assert "Plant Nine" in answer.json()["detail"]
            past = get(running.client, "entities/Plant Nine/relations", as_of=then)
            assert [r["target_label"] for r in past["relations"]] == ["Pump Seven"]
            assert past["relations"][0]["proofs"][0]["valid_to"] == then + 1
            assert get(running.client, "entities/Plant Nine", as_of=then)["passages"] == 1
            shown = get(running.client, "entities/Plant Nine/passages", as_of=then)["passages"]
            assert [passage["valid_to"] for passage in shown] == [then + 1]
        finally:
            running.stop()


def test_neighbours_and_what_is_related(client: httpx.Client) -> None:
    labels = {n["label"] for n in get(client, "entities/Cisco/neighbours")["neighbours"]}
    assert {"BGP", "TCP/IP", "Yakov Rekhter"} <= labels
    related = get(client, "related", name=["BGP", "Cisco"])
    assert "TCP/IP" in [entity["label"] for entity in related["entities"]]
    assert related["passages"] == []
    passages = get(client, "related", name="東京タワー", kind="passage", limit=3)["passages"]
    assert "電波塔" in passages[0]["text"]
    assert passages[0]["score"] > 0


def test_paths_show_how_two_are_connected(client: httpx.Client) -> None:
    asked = {"from": "Vint Cerf", "to": "AC/DC/Relations"}
    (path, *_) = get(client, "paths", longest=3, limit=2, **asked)["paths"]
    labels = [entity["label"] for entity in path["entities"]]
    assert (labels[0], labels[-1]) == ("Vint Cerf", "AC/DC/Relations")
    assert len(path["steps"]) == len(labels) - 1
    assert all(step["passages"] for step in path["steps"])
    assert len(get(client, "paths", longest=4, limit=50, every=True, **asked)["paths"]) > 1


@pytest.mark.parametrize("measure", list(Measure))
def test_entities_are_ranked_by_every_measure(measure: str, client: httpx.Client) -> None:
    found = get(client, "central", by=measure, limit=5)
    scores = [entity["score"] for entity in found["entities"]]
    assert found["by"] == measure
    assert len(scores) == 5
    assert scores == sorted(scores, reverse=True)


def test_communities_are_listed_and_read(client: httpx.Client) -> None:
    (first, *_) = get(client, "communities")["communities"]
    assert first["parent"] is None
    whole = get(client, f"communities/{first['id']}")
    assert whole["title"] == first["title"]
    assert whole["summary"]
    assert whole["passages"]
    assert get(client, "communities", level=99)["communities"] == []


def test_a_subgraph_has_nodes_and_edges_between_them(client: httpx.Client) -> None:
    body = {"names": ["TCP/IP"], "hops": 1, "limit": 4}
    found = client.post("/v1/graph/subgraph", json=body).json()
    ids = {node["id"] for node in found["nodes"]}
    assert "tcpip" in ids
    assert len(ids) == 4
    assert found["complete"] is False
    assert all({edge["source"], edge["target"]} <= ids for edge in found["edges"])


def test_the_whole_graph_is_downloaded(client: httpx.Client) -> None:
    answer = client.get("/v1/graph/export")
    assert answer.headers["content-disposition"] == 'attachment; filename="graph.json"'
    graph = nx.node_link_graph(json.loads(answer.content), edges="edges")
    assert "東京タワー" in graph
    xml = client.get("/v1/graph/export", params={"format": "graphml"})
    assert xml.headers["content-type"] == "application/graphml+xml"
    assert set(nx.read_graphml(io.BytesIO(xml.content))) == set(graph)
    assert int(xml.headers["content-length"]) == len(xml.content)


WRONG = {
    "entities/Nobody%20Known": (404, "Nobody Known"),
    "entities/Nobody%20Known/relations": (404, "Nobody Known"),
    "entities/Nobody%20Known/neighbours": (404, "Nobody Known"),
    "entities/Nobody%20Known/passages": (404, "Nobody Known"),
    "entities/%22%22": (404, "no passage names"),
    "entities/": (422, "path.name"),
    "entities/a%00b": (422, "path.name"),
    f"entities/{'x' * 1_001}": (422, "path.name"),
    "entities": (422, "query.q"),
    "entities?q=": (422, "query.q"),
    "entities?q=x&limit=-1": (422, "query.limit"),
    "entities?q=x&limit=1001": (422, "query.limit"),
    "entities/BGP?as_of=soon": (422, "soon"),
    "entities/BGP?as_of=999999": (422, "999999"),
    "entities/BGP/relations?limit=0": (422, "query.limit"),
    "paths?from=BGP": (422, "query.to"),
    "paths?from=BGP&to=Nobody": (404, "Nobody"),
    "paths?from=BGP&to=Cisco&longest=-1": (422, "query.longest"),
    "paths?from=BGP&to=東京都港区": (404, "allow more"),
    "related": (422, "query.name"),
    "related?name=Nobody": (404, "Nobody"),
    "related?name=BGP&kind=document": (422, "'entity' or 'passage'"),
    "central?by=fame": (422, "pagerank"),
    "communities?level=-1": (422, "query.level"),
    "communities/99999": (404, "99999"),
    "communities/first": (422, "path.community_id"),
    "export?format=parquet": (422, "'json' or 'graphml'"),
}


@pytest.mark.parametrize("path", WRONG)
def test_wrong_questions_are_problems(path: str, client: httpx.Client) -> None:
    status, told = WRONG[path]
    answer = client.get(f"/v1/graph/{path}")
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert told in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"names": []}, 422),
        ({"names": ["BGP"], "hops": -1}, 422),
        ({"names": ["BGP"], "hops": 6}, 422),
        ({"names": ["BGP"], "limit": 0}, 422),
        ({"names": ["BGP"], "depth": 1}, 422),
        ({"names": "BGP"}, 422),
        ({"names": ["BGP", "Nobody"]}, 404),
        ({"names": ["BGP", ""]}, 422),
    ],
)
def test_wrong_subgraphs_are_problems(
    body: dict[str, Any], status: int, client: httpx.Client
) -> None:
    answer = client.post("/v1/graph/subgraph", json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]


def test_nothing_blocks_the_event_loop(told: KnowledgeBase) -> None:
    async def talk() -> set[int]:
        transport = httpx.ASGITransport(create_app(told))
        async with httpx.AsyncClient(transport=transport, base_url="http://test/v1/graph/") as http:
            answers = [
                await http.get(path)
                for path in (
                    "entities?q=c", "entities/BGP", "entities/BGP/relations", "central",
                    "entities/BGP/neighbours", "entities/BGP/passages", "communities",
                    "paths?from=BGP&to=Cisco", "related?name=BGP&kind=passage", "export",
                    "communities/0", "export?format=graphml",
                )
            ]  # fmt: skip
            answers.append(await http.post("subgraph", json={"names": ["BGP"]}))
        return {answer.status_code for answer in answers}

    with blockbuster_ctx():
        assert asyncio.run(talk()) == {200}
