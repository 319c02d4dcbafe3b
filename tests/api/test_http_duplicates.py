"""Duplicates over HTTP: listed, merged, split, and only those of which one sees every document."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any

import httpx
import pytest

from api import KnowledgeBase
from api.security.operations import Match, RouteTable
from foundation.security.policy import Operation, Principal, access
from ingest.model import Record
from tests.api.doors import Served, served
from tests.api.openai.conftest import AsThey, person

TEXT = "The pump stops when the tank is full, and starts again at half past six."

OTHER = (
    "Rain falls on the roofs of the harbour while gulls cry and ships wait for the morning tide,"
    " and nobody in the town below remembers a colder spring than this one."
)


def twins(*names: str, about: str = "", **metadata: Any) -> list[Record]:
    return [Record(name, text=f"{about} {TEXT}", metadata=metadata) for name in names]


def groups(answer: httpx.Response) -> list[tuple[str, list[str]]]:
    assert answer.status_code == 200, answer.text
    return [
        (group["decision"], [member["source_id"] for member in group["members"]])
        for group in answer.json()["groups"]
    ]


def test_what_was_merged_is_split_and_merged_again(
    base: KnowledgeBase, serve: Callable[[KnowledgeBase], Served]
) -> None:
    base.ingest(twins("a", "b"), collection="notes")
    client = serve(base).client
    listed = client.get("/v1/duplicates")
    assert groups(listed) == [("merged", ["a", "b"])]
    path = f"/v1/duplicates/{listed.json()['groups'][0]['id']}/split"
    split = client.post(path, json={"document": "b", "collection": "notes"})
    ((decision, members),) = groups(split)
    assert (decision, set(members)) == ("kept", {"a", "b"})
    assert groups(client.get("/v1/duplicates?decision=merged")) == []
    merged = client.post("/v1/duplicates/merge", json={"documents": ["b", "a"]})
    assert groups(merged) == groups(client.get("/v1/duplicates?decision=merged"))
    assert len(groups(merged)) == 1
    changes = [*base.documents.log("a"), *base.documents.log("b")]
    actors = [change.actor for change in changes if change.kind == "duplicates.verdict"]
    assert actors == ["http", "http"]


def test_groups_have_pages(base: KnowledgeBase, serve: Callable[[KnowledgeBase], Served]) -> None:
    abouts = ["Weather.", "Money.", "Bridges.", "Whales.", "Songs."]
    for number, about in enumerate(abouts):
        base.ingest(twins(f"{number}a", f"{number}b", about=about * 9), collection=f"c{number}")
    client, seen = serve(base).client, list[str]()
    after: str | None = ""
    while after is not None:
        answer = client.get(f"/v1/duplicates?limit=2{after and f'&after={after}'}").json()
        seen += [group["id"] for group in answer["groups"]]
        after = answer["next"]
    assert seen == sorted(set(seen))
    assert len(seen) == 5
    assert len(groups(client.get("/v1/duplicates?collection=c3"))) == 1


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("merge", {"documents": ["a"]}, 422),
        ("merge", {"documents": ["a", "a"]}, 422),
        ("merge", {"documents": ["a", "nosuch"]}, 404),
        ("merge", {"documents": ["a", "b"], "owner": "x"}, 422),
        ("nosuch/split", {"document": "a"}, 404),
    ],
)
def test_what_can_not_be_decided_is_a_problem(
    path: str, body: Any, status: int, base: KnowledgeBase, serve: Callable[..., Served]
) -> None:
    base.ingest(twins("a", "b"), collection="notes")
    answer = serve(base).client.post(f"/v1/duplicates/{path}", json=body)
    assert answer.status_code == status
    assert answer.json()["detail"]


@pytest.mark.parametrize("wrong", [["a", "b", "c"], ["a", "b", "a"]], ids=["elsewhere", "twice"])
def test_of_what_can_not_be_merged_whole_nothing_is(
    wrong: list[str], base: KnowledgeBase, serve: Callable[..., Served]
) -> None:
    base.ingest(twins("a", about=OTHER), collection="notes")
    base.ingest(twins("b"), collection="notes")
    base.ingest(twins("c", about=OTHER), collection="house")
    ids = {each: base.documents.get(each).id for each in "abc"}
    client = serve(base).client
    body = {"documents": [ids[each] for each in wrong]}
    assert client.post("/v1/duplicates/merge", json=body).status_code == 422
    assert client.get("/v1/duplicates").json()["groups"] == []


@pytest.fixture
def asked(base: KnowledgeBase) -> Iterator[Callable[..., httpx.Response]]:
    """Ask as somebody who sees the house, without what has a label."""
    base.ingest(twins("secret", "secret2", access=["board"]), collection="house")
    base.ingest(twins("c", "d", about=OTHER), collection="house")
    base.ingest(twins("e", "f"), collection="pay")
    people: dict[str, Principal] = {"ada": person("ada", access(["house"], []))}
    end = served(base, around=partial(AsThey, people=people))
    end.client.headers["authorization"] = "Bearer ada"
    yield end.client.request
    end.stop()


def test_only_groups_are_shown_of_which_one_sees_every_document(
    base: KnowledgeBase, asked: Callable[..., httpx.Response]
) -> None:
    assert len(base.duplicates.list()) == 3
    shown = asked("GET", "/v1/duplicates")
    assert groups(shown) == [("merged", ["c", "d"])]
    assert groups(asked("GET", "/v1/duplicates?collection=pay")) == []
    hidden = [g.id for g in base.duplicates.list() if g.members[0].source_id != "c"]
    for group, document in product([*hidden, "nosuch"], ["c", "e"]):
        answer = asked("POST", f"/v1/duplicates/{group}/split", json={"document": document})
        assert answer.status_code == 404
    told = set()
    for other in ("secret", "e", "nosuch"):
        answer = asked("POST", "/v1/duplicates/merge", json={"documents": ["c", other]})
        assert answer.status_code == 404
        told.add(answer.json()["detail"].replace(f"'{other}'", "X"))
    assert len(told) == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("POST", "/merge"), ("POST", "/x/split")],
)
def test_duplicates_are_for_curators(method: str, path: str) -> None:
    found = RouteTable().find(method, f"/v1/duplicates{path}")
    assert isinstance(found, Match)
    assert found.route.operation is Operation.CURATE
