"""The HTTP door through a real server on a port of this machine."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from blockbuster import blockbuster_ctx

from api import KnowledgeBase
from api.app import create_app
from api.targets import source_of
from foundation.breaker import Breakers
from tests.api.doors import Served, notes

PROBLEM = "application/problem+json"


@pytest.fixture
def client(base: KnowledgeBase, serve: Callable[[KnowledgeBase], Served]) -> httpx.Client:
    return serve(base).client


def document(source_id: str, text: str, **more: Any) -> dict[str, Any]:
    return {"source_id": source_id, "text": text, **more}


def push(client: httpx.Client, *documents: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    answer = client.post("/v1/documents", json={"documents": documents, **more})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    body: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail"} <= set(body)
    assert body["status"] == status
    return body


def test_texts_are_pushed_and_found_at_once(client: httpx.Client) -> None:
    results = push(
        client,
        document("a.md", "the zanzibar protocol", metadata={"year": 2026}, title="Protocol"),
        document("b.md", "something else entirely"),
        document("a-copy.md", "the zanzibar protocol"),
    )
    assert [result["outcome"] for result in results] == ["added", "added", "merged"]
    assert results[2]["merged_into"] == results[0]["document_id"]
    answer = client.post("/v1/search", json={"query": "zanzibar", "k": 1, "filter": {"year": 2026}})
    (hit,) = answer.json()["hits"]
    assert hit["citation"]["document_id"] == results[0]["document_id"]
    assert [source["source_id"] for source in hit["citation"]["sources"]] == ["a.md", "a-copy.md"]
    assert hit["text"] == "the zanzibar protocol"


def test_files_are_uploaded_with_an_outcome_for_each(client: httpx.Client) -> None:
    answer = client.post(
        "/v1/documents",
        files=[
            ("files", ("good.html", b"<h1>Heading</h1><p>quagga text</p>", "text/html")),
            ("files", ("bad.pdf", b"no PDF at all", "application/pdf")),
            ("files", ("ja.txt", "日本語の文書です。".encode("shift_jis"), "text/plain")),
        ],
        data={"collection": "uploads", "metadata": '{"team": "ops"}'},
    )
    assert [r["outcome"] for r in answer.json()["results"]] == ["added", "failed", "added"]
    assert answer.json()["results"][1]["reason"]
    found = client.post(
        "/v1/search",
        json={"query": "quagga", "collections": ["uploads"], "filter": {"team": "ops"}},
    ).json()["hits"]
    assert found[0]["citation"]["source_id"] == "good.html"


def test_documents_are_read_deleted_and_their_versions_listed(client: httpx.Client) -> None:
    (first,) = push(client, document("doc", "one", time="2020-01-01"))
    push(client, document("doc", "two", time="2021-01-01"))
    place = f"/v1/documents/{first['document_id']}"
    assert client.get(place).json()["text"] == "two"
    assert client.get(place, params={"as_of": "2020-06-01"}).json()["text"] == "one"
    versions = client.get(f"{place}/versions").json()["versions"]
    assert [version["number"] for version in versions] == [1, 2]
    for page, numbers in {"limit=1": [1], "after=1&limit=1": [2], "after=2": []}.items():
        some = client.get(f"{place}/versions?{page}").json()["versions"]
        assert [version["number"] for version in some] == numbers
    assert versions[0]["time_to"] == versions[1]["time_from"] == "2021-01-01T00:00:00+00:00"
    assert versions[1]["valid_to"] is None
    assert client.delete(place).json()["outcome"] == "deleted"
    assert client.get(place).json()["deleted"] is True
    problem(client.delete(place), 409)
    hits = client.post("/v1/search", json={"query": "two", "as_of": "2022-01-01"}).json()["hits"]
    assert [hit["text"] for hit in hits] == ["two"]
    assert client.post("/v1/search", json={"query": "two"}).json()["hits"] == []


def test_health_and_readiness(client: httpx.Client) -> None:
    assert client.get("/health").json() == {"status": "ok"}
    push(client, document("x", "some text"))
    ready = client.get("/ready").json()
    assert ready["status"] == "ready"
    assert {each["name"] for each in ready["followers"]} == {
        "lexical", "embedder", "exact", "chroma", "words", "graph", "learner",
    }  # fmt: skip


def test_readiness_is_refused_while_words_are_behind(home: object, serve: Any) -> None:
    with KnowledgeBase.open(background=["embedder"]) as base:
        base.platform.parts.pipeline.run(
            source_of(notes(1), {}, max_bytes=1_000, hosts=Breakers()), "default"
        )
        answer = serve(base).client.get("/ready")
    assert answer.status_code == 503
    assert answer.json()["status"] == "behind"


def test_readiness_is_refused_without_room_on_the_disk(home: Any, serve: Any) -> None:
    with KnowledgeBase.open(home, ready_free_bytes=1 << 62) as base:
        answer = serve(base).client.get("/ready")
    assert (answer.status_code, answer.json()["status"]) == (503, "full")


DEEP = '{"$not":' * 10_000 + "{}" + "}" * 10_000
WRONG: dict[str, tuple[str, int]] = {
    "no body": ("", 422),
    "no json": ("{", 422),
    "no object": ("[]", 422),
    "empty query": ('{"query": ""}', 422),
    "blank query": ('{"query": " \\n"}', 422),
    "no query": ("{}", 422),
    "query is a number": ('{"query": 7}', 422),
    "half a surrogate pair": ('{"query": "\\ud800"}', 422),
    "a megabyte": (json.dumps({"query": "word " * 200_000}), 422),
    "k = 0": ('{"query": "x", "k": 0}', 422),
    "k = 10^9": ('{"query": "x", "k": 1000000000}', 422),
    "k of 5,000 digits": ('{"query": "x", "k": ' + "1" * 5_000 + "}", 422),
    "k is true": ('{"query": "x", "k": true}', 422),
    "k is text": ('{"query": "x", "k": "3"}', 422),
    "unknown option": ('{"query": "x", "limit": 3}', 422),
    "unknown mode": ('{"query": "x", "mode": "magic"}', 422),
    "diversity above 1": ('{"query": "x", "diversity": 1.5}', 422),
    "no passage of a source": ('{"query": "x", "per_source": 0}', 422),
    "unknown collection": ('{"query": "x", "collections": ["nosuch"]}', 404),
    "unknown field": ('{"query": "x", "filter": {"yaer": 1}}', 422),
    "unknown operator": ('{"query": "x", "filter": {"year": {"$regex": "x"}}}', 422),
    "filter is a list": ('{"query": "x", "filter": []}', 422),
    "filter holds NaN": ('{"query": "x", "filter": {"year": NaN}}', 422),
    "filter 10,000 deep": ('{"query": "x", "filter": ' + DEEP + "}", 422),
    "filter 100 deep": ('{"query": "x", "filter": ' + '{"$not":' * 100 + "{}" + "}" * 101, 422),
    "as_of to come": ('{"query": "x", "as_of": "2999-01-01"}', 422),
    "as_of beyond the log": ('{"query": "x", "as_of": 99999}', 422),
    "as_of is true": ('{"query": "x", "as_of": true}', 422),
    "as_of is no time": ('{"query": "x", "as_of": "soon"}', 422),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_searches_are_problems(name: str, refusing: httpx.Client) -> None:
    body, status = WRONG[name]
    answer = refusing.post(
        "/v1/search", content=body.encode(), headers={"content-type": "application/json"}
    )
    assert len(problem(answer, status)["detail"]) > 10
    assert len(answer.content) < 20_000


def test_a_bad_document_costs_only_itself(client: httpx.Client) -> None:
    body = (
        '{"documents": [{"source_id": "ok", "text": "good"}, {"source_id": "nul\\u0000", "text":'
        ' "x"}, {"source_id": "empty", "text": ""}, {"source_id": "fine", "text": "better",'
        ' "metadata": {"a": {"b": [1, {"c": 2}]}, "n\\u0000": "v\\u0000"}}]}'
    )
    answer = client.post(
        "/v1/documents", content=body, headers={"content-type": "application/json"}
    )
    assert [r["outcome"] for r in answer.json()["results"]] == [
        "added",
        "failed",
        "failed",
        "added",
    ]


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"", "application/json", 422),
        (b"{}", "application/json", 422),
        (b'{"documents": []}', "application/json", 422),
        (b'{"documents": [{"source_id": "x"}]}', "application/json", 422),
        (b'{"documents": [{"source_id": "", "text": "x"}]}', "application/json", 422),
        (b'{"documents": [{"source_id": "x", "text": "x", "txet": ""}]}', "application/json", 422),
        (b'{"collection": "/", "documents": [{"_id": "x", "text": "y"}]}', "application/json", 422),
        (b'{"documents": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", "application/json", 422),
        (b"\xff\xfe", "application/json", 422),
        (b"<xml/>", "application/xml", 415),
        (b"x", "multipart/form-data", 400),
        (b"no parts", "multipart/form-data; boundary=xyz", 400),
        (b"x" * 6_000_000, "application/json", 413),
    ],
)  # fmt: skip
def test_wrong_documents_are_problems(
    content: bytes, kind: str, status: int, refusing: httpx.Client
) -> None:
    answer = refusing.post("/v1/documents", content=content, headers={"content-type": kind})
    assert problem(answer, status)["detail"]
    assert refusing.get("/internal/v1/changes").json()["changes"] == []


def test_a_body_that_does_not_say_its_size_is_counted(client: httpx.Client) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * 100_000

    answer = client.post(
        "/v1/documents", content=chunks(), headers={"content-type": "application/json"}
    )
    problem(answer, 413)


def test_wrong_forms_are_problems(client: httpx.Client) -> None:
    file = ("files", ("a.txt", b"text", "text/plain"))
    for data in ({"metadata": "{"}, {"metadata": "[]"}, {"collection": "a/b"}):
        problem(client.post("/v1/documents", files=[file], data=data), 422)
    as_file = ("metadata", ("m.json", b"{}", "application/json"))
    problem(client.post("/v1/documents", files=[file, as_file]), 422)


def test_unknown_things_are_not_found(refusing: httpx.Client) -> None:
    for path in ("/v1/documents/nosuch", "/v1/documents/nosuch/versions", "/nosuch"):
        problem(refusing.get(path), 404)
    problem(refusing.get("/v1/documents/" + "x" * 4_096), 404)
    assert refusing.get("/v1/documents/%00").status_code in (404, 422)
    assert refusing.get("/v1/documents/%FF%FE").status_code in (404, 422)


def test_a_wrong_method_is_told_all_right_ones(refusing: httpx.Client) -> None:
    for path, allowed in (
        ("/v1/documents/x", "DELETE, GET"),
        ("/v1/documents", "GET, POST"),
        ("/v1/search", "POST"),
        ("/v1/documents/x/versions", "GET"),
        ("/health", "GET"),
        ("/openapi.json", "GET"),
    ):
        answer = refusing.patch(path)
        problem(answer, 405)
        named = {method.strip() for method in answer.headers["allow"].split(",")} - {"HEAD"}
        assert named == set(allowed.split(", ")), path


def test_the_openapi_document_is_whole_and_has_examples(client: httpx.Client) -> None:
    text = client.get("/openapi.json").text
    described = json.loads(text)
    for reference in re.findall(r'"\$ref":"#/([^"]+)"', text):
        node = described
        for part in reference.split("/"):
            node = node[part]
    own = {
        path: operations
        for path, operations in described["paths"].items()
        if not any(each["tags"] == ["openai"] for each in operations.values())
    }
    assert set(own) == {
        "/health", "/ready", "/metrics", "/v1/health/full",
        "/v1/documents", "/v1/documents/{document_id}",
        "/v1/documents/{document_id}/versions", "/v1/documents/{document_id}/labels", "/v1/search",
        "/v1/admin/restrictions", "/v1/cache", "/v1/answer",
        "/v1/jobs", "/v1/jobs/{job_id}", "/v1/jobs/{job_id}/errors",
        "/v1/jobs/{job_id}/events", "/v1/jobs/{job_id}/cancel", "/v1/jobs/{job_id}/retry",
        "/v1/collections", "/v1/duplicates", "/v1/duplicates/merge",
        "/v1/duplicates/{group_id}/split", "/v1/quarantine", "/v1/quarantine/{name}",
        "/v1/quarantine/{name}/release",
        "/v1/feedback", "/v1/feedback/intents", "/v1/feedback/judgements",
        "/v1/graph/entities", "/v1/graph/entities/{name}", "/v1/graph/entities/{name}/relations",
        "/v1/graph/entities/{name}/neighbours", "/v1/graph/entities/{name}/passages",
        "/v1/graph/paths", "/v1/graph/related", "/v1/graph/central", "/v1/graph/communities",
        "/v1/graph/communities/{community_id}", "/v1/graph/subgraph", "/v1/graph/export",
        "/v1/patterns", "/v1/patterns/{key}", "/v1/patterns/{key}/accept",
        "/v1/patterns/{key}/reject", "/v1/learn", "/v1/curation/todo", "/v1/curation/decisions",
        "/v1/curation/decisions/{seq}", "/v1/curation/log", "/v1/curation/replay",
        "/internal/v1/patterns", "/internal/v1/changes",
    }  # fmt: skip
    push_body = described["paths"]["/v1/documents"]["post"]["requestBody"]["content"]
    assert set(push_body) == {"application/json", "multipart/form-data"}
    push(client, *push_body["application/json"]["example"]["documents"])
    search_body = described["paths"]["/v1/search"]["post"]["requestBody"]["content"]
    assert search_body["application/json"]["schema"]["properties"]["query"]["examples"]
    for path in own.values():
        for operation in path.values():
            assert operation["summary"]
            problems = {s: a for s, a in operation["responses"].items() if s >= "400"}
            assert all(PROBLEM in answer["content"] for answer in problems.values())


def test_a_fault_of_the_server_is_a_problem_too(
    base: KnowledgeBase, serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise LookupError("secret text")

    monkeypatch.setattr(base.cache, "answer", break_down)
    body = problem(serve(base).client.post("/v1/search", json={"query": "x"}), 500)
    assert "secret text" not in body["detail"]


def test_many_push_and_search_at_once(client: httpx.Client) -> None:
    def one(number: int) -> str:
        push(client, document(f"d{number}", f"unique{number} text for number {number} only"))
        question = {"query": f"unique{number}", "k": 1, "mode": "lexical"}
        found = client.post("/v1/search", json=question).json()
        source: str = found["hits"][0]["citation"]["source_id"]
        return source

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(40))) == [f"d{number}" for number in range(40)]


@pytest.mark.slow
def test_nothing_blocks_the_event_loop(base: KnowledgeBase) -> None:
    async def talk() -> list[int]:
        transport = httpx.ASGITransport(create_app(base))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            answers = [
                await client.post(
                    "/v1/documents", json={"documents": [document("a", "some text")]}
                ),
                await client.post(
                    "/v1/documents", files={"files": ("b.txt", b"y " * 1_000_000, "text/plain")}
                ),
                await client.post("/v1/search", json={"query": "some text"}),
                await client.post("/v1/search", json={"query": "x", "filter": {"nosuch": 1}}),
                await client.get("/v1/documents/a"),
                await client.get("/v1/documents/a/versions"),
                await client.get("/v1/documents/nosuch"),
                await client.delete("/v1/documents/a"),
                await client.get("/ready"),
                await client.get("/health"),
                await client.get("/openapi.json"),
                await client.patch("/health"),
            ]
        return [answer.status_code for answer in answers]

    with blockbuster_ctx():
        statuses = asyncio.run(talk())
    assert statuses == [200, 200, 200, 422, 200, 200, 404, 200, 200, 200, 200, 405]
