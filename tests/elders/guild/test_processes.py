"""The guild as separate processes, over HTTP and RabbitMQ: one cycle from logs to learnings."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from elders.guild.members import MEMBERS
from tests.api.doors import COMMAND, command
from tests.api.teaching import log
from tests.support.rabbitmq import own_prefix, rabbitmq_url, remove

PATIENCE = 120.0
STOP_SECONDS = 30.0


@contextmanager
def process(*arguments: str, env: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Run a command until the block ends; it must then go in order, by itself."""
    running = subprocess.Popen(
        [COMMAND, *arguments], env={**os.environ, **env}, stdout=subprocess.PIPE, text=True
    )
    try:
        yield running
        running.send_signal(signal.SIGTERM)
        running.wait(STOP_SECONDS)
    finally:
        if running.poll() is None:
            running.kill()
            running.wait()
        if running.stdout is not None:
            running.stdout.close()


def first_json(running: subprocess.Popen[str]) -> Any:
    """Read the object that a command prints when it is ready."""
    assert running.stdout is not None
    read = ""
    for line in running.stdout:
        read += line
        if line == "}\n":
            return json.loads(read)
    raise AssertionError(f"it ended before it was ready: {read}")


def settled(env: Mapping[str, str]) -> dict[str, Any]:
    """Wait until everybody was told of a cycle, and answer how the guild is."""
    deadline = time.monotonic() + PATIENCE
    while True:
        status = command("guild", "status", "--json", env=env).json
        if len((status["cycle"] or {"told": []})["told"]) == len(MEMBERS):
            return dict(status)
        assert time.monotonic() < deadline, status
        time.sleep(1)


@pytest.mark.slow
def test_separate_processes_lead_one_cycle_over_http_and_rabbitmq(tmp_path: Path) -> None:
    prefix, home = own_prefix()[:40], tmp_path / "home"
    env = {
        "ELDERS_HOME": str(home),
        "ELDERS_EMBEDDER": "hashing",
        "ELDERS_BUS_URL": rabbitmq_url(),
        "ELDERS_BUS_PREFIX": prefix,
        "ELDERS_GUILD_SIMILARITY": "0.1",
    }
    for seed in (1, 2):
        (tmp_path / f"{seed}.log").write_text(log(seed))
    assert command("ingest", str(tmp_path), "--include", "*.log", "--wait", env=env).status == 0
    key = command(
        "keys", "create", "guild", "-c", "*", "--label", "*", "--role", "curator", "--json", env=env
    ).json["key"]
    assert command("guild", "keys", "--together", env=env).status == 0
    keys = home / "guild" / "keys"
    try:
        with ExitStack() as closing:
            serving = closing.enter_context(process("serve", "--port", "0", "--json", env=env))
            address = first_json(serving)["address"]
            env |= {"ELDERS_GUILD_PLATFORM_URL": address, "ELDERS_GUILD_API_KEY": key}
            env["ELDERS_BUS_KEYS_FILE"] = str(keys / "keys.json")
            for short, member in MEMBERS.items():
                own = {**env, "ELDERS_BUS_SIGNING_FILE": str(keys / f"{member}.signing.json")}
                running = closing.enter_context(
                    process("guild", "run", "--sage", short, "--json", env=own)
                )
                assert first_json(running) == {"members": [member]}
            status = settled(env)
            assert status["missing"] == []
            assert status["cycle"]["stage"] == "told"
            assert sorted(status["cycle"]["told"]) == sorted(MEMBERS.values())
            assert {row["dead"] for row in status["members"]} == {0}
            asked = {"query": "door opens", "collections": ["learnings"]}
            headers = {"Authorization": f"Bearer {key}"}
            found = httpx.post(f"{address}/v1/search", json=asked, headers=headers, timeout=60)
            hits = found.raise_for_status().json()["hits"]
            assert any(hit["text"].startswith("# Learned:") for hit in hits)
    finally:
        asyncio.run(remove(prefix, list(MEMBERS.values())))
