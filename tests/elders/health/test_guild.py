from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from blockbuster import blockbuster_ctx

from elders.health.guild import GuildReading, GuildWatch, Probe, judge_guild
from elders.health.members import PROBE, Members, attending
from elders.health.model import Status
from elders.health.report import Report, guild_layer, write_report
from elders.health.watching import watch
from elders.messages import Message
from elders.store import open_store
from elders.transports.memory import MemoryTransport
from elders.tree.council import Decision
from elders.tree.tree import ElderTree
from foundation.clock import Micros, system_clock
from foundation.database.database import Database
from foundation.errors import Unavailable

EVERYBODY = (
    "grand_elder", "claude_elder", "incident_sage", "knowledge_sage", "rag_sage", "task_sage",
)  # fmt: skip


class Member:
    def __init__(self) -> None:
        self.seen: list[Message] = []

    async def __call__(self, message: Message) -> None:
        self.seen.append(message)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(open_store(tmp_path / "guild")) as opened:
        yield opened


async def looked(
    database: Database, names: Sequence[str], *, times: int = 1
) -> tuple[list[GuildReading], dict[str, Member]]:
    transport = MemoryTransport(clock=system_clock)
    tree = ElderTree(transport, database)
    members = {name: Member() for name in names}
    for name, member in members.items():
        await tree.listen(name, attending(tree, database, name, member, clock=system_clock))
    await tree.decide(Decision("operation", "Compact.", "claude_elder"), ["rag_sage"])
    known = Members(database)

    async def sleep(_: float) -> None:
        """Go on once all who are there have answered, and what rises has arrived."""
        for _turn in range(1_000):
            await asyncio.sleep(0.01)
            seen = await asyncio.to_thread(known.all)
            if all(name in seen and seen[name].answers for name in names) and (
                not await tree.waiting()
            ):
                return

    watching = GuildWatch(tree, database, sleep=sleep, patience_seconds=0.4)
    with blockbuster_ctx():
        found = [await watching.look() for _ in range(times)]
    assert await tree.waiting() == []
    await transport.close()
    return found, members


def test_a_guild_in_which_all_answer_is_healthy_and_a_probe_rises(database: Database) -> None:
    (reading, again), members = asyncio.run(looked(database, EVERYBODY, times=2))
    layer = judge_guild(reading)
    assert {check.name: check.status for check in layer.checks} == dict.fromkeys(
        ["grand_elder", "claude_elder", "sages", "flow", "escalation", "waiting", "directive"],
        Status.HEALTHY,
    )
    assert reading.probe is not None
    assert [step.recipient for step in reading.probe.steps] == [
        "incident_sage", "claude_elder", "grand_elder",
    ]  # fmt: skip
    assert reading.probe.steps[0].sender == "servant.health"
    assert reading.handled >= 6
    assert "operation" in next(c.reason for c in layer.checks if c.name == "directive")
    assert again.probe == reading.probe
    assert [message.topic for member in members.values() for message in member.seen] == ["decision"]


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ("claude_elder", {"claude_elder": Status.CRITICAL, "escalation": Status.WARNING}),
        ("grand_elder", {"grand_elder": Status.CRITICAL, "escalation": Status.WARNING}),
        ("rag_sage", {"sages": Status.WARNING}),
    ],
)
def test_who_does_not_answer_is_named_and_gets_no_second_ping(
    database: Database, missing: str, expected: dict[str, Status]
) -> None:
    present = [name for name in EVERYBODY if name != missing]
    (_, reading), _ = asyncio.run(looked(database, present, times=2))
    layer = judge_guild(reading)
    bad = {check.name: check.status for check in layer.checks if check.status is not Status.HEALTHY}
    assert bad == expected
    assert any(missing in check.advice for check in layer.checks)


def test_after_a_restart_all_are_asked_again_though_a_ping_may_wait(database: Database) -> None:
    present = [name for name in EVERYBODY if name != "rag_sage"]
    asyncio.run(looked(database, present))
    (reading,), _ = asyncio.run(looked(database, EVERYBODY))
    assert reading.answers["rag_sage"] is not None


def test_a_probe_that_does_not_arrive_is_critical_and_stopped(database: Database) -> None:
    async def main() -> GuildReading:
        transport = MemoryTransport(clock=system_clock)
        tree = ElderTree(transport, database)

        async def careless(message: Message) -> None:
            if message.topic != PROBE:
                await attend(message)

        attend = attending(tree, database, "claude_elder", Member(), clock=system_clock)
        for name in EVERYBODY:
            handler = attending(tree, database, name, Member(), clock=system_clock)
            await tree.listen(name, careless if name == "claude_elder" else handler)
        known = Members(database)

        async def sleep(_: float) -> None:
            """Go on once all have answered, and the probe has come as far as it will."""
            for _turn in range(1_000):
                await asyncio.sleep(0.01)
                seen = await asyncio.to_thread(known.all)
                there = [case.message.recipient for case in await tree.waiting()]
                if all(seen[name].answers for name in EVERYBODY) and there != ["incident_sage"]:
                    return

        watching = GuildWatch(tree, database, sleep=sleep, patience_seconds=1.0)
        reading = await watching.look()
        assert await tree.waiting() == []
        await transport.close()
        return reading

    (check,) = [c for c in judge_guild(asyncio.run(main())).checks if c.name == "escalation"]
    assert check.status is Status.CRITICAL
    assert check.reason.endswith("servant.health -> incident_sage -> claude_elder")


def test_matters_that_wait_for_the_grand_elder_are_told() -> None:
    reading = GuildReading(Micros(0), {}, 0, Probe(Micros(0), (), passed=False), 2, None)
    layer = judge_guild(reading)
    assert layer.status is Status.CRITICAL
    assert "2 matters" in next(c.reason for c in layer.checks if c.name == "waiting")
    assert "all four" not in next(c.reason for c in layer.checks if c.name == "sages")


def test_what_was_found_is_written_for_others_and_grows_old(
    database: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "told"
    assert [c.reason for c in guild_layer(folder, system_clock()).checks] == ["not running"]

    class Enough(Exception):  # noqa: N818
        pass

    async def enough(seconds: float) -> None:
        if seconds == 300:
            raise Enough

    async def main() -> None:
        transport = MemoryTransport(clock=system_clock)
        tree = ElderTree(transport, database)
        guild = GuildWatch(tree, database, sleep=enough)
        with pytest.raises(Enough), blockbuster_ctx():
            await watch(guild, folder, sleep=enough)
        await transport.close()

    asyncio.run(main())
    now = system_clock()
    found = guild_layer(folder, now)
    assert found.checks[0].reason.startswith("looked at itself")
    assert found.status is Status.CRITICAL
    old = guild_layer(folder, Micros(now + 901_000_000))
    assert (old.status, len(old.checks)) == (Status.WARNING, 1)
    for data in (b"{", b"[]", b"\xff", b'{"at": "x"}'):
        (folder / "health.json").write_bytes(data)
        assert guild_layer(folder, now).status is Status.WARNING
    with pytest.raises(Unavailable, match="can't be written"):
        write_report(folder / "health.json", Report(now, found))
