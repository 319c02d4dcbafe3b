"""Actions are real, bounded, recorded and undone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import structlog
from pydantic import SecretStr

from elders.incidents.acting import Acting, Action, Effect
from elders.incidents.actions import (
    NAMES,
    Archive,
    EmptyCaches,
    MoreWorkers,
    all_actions,
    lockdown,
    throttle,
)
from elders.incidents.records import State, Taken
from elders.incidents.ring import Ring
from elders.messages import Body
from elders.platform import Platform
from elders.transports.memory import MemoryTransport
from foundation.database.database import Database
from foundation.errors import Conflict, NotFound
from tests.elders.incidents.conftest import Served
from tests.elders.incidents.given import Watch, listening, rounds, run


class Bench:
    """Actions on a real platform, and what was reported."""

    def __init__(self, store: Database, watch: Watch, served: Served, folder: Path) -> None:
        self.watch = watch
        self.reported: list[Taken] = []
        self.ring = Ring(store)
        self.transport = MemoryTransport(clock=watch)
        self.platform = Platform(served.url, SecretStr(served.key))
        actions: list[Action] = [
            EmptyCaches(self.platform),
            MoreWorkers(self.transport, watch, count=9),
            Archive(self.ring, folder, watch, older_seconds=100.0),
            throttle(self.platform),
            lockdown(self.platform),
        ]
        self.acting = Acting(actions, store, clock=watch, report=self.report)

    async def report(self, taken: Taken) -> None:
        self.reported.append(taken)


Trying = Callable[[Callable[[Bench], Awaitable[None]]], None]


@pytest.fixture
def trying(store: Database, watch: Watch, platform: Served, tmp_path: Path) -> Trying:
    def tried(work: Callable[[Bench], Awaitable[None]]) -> None:
        async def main() -> None:
            bench = Bench(store, watch, platform, tmp_path / "archive")
            try:
                await work(bench)
            finally:
                await bench.platform.ask("DELETE", "v1/admin/restrictions")
                await bench.platform.close()
                await bench.transport.close()

        run(main)

    return tried


def test_a_lockdown_holds_is_bounded_in_time_and_undone(trying: Trying) -> None:
    async def work(bench: Bench) -> None:
        await bench.acting.take("throttle", "many requests")
        taken = await bench.acting.take("lockdown", "somebody is in")
        held = await bench.platform.ask("GET", "v1/admin/restrictions")
        assert (held["read_only"], held["rate_factor"]) == (True, 0.25)
        assert held["until"] is not None
        assert held["reason"] == "somebody is in; many requests"
        undone = await bench.acting.undo(taken.number, "a false alarm")
        assert undone.state is State.UNDONE
        held = await bench.platform.ask("GET", "v1/admin/restrictions")
        assert (held["read_only"], held["rate_factor"]) == (False, 0.25)
        assert [each.state for each in bench.reported] == ["done", "done", "undone"]
        with pytest.raises(Conflict, match="undone"):
            await bench.acting.undo(taken.number, "again")

    trying(work)


def test_what_an_administrator_said_holds_beside_it_and_after_it(trying: Trying) -> None:
    async def work(bench: Bench) -> None:
        place = "v1/admin/restrictions"
        said = {"rate_factor": 0.5, "read_only": True, "reason": "a backup"}
        await bench.platform.ask("PUT", place, body=said)
        taken = await bench.acting.take("throttle", "many requests")
        held = await bench.platform.ask("GET", place)
        assert (held["rate_factor"], held["read_only"]) == (0.25, True)
        stricter = {**said, "rate_factor": 0.1}
        await bench.platform.ask("PUT", place, body=stricter)
        assert (await bench.platform.ask("GET", place))["rate_factor"] == 0.1
        await bench.acting.undo(taken.number, "calm")
        held = await bench.platform.ask("GET", place)
        assert held == {**stricter, "suspended": [], "until": None}

    trying(work)


def test_an_earlier_one_is_not_undone_while_a_later_one_holds(trying: Trying) -> None:
    async def work(bench: Bench) -> None:
        first = await bench.acting.take("throttle", "many requests")
        bench.watch.pass_(300)
        second = await bench.acting.take("throttle", "still many")
        with pytest.raises(Conflict, match="once more since"):
            await bench.acting.undo(first.number, "calm")
        await bench.acting.undo(second.number, "calm")
        held = await bench.platform.ask("GET", "v1/admin/restrictions")
        assert held["rate_factor"] == 1.0

    trying(work)


def test_a_dry_run_tells_and_changes_nothing(trying: Trying) -> None:
    async def work(bench: Bench) -> None:
        for name in bench.acting.names:
            taken = await bench.acting.take(name, "to see", dry_run=True)
            assert taken.state is State.PLANNED
            assert taken.told
        held = await bench.platform.ask("GET", "v1/admin/restrictions")
        assert (held["read_only"], held["rate_factor"]) == (False, 1.0)
        assert (await bench.acting.take("throttle", "now really")).state is State.DONE

    trying(work)


def test_it_is_not_done_again_before_it_cooled_down(trying: Trying) -> None:
    async def work(bench: Bench) -> None:
        await bench.acting.take("memory", "short of memory")
        with pytest.raises(Conflict, match="wait 600 s"):
            await bench.acting.take("memory", "still short")
        bench.watch.pass_(600)
        assert (await bench.acting.take("memory", "short again")).state is State.DONE

    trying(work)


def test_what_was_undone_cools_down_too(trying: Trying) -> None:
    async def work(bench: Bench) -> None:
        taken = await bench.acting.take("throttle", "many requests")
        await bench.acting.undo(taken.number, "a false alarm")
        with pytest.raises(Conflict, match="wait 300 s"):
            await bench.acting.take("throttle", "still many")
        bench.watch.pass_(300)
        again = await bench.acting.take("throttle", "still many")
        await bench.acting.undo(again.number, "whoever says so may undo at any time")

    trying(work)


def test_old_samples_move_into_a_file_and_back(trying: Trying) -> None:
    async def work(bench: Bench) -> None:
        kept = rounds({"host.cpu": [float(n) for n in range(30)]})
        for each in kept:
            await asyncio.to_thread(bench.ring.add, each)
        bench.watch.pass_(290)
        taken = await bench.acting.take("archive", "the disk is full")
        assert taken.told["archived_rounds"] == 20
        assert await asyncio.to_thread(bench.ring.count) == 10
        await bench.acting.undo(taken.number, "there is room again")
        assert await asyncio.to_thread(bench.ring.read) == kept

    trying(work)


def test_the_task_sage_is_asked_for_workers_and_for_none(trying: Trying) -> None:
    async def work(bench: Bench) -> None:
        ears = await listening(bench.transport, "task_sage")
        taken = await bench.acting.take("workers", "requests are shed")
        await bench.acting.undo(taken.number, "calm")
        await ears.wait_for(2)
        assert [each.body["count"] for each in ears.heard] == [9, 0]
        assert {(each.body["source"], each.body["asked_at"]) for each in ears.heard} == {
            ("workers", bench.watch.now)
        }
        assert ears.heard[0].body["until"] == bench.watch.now + 1_800_000_000

    trying(work)


def test_what_fails_is_recorded_as_failed(store: Database, watch: Watch) -> None:
    async def work() -> None:
        reported: list[Taken] = []

        async def report(taken: Taken) -> None:
            reported.append(taken)

        async with Platform("http://127.0.0.1:9") as away:
            acting = Acting([EmptyCaches(away)], store, clock=watch, report=report)
            taken = await acting.take("memory", "short of memory")
        assert taken.state is State.FAILED
        assert "reached" in taken.told["error"]
        assert reported == await acting.history()
        with pytest.raises(Conflict, match="wait 600 s"):
            await acting.take("memory", "still short")
        with pytest.raises(NotFound):
            await acting.take("reboot", "no such thing")

    run(work)


class Breaking:
    """An action with a fault of its own, or that ends with its process."""

    name = "breaking"
    cool_down_seconds = 60.0

    def __init__(self, fault: BaseException) -> None:
        self.fault = fault

    async def plan(self) -> Body:
        return {}

    async def act(self, reason: str) -> Effect:
        del reason
        raise self.fault

    async def undo(self, undo: Body) -> Body:
        return undo


def test_a_fault_of_an_action_is_a_failure_and_logged(store: Database, watch: Watch) -> None:
    async def work() -> None:
        reported: list[Taken] = []

        async def report(taken: Taken) -> None:
            reported.append(taken)

        acting = Acting([Breaking(KeyError("bytes"))], store, clock=watch, report=report)
        with structlog.testing.capture_logs() as logged:
            taken = await acting.take("breaking", "to see")
        assert (taken.state, taken.told) == (State.FAILED, {"error": "KeyError: 'bytes'"})
        assert reported == [taken] == await acting.history()
        assert [(each["event"], each["exc_info"]) for each in logged] == [("action.broke", True)]

    run(work)


def test_what_died_is_settled_by_whoever_takes_the_seat_and_by_nobody_else(
    store: Database, watch: Watch
) -> None:
    async def work() -> None:
        reported: list[Taken] = []

        async def report(taken: Taken) -> None:
            reported.append(taken)

        dying = Acting([Breaking(asyncio.CancelledError())], store, clock=watch, report=report)
        with pytest.raises(asyncio.CancelledError):
            await dying.take("breaking", "to see")
        after = Acting([Breaking(KeyError())], store, clock=watch, report=report)
        (left,) = await after.history()
        assert (left.state, reported) == (State.BEGUN, [])
        with pytest.raises(Conflict, match="begun"):
            await after.undo(left.number, "a person's wish")
        for _ in range(2):
            await after.settle()
        (settled,) = await after.history()
        assert settled.state is State.FAILED
        assert "died" in settled.told["error"]
        assert reported == [settled]
        with pytest.raises(Conflict, match="wait 60 s"):
            await after.take("breaking", "once more")

    run(work)


def test_the_names_that_rules_may_give_are_those_of_the_actions(
    store: Database, watch: Watch, platform: Served, tmp_path: Path
) -> None:
    asked = Platform(platform.url, SecretStr(platform.key))
    found = all_actions(asked, MemoryTransport(clock=watch), Ring(store), tmp_path, watch)
    assert tuple(each.name for each in found) == NAMES
    asyncio.run(asked.close())
