"""The official client of MCP lists and calls every tool: of a server, and of `elders mcp`."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from api import KnowledgeBase
from api.mcp.toolbox import TOOLS
from tests.api.doors import COMMAND
from tests.api.mcp.talking import talk
from tests.api.workers.teams import Team, started

NOTE = "Kubernetes depends on etcd. Okapis sleep standing."


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    folder = tmp_path_factory.mktemp("mcp")
    with started(folder / "home", folder / "log", workers=1) as team:
        yield team


@asynccontextmanager
async def over_http(team: Team, key: str) -> AsyncIterator[Any]:
    headers = {"authorization": f"Bearer {key}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        streamable_http_client(f"{team.address}/mcp", http_client=http) as streams,
    ):
        yield streams


def over_stdio(home: Path) -> StdioServerParameters:
    return StdioServerParameters(
        command=str(COMMAND),
        args=["mcp", "--home", str(home)],
        env={**os.environ, "ELDERS_EMBEDDER": "hashing"},
    )


async def use_every_tool(client: Client) -> str:
    """Call each tool that there is, with all it takes; answer the document that was kept."""
    listed = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert set(listed) == {tool.name for tool in TOOLS}
    called: dict[str, Any] = {}

    async def call(tool: str, **arguments: Any) -> Any:
        assert arguments.keys() <= listed[tool].input_schema["properties"].keys()
        result = await client.call_tool(tool, arguments)
        assert not result.is_error, result.content
        called[tool] = result.structured_content
        return called[tool]

    kept = await call(
        "remember", text=NOTE, source_id="zoo", title="Zoo", collection="zoo",
        metadata={"year": 2026},
    )  # fmt: skip
    assert kept["outcome"] in {"added", "unchanged"}
    found = await call(
        "search", query="okapis", k=1, collections=["zoo"], filter={"year": {"$gte": 2026}}
    )
    (passage,) = found["passages"]
    assert (passage["source_id"], passage["document_id"]) == ("zoo", kept["document_id"])
    read = await call("read", document="zoo", collection="zoo", version=1)
    assert read["text"] == NOTE
    assert read["text"][passage["start"] : passage["end"]] == passage["text"]
    known = await call("neighbours", name="Kubernetes", limit=5)
    assert [(each["predicate"], each["object"]) for each in known["relations"]] == [
        ("depends on", "etcd")
    ]
    assert set(called) == set(listed)
    return str(kept["document_id"])


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_every_tool_is_called_over_http_with_a_key(team: Team, mode: str) -> None:
    document = talk(over_http(team, team.key), use_every_tool, mode=mode)
    assert team.ask("GET", f"/v1/documents/{document}").json()["text"] == NOTE


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_every_tool_is_called_over_standard_streams(tmp_path: Path, mode: str) -> None:
    home = tmp_path / "home"
    document = talk(over_stdio(home), use_every_tool, mode=mode)
    with KnowledgeBase.open(home, embedder="hashing", background=False) as base:
        assert base.documents.get("zoo").id == document
        assert base.documents.log(document)[0].actor.startswith("mcp:")


def test_a_key_of_less_is_offered_less_and_none_is_refused(team: Team) -> None:
    made = json.loads(
        team.command("keys", "create", "r", "-c", "guides", "--role", "reader", "--json")
    )

    async def work(client: Client) -> list[str]:
        refused = await client.call_tool("remember", {"text": "x"})
        assert refused.is_error
        found = await client.call_tool("search", {"query": "weather okapis"})
        assert found.structured_content["passages"] == []
        return [tool.name for tool in (await client.list_tools()).tools]

    readers = talk(over_http(team, made["key"]), work)
    assert readers == [tool.name for tool in TOOLS if not tool.writes]
    strangers = team.ask("POST", "/mcp", {}, authorization="Bearer eg_nobody")
    assert (strangers.status_code, "Bearer" in strangers.headers["www-authenticate"]) == (401, True)
