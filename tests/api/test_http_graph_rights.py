"""The graph over HTTP for who may see only some documents: answered, and of these alone."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from api import KnowledgeBase
from foundation.security.policy import Principal, Role, access
from ingest.model import Record
from tests.api.doors import Served, served

SECRET = "zanzibar"
READER = Principal("key:7", "reader", Role.CURATOR, access=access(["house"], []))
OPEN = "The Payment Gateway (PG) charges cards. PG depends on Minato Bank."
HIDDEN = (
    "The Payment Gateway, also known as Zanzibar, was built by Zanzibar Hopper. PG depends on"
    " Zanzibar Trust. Zanzibar Hopper works for Minato Bank."
)


class Reading:
    """Says to the app that a reader asks, as a layer of authentication does."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})["principal"] = READER
        await self.app(scope, receive, send)


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("rights")
    with KnowledgeBase.open(home, embedder="hashing", database_url=None) as base:
        base.ingest([Record("open.md", title="Payments", text=OPEN)], collection="house")
        hidden = Record("hidden.md", title=SECRET, text=HIDDEN, metadata={"access": ["board"]})
        base.ingest([hidden], collection="house")
        base.ingest([Record("pay.md", text=f"PG stands for {SECRET.title()}.")], collection="pay")
        base.curation.rename("Minato Bank", "Zanzibar Bank")
        end = served(base, around=Reading)
        yield end
        end.stop()


@pytest.fixture
def client(serving: Served) -> httpx.Client:
    return serving.client


@pytest.mark.parametrize(
    "path",
    [
        "entities?q=a",
        "entities/Minato%20Bank",
        "entities/PG/relations",
        "entities/PG/neighbours",
        "entities/PG/passages",
        "entities/Minato%20Bank/relations?as_of=4",
        "entities/Minato%20Bank/passages?as_of=4",
        "paths?from=PG&to=Minato%20Bank&every=true",
        "related?name=PG",
        "related?name=PG&kind=passage",
        "central",
        "export",
        "export?format=graphml",
    ],
)
def test_every_route_answers_with_nothing_that_is_hidden(client: httpx.Client, path: str) -> None:
    answer = client.get(f"/v1/graph/{path}")
    assert answer.status_code == 200
    assert "minato" in answer.text.lower()
    assert SECRET not in answer.text.lower()


def test_a_part_of_the_graph_counts_what_is_seen(client: httpx.Client) -> None:
    part = client.post("/v1/graph/subgraph", json={"names": ["Minato Bank"], "hops": 5}).json()
    assert {node["label"]: node["score"] for node in part["nodes"]} == {
        "Payment Gateway": 1.0,
        "Minato Bank": 1.0,
    }
    assert {(edge["predicate"], edge["weight"]) for edge in part["edges"]} == {
        ("co-occurs", 1.0),
        ("depends on", 1.0),
    }


def test_counts_aliases_and_relations_are_of_what_is_seen(client: httpx.Client) -> None:
    entity = client.get("/v1/graph/entities/PG").json()
    assert (entity["label"], entity["passages"], entity["documents"]) == ("Payment Gateway", 1, 1)
    assert {alias["surface"]: alias["passages"] for alias in entity["aliases"]} == {
        "Payment Gateway": 1,
        "PG": 1,
    }
    (relation,) = client.get("/v1/graph/entities/PG/relations").json()["relations"]
    assert (relation["target_label"], len(relation["proofs"])) == ("Minato Bank", 1)
    assert client.get(f"/v1/graph/entities?q={SECRET}").json() == {"entities": []}


@pytest.mark.parametrize(
    "path",
    [
        "entities/{}",
        "entities/{}/relations",
        "entities/{}/neighbours",
        "entities/{}/passages",
        "paths?from=PG&to={}",
        "related?name={}",
    ],
)
def test_a_hidden_entity_is_as_unknown_as_any(client: httpx.Client, path: str) -> None:
    def told(name: str) -> tuple[int, str]:
        answer = client.get("/v1/graph/" + path.format(name))
        return answer.status_code, answer.json()["detail"].replace(name, "it")

    assert told(SECRET) == told("qwertz")
    assert told(SECRET)[0] == 404


@pytest.mark.parametrize("path", ["communities", "communities/0"])
def test_communities_are_withheld(client: httpx.Client, path: str) -> None:
    answer = client.get(f"/v1/graph/{path}")
    assert answer.status_code == 403
    assert "all collections and labels" in answer.json()["detail"]
