from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from blockbuster import blockbuster_ctx

from elders.health.guild import Flow, GuildReading, GuildWatch, Probe, judge_guild
from elders.health.members import PROBE, Members, attending
from elders.health.model import Status
from elders.health.report import Report, guild_layer, write_report
from elders.health.watching import watch
from elders.messages import Message
from elders.store import open_store
from elders.transports.memory import MemoryTransport
from elders.transports.opening import open_transport
from elders.transports.settings import load_bus_settings
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
    assert reading.flow.handled >= reading.flow.asked == 6
    assert (reading.flow.unsent, reading.flow.dead) == (None, 0)
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
    reading = GuildReading(Micros(0), {}, Flow(0, 0), Probe(Micros(0), (), passed=False), 2, None)
    layer = judge_guild(reading)
    assert layer.status is Status.CRITICAL
    assert "2 matters" in next(c.reason for c in layer.checks if c.name == "waiting")
    assert "all four" not in next(c.reason for c in layer.checks if c.name == "sages")


@pytest.mark.parametrize(
    ("flow", "status", "told"),
    [
        (Flow(6, 6), Status.HEALTHY, "6 messages in the last five minutes"),
        (Flow(5, 6), Status.WARNING, "6 pings were sent"),
        (Flow(0, 0), Status.CRITICAL, "0 messages"),
        (Flow(6, 6, unsent=Micros(4_000_000_000 - 299_000_000)), Status.HEALTHY, "6 messages"),
        (Flow(6, 6, unsent=Micros(4_000_000_000 - 300_000_000)), Status.WARNING, "for 5 minutes"),
        (Flow(6, 6, unsent=Micros(0)), Status.CRITICAL, "for 67 minutes"),
        (Flow(6, 6, dead=2), Status.WARNING, "2 could not be delivered"),
        (Flow(6, 6, dead=None), Status.WARNING, "can't be known"),
    ],
)
def test_the_flow_is_judged_by_what_is_handled_what_waits_and_what_is_dead(
    flow: Flow, status: Status, told: str
) -> None:
    layer = judge_guild(GuildReading(Micros(4_000_000_000), {}, flow, None, 0, None))
    (check,) = [each for each in layer.checks if each.name == "flow"]
    assert (check.status, told in check.reason) == (status, True), check
    assert bool(check.advice) is (status is not Status.HEALTHY)


def test_a_broker_that_is_away_is_critical_for_the_flow(database: Database) -> None:
    async def main() -> GuildReading:
        away = load_bus_settings(bus_url="amqp://127.0.0.1:1/", bus_send_seconds=0.1)
        transport = open_transport(away, database, clock=system_clock)
        tree = ElderTree(transport, database)
        await tree.decide(Decision("operation", "Compact.", "claude_elder"), ["rag_sage"])
        reading = await GuildWatch(tree, database, patience_seconds=0.0).look()
        await transport.close()
        return reading

    reading = asyncio.run(main())
    assert reading.flow.unsent is not None
    assert (reading.flow.handled, reading.flow.asked, reading.flow.dead) == (0, 6, None)
    (check,) = [each for each in judge_guild(reading).checks if each.name == "flow"]
    assert check.status is Status.CRITICAL


def test_what_could_not_be_delivered_is_counted(database: Database) -> None:
    async def main() -> GuildReading:
        transport = MemoryTransport(clock=system_clock)
        tree = ElderTree(transport, database)
        now = system_clock()
        late = Message("claude_elder", "rag_sage", "late", {}, now, expires_at=Micros(now - 1))
        await transport.send(late)
        await tree.listen("rag_sage", Member())
        while not await transport.dead("rag_sage"):  # noqa: ASYNC110 - of the transport
            await asyncio.sleep(0.01)
        reading = await GuildWatch(tree, database, patience_seconds=0.0).look()
        await transport.close()
        return reading

    assert asyncio.run(asyncio.wait_for(main(), 60)).flow.dead == 1


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
