"""The protocol over HTTP, by the official client and a real server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from blockbuster import blockbuster_ctx
from mcp import Client
from starlette.types import ASGIApp, Receive, Scope, Send

from api import KnowledgeBase
from api.app import create_app
from foundation.security.policy import Access, Principal, Role, access
from ingest.model import Record
from tests.api.doors import Served, served
from tests.api.mcp.talking import call, failure, fields, talk

SECRET = "zanzibar"
FIRST = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
ACCEPT = {"accept": "application/json, text/event-stream"}


class Vouched:
    """Says to the app who sends each request, as a layer of authentication does."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.principal: Principal | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.principal is not None:
            scope.setdefault("state", {})["principal"] = self.principal
        await self.app(scope, receive, send)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    home = tmp_path_factory.mktemp("mcp")
    with KnowledgeBase.open(home, embedder="hashing", database_url=None) as base:
        base.ingest([Record("open.md", text="The door opens at nine")], collection="house")
        labels = {"access": ["board"]}
        hidden = Record("hidden.md", text=f"The door of the {SECRET} vault", metadata=labels)
        base.ingest([hidden], collection="house")
        base.ingest([Record("pay.md", text=f"{SECRET} pays at the door")], collection="pay")
        yield base


@pytest.fixture(scope="module")
def layers() -> list[Vouched]:
    return []


@pytest.fixture(scope="module")
def serving(base: KnowledgeBase, layers: list[Vouched]) -> Iterator[Served]:
    def around(app: ASGIApp) -> ASGIApp:
        layers.append(Vouched(app))
        return layers[-1]

    end = served(base, around=around)
    yield end
    end.stop()


@pytest.fixture
def url(serving: Served, layers: list[Vouched]) -> str:
    layers[0].principal = None
    return f"{str(serving.client.base_url).rstrip('/')}/mcp"


def as_reader(layers: list[Vouched], rights: Access, role: Role = Role.WRITER) -> None:
    layers[0].principal = Principal("key:7", "reader", role, access=rights)


def test_nothing_is_shown_to_who_may_not_see_it(url: str, layers: list[Vouched]) -> None:
    found = fields(url, "search", query=f"{SECRET} door")["passages"]
    assert {passage["source_id"] for passage in found} >= {"open.md", "hidden.md", "pay.md"}
    as_reader(layers, access(["house"], []))
    found = fields(url, "search", query=f"{SECRET} door")["passages"]
    assert [passage["source_id"] for passage in found] == ["open.md"]
    for name in ("hidden.md", "pay.md"):
        assert "there is no document" in failure(url, "read", document=name)
    unknown = failure(url, "neighbours", name="nobody")
    assert failure(url, "neighbours", name=SECRET) == unknown.replace("nobody", SECRET)
    assert "rights do not reach" in failure(
        url, "remember", text="Overwritten", source_id="hidden.md", collection="house"
    )
    assert "pay" in failure(url, "remember", text="Overwritten", collection="pay")
    as_reader(layers, access(["house"], ["board"]))
    found = fields(url, "search", query=f"{SECRET} door")["passages"]
    assert {passage["source_id"] for passage in found} == {"open.md", "hidden.md"}


def test_each_call_of_a_connection_acts_as_who_sends_it(url: str, layers: list[Vouched]) -> None:
    async def work(client: Client) -> list[int]:
        counts = []
        for rights in (Access.everything, access(["pay"], []), Access.nothing):
            as_reader(layers, rights)
            found = await client.call_tool("search", {"query": SECRET})
            counts.append(len(found.structured_content["passages"]))
        return counts

    everything, pay, nothing = talk(url, work)
    assert everything > pay > nothing == 0


def test_a_role_decides_which_tools_there_are(url: str, layers: list[Vouched]) -> None:
    as_reader(layers, access(["*"], []), Role.READER)
    listed = [tool.name for tool in talk(url, lambda client: client.list_tools()).tools]
    assert listed == ["search", "read", "neighbours"]
    assert "may not write" in failure(url, "remember", text="x")


def test_what_is_remembered_is_recorded_as_the_callers(
    url: str, base: KnowledgeBase, layers: list[Vouched]
) -> None:
    first = fields(url, "remember", text="Of the owner")
    as_reader(layers, access(["*"], []))
    second = fields(url, "remember", text="Of somebody with a key")
    actors = [base.documents.log(each["document_id"])[0].actor for each in (first, second)]
    assert actors == ["mcp", "key:7"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "http://localhost:3000"}, 200),
        ({"host": "elders.example"}, 421),
        ({"host": "127.0.0.1.example:8000"}, 421),
        ({"origin": "https://elders.example"}, 403),
        ({"content-type": "text/plain"}, 400),
        ({"accept": "text/html"}, 406),
    ],
)
def test_pages_of_other_sites_can_not_have_a_browser_call(
    serving: Served, url: str, headers: dict[str, str], status: int
) -> None:
    answer = serving.client.post(url, json=FIRST, headers=ACCEPT | headers)
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_there_is_no_stream_and_no_session(serving: Served, url: str, method: str) -> None:
    answer = serving.client.request(method, url, headers=ACCEPT)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert answer.headers["content-type"] == "application/problem+json"
    assert "mcp-session-id" not in serving.client.post(url, json=FIRST, headers=ACCEPT).headers


def test_what_is_no_message_is_refused(serving: Served, url: str) -> None:
    kind = {"content-type": "application/json"} | ACCEPT
    for body in (b"", b"{", b"[]", b"\xff", b"[" * 100_000):
        assert serving.client.post(url, content=body, headers=kind).status_code == 400
    too_much = serving.client.post(url, content=b"x" * 6_000_000, headers=kind)
    assert too_much.status_code == 413


def test_a_call_never_blocks_the_event_loop(base: KnowledgeBase) -> None:
    async def asked() -> Any:
        transport = httpx.ASGITransport(app=create_app(base))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            question = {"name": "search", "arguments": {"query": "door"}}
            message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": question}
            with blockbuster_ctx():
                return (await client.post("/mcp", json=message, headers=ACCEPT)).json()

    assert asyncio.run(asked())["result"]["structuredContent"]["passages"]


def test_many_may_call_at_once(url: str) -> None:
    async def work(client: Client) -> int:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(client.call_tool("search", {"query": "door", "k": k}))
                for k in range(1, 21)
            ]
        return sum(not task.result().is_error for task in tasks)

    assert talk(url, work) == 20
    assert not call(url, "search", query="door").is_error
