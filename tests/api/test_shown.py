"""What an answer shows and a tool does is known to the layers and to the audit log."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from api import KnowledgeBase
from api.app import create_app
from api.security.audited import Audited
from api.security.layers import Layers
from api.security.opening import open_security
from foundation.security.audit_entry import Entry
from foundation.security.policy import Role, access
from foundation.security.settings import load_security_settings
from ingest.model import Record
from tests.api.security.guarded import Kept

ACCEPT = "application/json, text/event-stream"
TEXTS = {
    "retention.md": "# Retention\n\nBackups are kept for ninety days. Logs are kept for a week.",
    "keys.md": "# Keys\n\nThe keys of the backups are held by Ada. Kubernetes depends on etcd.",
}
QUESTION = "How long are backups kept?"


class Door:
    """Asks as a writer who has a key; keeps what the layers learned of the last request."""

    def __init__(self, base: KnowledgeBase) -> None:
        self.base = base
        self.kept = Kept()
        self.touched: set[str] = set()
        parts = base.platform.parts
        self.security = open_security(
            parts.home.path, parts.database, settings=load_security_settings()
        )
        create, all_of_it = self.security.keyring.create, access(["*"], None)
        issued = create("t", Role.WRITER, all_of_it, actor="t")
        self.reader = create("r", Role.READER, all_of_it, actor="t").text
        self.headers = {"authorization": f"Bearer {issued.text}", "accept": ACCEPT}
        layers = Layers(create_app(base, guarded=True), guard=self.security.guard)
        self.app = Audited(layers, auditor=self.kept)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)
        self.touched = scope["state"]["call"].touched

    def post(self, path: str, body: dict[str, Any], **headers: str) -> httpx.Response:
        return self.ask("POST", path, body, **headers)

    def get(self, path: str) -> httpx.Response:
        return self.ask("GET", path)

    def ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, **headers: str
    ) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as door:
                return await door.request(method, path, json=body, headers=self.headers | headers)

        return asyncio.run(asked())

    def use(self, tool: str, **arguments: Any) -> httpx.Response:
        return self.send("tools/call", name=tool, arguments=arguments)

    def send(self, method: str, **params: Any) -> httpx.Response:
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return self.post("/mcp", message)

    def told(self) -> tuple[Entry, bool]:
        return self.kept.entries[-1]

    def ids(self, *source_ids: str) -> set[str]:
        return {self.base.documents.get(each).id for each in source_ids}


@pytest.fixture
def door(base: KnowledgeBase) -> Iterator[Door]:
    base.ingest([Record(name, text=text) for name, text in TEXTS.items()], wait=True)
    door = Door(base)
    yield door
    door.security.close()


def test_a_tool_that_writes_is_named_and_waits_for_the_disk(door: Door) -> None:
    answer = door.use("remember", text="A note").json()["result"]
    assert answer["structuredContent"]["outcome"] == "added"
    entry, critical = door.told()
    assert (entry.operation, entry.action, critical) == ("POST /mcp remember", "write", True)
    door.kept.broken = True
    assert door.use("remember", text="Another note").status_code == 503


def test_a_tool_that_reads_is_named_and_what_is_no_tool_is_not(door: Door) -> None:
    told = []
    for method, params in (
        ("tools/call", {"name": "search", "arguments": {"query": "backups"}}),
        ("tools/call", {"name": "read", "arguments": {"document": "keys.md"}}),
        ("resources/read", {"uri": "elders://documents/keys.md"}),
        ("tools/list", {}),
    ):
        assert door.send(method, **params).status_code == 200
        entry, critical = door.told()
        told.append((entry.operation, entry.action, critical))
    assert told == [
        ("POST /mcp search", "search", False),
        ("POST /mcp read", "read", False),
        ("POST /mcp read", "read", False),
        ("POST /mcp", "search", False),
    ]


def test_what_a_tool_is_about_and_how_it_ended_is_told(door: Door) -> None:
    made = door.use("remember", text="A note").json()["result"]["structuredContent"]
    assert door.told()[0].resource == made["document_id"]
    door.use("read", document="keys.md")
    entry, _ = door.told()
    assert (entry.resource, entry.result) == (*door.ids("keys.md"), "ok")
    door.use("read", document="nowhere.md")
    entry, _ = door.told()
    assert (entry.operation, entry.result) == ("POST /mcp read", "refused")
    assert door.use("search", query=1).status_code == 200
    assert door.told()[0].result == "refused"
    door.headers["authorization"] = f"Bearer {door.reader}"
    assert door.use("remember", text="Another note").status_code == 200
    entry, critical = door.told()
    assert (entry.operation, entry.action) == ("POST /mcp remember", "write")
    assert (entry.result, entry.metadata["status"], critical) == ("denied", 403, False)


def test_what_is_pushed_is_told_by_its_id(door: Door) -> None:
    pushed = {"documents": [{"source_id": "a.md", "text": "A text"}]}
    (result,) = door.post("/v1/documents", pushed).json()["results"]
    assert door.told()[0].resource == result["document_id"] != ""
    assert door.post("/v1/jobs", pushed).status_code == 202
    job = door.get("/v1/jobs").json()["jobs"][0]
    told = [entry for entry, _ in door.kept.entries if entry.operation == "POST /v1/jobs"]
    assert [each.resource for each in told] == [job["id"]]


def test_tools_show_documents_as_searches_do(door: Door) -> None:
    asked = {"query": "backups kept", "k": 5}
    assert door.post("/v1/search", asked).json()["hits"]
    by_http = door.touched
    assert by_http == door.ids("retention.md", "keys.md")
    door.use("search", **asked)
    assert door.touched == by_http
    door.use("read", document="keys.md")
    assert door.touched == door.ids("keys.md")
    door.send("resources/read", uri="elders://documents/retention.md")
    assert door.touched == door.ids("retention.md")
    stated = door.use("neighbours", name="Kubernetes").json()["result"]["structuredContent"]
    assert stated["relations"]
    assert door.touched == door.ids("keys.md")
    door.use("read", document="nowhere.md")
    assert door.touched == set()


@pytest.mark.parametrize(
    "path",
    [
        "entities/Kubernetes/relations",
        "entities/Kubernetes/passages",
        "paths?from=Kubernetes&to=etcd",
        "related?name=Kubernetes&kind=passage&limit=1",
    ],
)
def test_the_graph_shows_the_documents_whose_passages_it_cites(door: Door, path: str) -> None:
    assert door.get(f"/v1/graph/{path}").status_code == 200
    assert door.touched == door.ids("keys.md")


def test_a_stream_shows_all_passages_that_it_brings_and_an_answer_those_it_cites(
    door: Door,
) -> None:
    streamed = door.post("/v1/answer", {"question": QUESTION, "stream": True})
    shown = {each for each in door.ids("retention.md", "keys.md") if each in streamed.text}
    assert shown
    assert door.touched == shown
    whole = door.post("/v1/answer", {"question": QUESTION}, accept="application/json").json()
    assert door.touched == {each["citation"]["document_id"] for each in whole["citations"]}
    assert door.touched < shown
