"""The Task Sage and the Incident Sage as the guild's settings put them together."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from api.guild_sages import incident_sage, task_sage
from elders.alerts.rules_file import rules_of
from elders.guild.settings import load_guild_settings
from elders.improving.model import Risk, Suggestion
from elders.improving.records import Improvements
from elders.improving.wording import APPROVED, write_suggestion
from elders.messages import Message
from elders.platform import Platform
from elders.store import open_store
from elders.tasks.wording import PLAN, SUBMIT
from elders.transports.memory import MemoryTransport
from elders.transports.requests import Requests
from foundation.breaker import Breakers
from foundation.clock import system_clock
from foundation.errors import Forbidden
from tests.api.doors import Served, served
from tests.api.teaching import opened

SOON_SECONDS = 60.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    with opened(tmp_path / "home", background=True) as base:
        running = served(base)
        yield running
        running.stop()


def test_a_circuit_that_opens_is_told_with_the_runbook_that_a_search_finds(
    server: Served, tmp_path: Path
) -> None:
    document = {"source_id": "redis.md", "title": "Redis", "text": "Runbook: restart redis."}
    assert server.client.post("/v1/documents", json={"documents": [document]}).status_code == 200
    url, breakers = str(server.client.base_url), Breakers()
    rules = rules_of({"timing": {"group_wait_seconds": 0.1}}, "here")
    settings = load_guild_settings(guild_platform_url=url)
    told: asyncio.Queue[Message] = asyncio.Queue()

    async def main() -> None:
        transport = MemoryTransport(clock=system_clock)
        known = Platform(url, breakers=breakers)
        work = incident_sage(transport, known, store, settings, tmp_path, rules, breakers)
        await transport.listen("claude_elder", told.put)
        stop = asyncio.Event()
        async with asyncio.timeout(SOON_SECONDS), asyncio.TaskGroup() as group:
            group.create_task(work(stop))
            body = {"name": "redis", "before": "closed", "after": "open"}
            at = system_clock()
            await transport.send(Message("rag_sage", "incident_sage", "circuit.turned", body, at))
            while (message := await told.get()).topic != "alert":
                pass
            closed = {**body, "before": "half_open", "after": "closed"}
            at = system_clock()
            await transport.send(Message("rag_sage", "incident_sage", "circuit.turned", closed, at))
            while (over := await told.get()).topic != "alert":
                pass
            rotten = {"rule": "certificate", "severity": "high", "summary": "it ends"}
            for raised in ({"rule": "half an alert"}, rotten):
                at = system_clock()
                await transport.send(
                    Message("servant.mail", "incident_sage", "alert.raise", raised, at)
                )
            while (own := await told.get()).topic != "alert":
                pass
            stop.set()
        await known.close()
        await transport.close()
        assert message.body["runbook"][0] == "Redis: Runbook: restart redis."
        assert message.body["cause"] == "platform"
        assert (message.body["kind"], over.body["kind"]) == ("firing", "resolved")
        assert over.body["composite"] == message.body["composite"]
        assert (own.body["title"], own.body["lines"][0]["rule"]) == ("it ends", "certificate")

    with closing(open_store(tmp_path / "guild")) as store:
        asyncio.run(main())


def test_the_task_sage_plans_with_as_much_of_a_resource_as_the_setting_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELDERS_GUILD_CAPACITY", '{"gpu": 1}')
    settings = load_guild_settings(guild_platform_url="http://127.0.0.1:1")
    told: asyncio.Queue[Message] = asyncio.Queue()
    task = {"traits": {"kind": "train"}, "resources": {"gpu": 1}}

    async def main() -> None:
        transport, stop = MemoryTransport(clock=system_clock), asyncio.Event()
        await transport.listen("claude_elder", told.put)
        async with asyncio.timeout(SOON_SECONDS), asyncio.TaskGroup() as group:
            group.create_task(task_sage(transport, store, settings, tmp_path, Breakers())(stop))
            for topic, body in ((SUBMIT, task), (SUBMIT, task), (PLAN, {})):
                at = system_clock()
                await transport.send(
                    Message("claude_elder", "task_sage", topic, body, at, reply_to="claude_elder")
                )
                answer = await told.get()
            stop.set()
        await transport.close()
        first, second = answer.body["slots"]
        assert second["start"] == first["end"]

    with closing(open_store(tmp_path)) as store:
        asyncio.run(main())


@pytest.mark.parametrize("sender", ["claude_elder", "task_sage"])
def test_what_an_elder_approved_is_tried_and_what_another_says_is_not(
    tmp_path: Path, sender: str
) -> None:
    suggestion = Suggestion(
        "more workers", "task.workers", 7.0, "tasks.waiting", 0.33, Risk.LOW, 0.5, "asked"
    )
    rules, settings = rules_of({}, "here"), load_guild_settings()
    told: asyncio.Queue[Message] = asyncio.Queue()

    async def main() -> None:
        transport = MemoryTransport(clock=system_clock)
        known = Platform("http://127.0.0.1:1")
        work = incident_sage(transport, known, store, settings, tmp_path, rules, Breakers())
        await transport.listen("task_sage", told.put)
        requests = Requests(transport, sender, clock=system_clock, address=f"{sender}.replies")
        await requests.open()
        stop = asyncio.Event()
        async with asyncio.timeout(SOON_SECONDS), asyncio.TaskGroup() as group:
            group.create_task(work(stop))
            body = write_suggestion(suggestion)
            try:
                if sender == "claude_elder":
                    await requests.ask("incident_sage", APPROVED, body)
                    assert (await told.get()).body["count"] == 7
                else:
                    with pytest.raises(Forbidden):
                        await requests.ask("incident_sage", APPROVED, body)
            finally:
                stop.set()
        await requests.close()
        await known.close()
        await transport.close()

    with closing(open_store(tmp_path / "guild")) as store:
        asyncio.run(main())
        tried = [each.outcome for each in Improvements(store, system_clock).trials()]
        assert tried == (["approved"] if sender == "claude_elder" else [])
