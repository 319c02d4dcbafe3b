"""Patterns and curation over HTTP: what was learned, what people say, and the log of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from blockbuster import blockbuster_ctx

from api import KnowledgeBase
from api.app import create_app
from tests.api.doors import served
from tests.api.teaching import DOOR, opened, teach, tell

LINES = {"content-type": "application/x-ndjson"}


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    with opened(tmp_path_factory.mktemp("taught")) as base:
        tell(base)
        teach(base)
        base.add("Say.", source_id="short.md")
        base.patterns.learn()
        yield base


@pytest.fixture(scope="module")
def client(taught: KnowledgeBase) -> Iterator[httpx.Client]:
    running = served(taught)
    yield running.client
    running.stop()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[httpx.Client]:
    with opened(tmp_path / "other") as base:
        tell(base)
        running = served(base)
        yield running.client
        running.stop()


def ok(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def problem(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    detail: str = answer.json()["detail"]
    return detail


def decide(client: httpx.Client, **body: Any) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = ok(client.post("/v1/curation/decisions", json=body))["decisions"]
    return made


def test_patterns_are_listed_by_kind_and_state(client: httpx.Client) -> None:
    active = ok(client.get("/v1/patterns"))["patterns"]
    assert DOOR in [pattern["key"] for pattern in active]
    assert {pattern["state"] for pattern in active} == {"active"}
    all_of_them = ok(client.get("/v1/patterns", params={"state": "all"}))["patterns"]
    assert len(all_of_them) > len(active)
    templates = ok(client.get("/v1/patterns", params={"kind": "log template"}))["patterns"]
    assert {pattern["kind"] for pattern in templates} == {"log template"}
    assert all(pattern["gate"]["passed"] and pattern["evidence"] for pattern in templates)


def test_patterns_are_read_a_page_at_a_time(client: httpx.Client) -> None:
    whole = ok(client.get("/v1/patterns", params={"state": "all"}))["patterns"]
    read: list[Any] = []
    while page := ok(
        client.get(
            "/v1/patterns",
            params={
                "state": "all",
                "limit": 2,
                "since": read[-1]["valid_from"] if read else 0,
            },
        )
    )["patterns"]:
        read += page
    assert read == whole
    then = whole[0]["valid_from"]
    past = ok(client.get("/v1/patterns", params={"state": "all", "as_of": then}))["patterns"]
    assert past == whole[:1]


def test_a_pattern_is_read_with_its_history_and_evidence(client: httpx.Client) -> None:
    found = ok(client.get(f"/v1/patterns/{quote(DOOR, safe='')}"))
    assert [version["version"] for version in found["history"]][:1] == [1]
    assert found["passages"]
    assert all("Door: door" in passage["text"] for passage in found["passages"])


def test_people_reject_and_accept_patterns_and_take_it_back(client: httpx.Client) -> None:
    place = f"/v1/patterns/{quote(DOOR, safe='')}"
    rejected = ok(client.post(f"{place}/reject"))
    assert (rejected["kind"], rejected["actor"]) == ("patterns.rejected", "http")
    assert ok(client.get(place))["history"][-1]["state"] == "rejected"
    ok(client.post(f"{place}/accept"))
    last = ok(client.get(place))["history"][-1]
    assert (last["state"], last["reason"]) == ("active", "a person accepted it")
    for kind, then in (
        ("patterns.accepted", "a person rejected it"),  # as was decided before
        ("patterns.rejected", "passed its gate"),
    ):
        holds = ok(client.get("/v1/curation/decisions", params={"kind": kind}))
        (decision,) = holds["decisions"]
        ok(client.delete(f"/v1/curation/decisions/{decision['seq']}"))
        assert ok(client.get(place))["history"][-1]["reason"].startswith(then)
    assert ok(client.post("/v1/learn")) == {
        "learned": [], "changed": [], "retired": [], "joined": [], "parted": [], "insights": 0,
    }  # fmt: skip


def test_what_waits_for_people_is_listed(client: httpx.Client) -> None:
    todo = ok(client.get("/v1/curation/todo"))
    assert "short.md" in [each["source_id"] for each in todo["low_quality"]]
    assert set(todo) == {"duplicate_entities", "contradictions", "low_quality", "orphans"}
    few = ok(client.get("/v1/curation/todo", params={"limit": 1, "meaning": True}))
    assert all(len(waiting) <= 1 for waiting in few.values())


def test_names_are_merged_split_and_renamed(other: httpx.Client) -> None:
    (merged,) = decide(other, kind="merge", first="Cisco", second="TCP/IP")
    entity = ok(other.get("/v1/graph/entities/Cisco"))
    assert {alias["surface"] for alias in entity["aliases"]} >= {"Cisco", "TCP/IP"}
    assert merged["data"] == {"names": ["Cisco", "TCP/IP"]}
    decide(other, kind="rename", name="TCP/IP", label="Networking")
    assert ok(other.get("/v1/graph/entities/Cisco"))["label"] == "Networking"
    split = decide(other, kind="split", name="Cisco")
    assert {decision["kind"] for decision in split} == {"entities.different"}
    ids = {ok(other.get(f"/v1/graph/entities/{name}"))["id"] for name in ("Cisco", "TCP/IP")}
    assert len(ids) == 2
    ok(other.delete(f"/v1/curation/decisions/{split[0]['seq']}"))
    problem(other.delete(f"/v1/curation/decisions/{split[0]['seq']}"), 404)
    decide(other, kind="apart", first="Cisco", second="BGP")
    kept = ok(other.get("/v1/curation/decisions"))["decisions"]
    assert [decision["kind"].removeprefix("entities.") for decision in kept] == [
        "same", "renamed", "different",
    ]  # fmt: skip
    ever = ok(other.get("/v1/curation/decisions", params={"current": False}))["decisions"]
    assert len(ever) > len(kept)
    first = ok(other.get("/v1/curation/decisions", params={"limit": 1}))["decisions"]
    rest = ok(other.get("/v1/curation/decisions", params={"since": first[0]["seq"]}))["decisions"]
    assert [*first, *rest] == kept


def test_a_label_goes_before_the_machines_word(other: httpx.Client) -> None:
    decide(other, kind="label", document="net.md", facet="kind", value="news")
    labels = ok(other.get("/v1/documents/net.md/labels"))["labels"]
    assert {"facet": "kind", "value": "news", "confidence": 1.0, "origin": "user"} in labels
    quality = ok(other.get("/v1/documents/net.md/labels"))["quality"]
    assert quality["words"] > 0
    assert 0 <= quality["boilerplate"] <= 1
    assert "en" in [label["value"] for label in labels if label["facet"] == "language"]


def test_contradictions_are_settled(other: httpx.Client) -> None:
    told = {"ready": "The crew of the night looks after it.", "broken": "A workshop made it."}
    table = "| name | status |\n|---|---|\n| Gearbox | {} |"
    documents = [
        {"source_id": status, "text": f"{text}\n\n{table.format(status)}"}
        for status, text in told.items()
    ]
    ok(other.post("/v1/documents", json={"documents": documents}))
    ok(other.post("/v1/learn"))
    waiting = ok(other.get("/v1/curation/todo"))["contradictions"]
    assert [pattern["kind"] for pattern in waiting] == ["contradiction"]
    decide(other, kind="settle", key=waiting[0]["key"], note="the second is right")
    assert ok(other.get("/v1/curation/todo"))["contradictions"] == []


def test_the_log_is_replayed_into_another_base(client: httpx.Client, other: httpx.Client) -> None:
    decide(other, kind="merge", first="Cisco", second="BGP")
    decide(other, kind="label", document="net.md", facet="note", value="line\u2028break\u0085s")
    decide(other, kind="rename", name="Cisco", label="Cisco Systems")
    answer = other.get("/v1/curation/log")
    assert answer.headers["content-type"] == "application/x-ndjson"
    kinds = [json.loads(line)["kind"] for line in answer.text.split("\n") if line]
    assert kinds == ["entities.same", "documents.labelled", "entities.renamed"]
    told = client.post("/v1/curation/replay", content=answer.content, headers=LINES)
    assert ok(told) == {"replayed": 3, "unchanged": 0, "waiting": 0}
    again = client.post("/v1/curation/replay", content=answer.content, headers=LINES)
    assert ok(again) == {"replayed": 0, "unchanged": 3, "waiting": 0}


GOOD = (
    '{"format": "elders-curation-1", "kind": "entities.same", "subject": "a", "object": "b",'
    ' "data": {}, "actor": "x"}'
)


@pytest.mark.parametrize(
    "bad",
    [
        "no json",
        "[" * 100_000,
        "[]",
        "7",
        "{}",
        GOOD.replace("elders-curation-1", "other"),
        GOOD.replace("entities.same", "entities.odd"),
        GOOD.replace('"b"', '"a"'),
        GOOD.replace('"b"', '""'),
        GOOD.replace('"b"', "3"),
        GOOD.replace("{}", '{"x": NaN}'),
        GOOD.replace("{}", '{"x": "\\u0000"}'),
        GOOD.replace('"b"', '"\\ud800"'),
        GOOD.replace('"b"', '"b\\u0000"'),
        GOOD.replace("entities.same", "documents.labelled"),
        GOOD.replace("entities.same", "documents.labelled").replace("{}", '{"value": 3}'),
        GOOD.replace("entities.same", "documents.labelled")
        .replace("{}", '{"value": "poem"}')
        .replace('"b"', '"kind"'),
        GOOD.replace("entities.same", "duplicates.verdict"),
    ],
)
def test_a_bad_line_of_a_log_is_named(bad: str, client: httpx.Client) -> None:
    body = f"{GOOD}\n\n{bad}\n"
    before = ok(client.get("/v1/curation/decisions"))
    answer = client.post("/v1/curation/replay", content=body.encode(), headers=LINES)
    told = problem(answer, 422)
    assert "line 3" in told
    assert len(answer.content) < 5_000
    after = ok(client.get("/v1/curation/decisions"))
    assert after == before or "can't be taken in" in told  # no decision: then none was taken in
    ok(client.get("/v1/documents/net.md/labels"))
    ok(client.get("/v1/curation/todo"))


def test_a_log_is_sent_as_lines_of_json(client: httpx.Client) -> None:
    assert "x-ndjson" in problem(client.post("/v1/curation/replay", content=b"{}"), 415)
    answer = client.post("/v1/curation/replay", content=b"\n\xff", headers=LINES)
    assert "line 2" in problem(answer, 422)
    assert ok(client.post("/v1/curation/replay", content=b"", headers=LINES))["replayed"] == 0


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({}, 422, "kind"),
        ({"kind": "forget"}, 422, "'merge'"),
        ({"kind": "merge", "first": "a"}, 422, "second"),
        ({"kind": "merge", "first": "a", "second": ""}, 422, "second"),
        ({"kind": "merge", "first": "a", "second": "b", "third": "c"}, 422, "third"),
        ({"kind": "merge", "first": "Cisco", "second": "CISCO"}, 422, "spellings of one name"),
        ({"kind": "merge", "first": "a\x00", "second": "b"}, 422, "first"),
        ({"kind": "split", "name": "Vint Cerf"}, 404, "Vint Cerf"),
        ({"kind": "merge", "first": "Cisco", "second": "Nobody"}, 404, "Nobody"),
        ({"kind": "rename", "name": "Cisco", "label": '""'}, 422, "is no label"),
        ({"kind": "label", "document": "nosuch", "facet": "kind", "value": "news"}, 404, "nosuch"),
        ({"kind": "label", "document": "net.md", "facet": "kind", "value": "poem"}, 422, "how-to"),
        ({"kind": "settle", "key": "nosuch"}, 404, "nosuch"),
    ],
)
def test_wrong_decisions_are_problems(
    body: dict[str, Any], status: int, told: str, client: httpx.Client
) -> None:
    before = ok(client.get("/v1/curation/decisions"))
    assert told in problem(client.post("/v1/curation/decisions", json=body), status)
    assert ok(client.get("/v1/curation/decisions")) == before


@pytest.mark.parametrize(
    ("method", "path", "status", "told"),
    [
        ("GET", "/v1/patterns?kind=weather", 422, "log template"),
        ("GET", "/v1/patterns?state=good", 422, "'active'"),
        ("GET", "/v1/patterns?limit=-1", 422, "query.limit"),
        ("GET", "/v1/patterns?since=-1", 422, "query.since"),
        ("GET", "/v1/patterns?since=99999999999999999999", 422, "query.since"),
        ("GET", "/v1/patterns?as_of=soon", 422, "soon"),
        ("GET", "/v1/patterns/no/such", 404, "no/such"),
        ("POST", "/v1/patterns/no/such/accept", 404, "no/such"),
        ("POST", "/v1/patterns/no/such/reject", 404, "no/such"),
        ("GET", "/v1/curation/todo?limit=0", 422, "query.limit"),
        ("GET", "/v1/curation/decisions?kind=odd", 422, "entities.same"),
        ("DELETE", "/v1/curation/decisions/0", 422, "path.seq"),
        ("DELETE", "/v1/curation/decisions/99999", 404, "99999"),
        ("GET", "/v1/documents/nosuch/labels", 404, "nosuch"),
    ],
)
def test_wrong_questions_are_problems(
    method: str, path: str, status: int, told: str, client: httpx.Client
) -> None:
    assert told in problem(client.request(method, path), status)


def test_who_reads_only_may_not_decide(taught: KnowledgeBase) -> None:
    home = taught.platform.parts.home.path
    with opened(home, read_only=True) as reader:
        running = served(reader)
        try:
            assert ok(running.client.get("/v1/patterns"))["patterns"]
            for path, body in (
                ("/v1/learn", None),
                (f"/v1/patterns/{quote(DOOR)}/accept", None),
                ("/v1/curation/decisions", {"kind": "apart", "first": "a", "second": "b"}),
            ):
                assert "read-only" in problem(running.client.post(path, json=body), 409)
        finally:
            running.stop()


def test_nothing_blocks_the_event_loop(taught: KnowledgeBase) -> None:
    async def talk() -> set[int]:
        transport = httpx.ASGITransport(create_app(taught))
        async with httpx.AsyncClient(transport=transport, base_url="http://test/v1/") as http:
            answers = [
                await http.get(path)
                for path in (
                    "patterns", f"patterns/{quote(DOOR, safe='')}", "curation/todo",
                    "curation/decisions", "curation/log", "documents/net.md/labels",
                )
            ]  # fmt: skip
            answers.append(await http.post("learn"))
            body = {"kind": "apart", "first": "Cisco", "second": "TCP/IP"}
            answers.append(await http.post("curation/decisions", json=body))
            answers.append(await http.post("curation/replay", content=GOOD, headers=LINES))
        return {answer.status_code for answer in answers}

    with blockbuster_ctx():
        assert asyncio.run(talk()) == {200}
