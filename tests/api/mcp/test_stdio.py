"""`elders mcp` as clients start it: a process of its own, asked by the official client."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters

from api import KnowledgeBase
from ingest.model import Record
from tests.api.doors import COMMAND, command
from tests.api.mcp.talking import failure, talk, text

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


def server(*arguments: str) -> StdioServerParameters:
    """Describe the process as a client's settings do."""
    return StdioServerParameters(
        command=str(COMMAND), args=["mcp", *arguments], env=dict(os.environ)
    )


def test_beside_another_process_it_reads_and_says_why_it_does_not_write(
    base: KnowledgeBase,
) -> None:
    base.add("The door opens at nine", source_id="door.md")

    async def work(client: Client) -> str:
        found = await client.call_tool("search", {"query": "door"})
        assert [p["source_id"] for p in found.structured_content["passages"]] == ["door.md"]
        refused = await client.call_tool("remember", {"text": "x"})
        assert refused.is_error
        return str(refused.content[0])

    said = talk(server(), work)
    assert f"process {os.getpid()}" in said
    assert "elders serve" in said


def test_read_only_it_leaves_the_home_to_others(home: Path) -> None:
    missing = command("mcp", "--read-only")
    assert missing.status == 1
    assert missing.out == ""
    assert "no knowledge base" in missing.err
    with KnowledgeBase.open(home, background=False) as base:
        base.add("The door opens at nine", source_id="door.md")
    assert "--read-only" in failure(server("--read-only"), "remember", text="x")


def test_it_shows_no_other_collections_than_those_named(home: Path) -> None:
    with KnowledgeBase.open(home, background=False) as base:
        for name in ("house", "pay"):
            base.ingest([Record(f"{name}.md", text=f"The door of {name}")], collection=name)

    async def work(client: Client) -> None:
        found = await client.call_tool("search", {"query": "door"})
        assert [p["source_id"] for p in found.structured_content["passages"]] == ["house.md"]
        refused = await client.call_tool("read", {"document": "pay.md"})
        assert refused.is_error
        assert "there is no document" in text(refused)
        kept = await client.call_tool("remember", {"text": "A gate"})
        assert kept.structured_content["collection"] == "house"
        listed = await client.list_tools()
        assert {tool.name for tool in listed.tools} > {"search", "read", "neighbours"}

    talk(server("--collection", "house", "-c", "garden"), work)


def test_nothing_but_the_protocol_comes_out_and_it_ends_with_its_input() -> None:
    lines = [
        json.dumps(FIRST),
        "no message",
        json.dumps({"jsonrpc": "2.0", "id": 2, "method": "ping"}),
    ]
    done = command("mcp", data="\n".join(lines).encode())
    assert done.status == 0, done.err
    messages = [json.loads(line) for line in done.out.splitlines()]
    assert {message["jsonrpc"] for message in messages} == {"2.0"}
    assert 1 in {message.get("id") for message in messages}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_though_the_client_says_nothing(number: int) -> None:
    process = subprocess.Popen(
        [COMMAND, "mcp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    with process:
        process.stdin.write(json.dumps(FIRST).encode() + b"\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == 1
        process.send_signal(number)
        assert process.wait(30) == 128 + number
        assert b"what was accepted is kept" in process.stderr.read()
