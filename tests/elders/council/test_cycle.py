"""A whole cycle over a real platform: led once, or crashed at every stage, it comes to the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from elders.council.cycle import Council, Customs
from elders.council.model import STAGES, Stage
from elders.council.records import Cycle, Cycles, Made
from elders.council.seats import TaskReplies
from elders.levels import CLAUDE_ELDER, GRAND_ELDER, Sage
from elders.platform import Platform
from elders.tasks.model import TaskState
from elders.tasks.submitting import Submitting
from elders.transport import Transport
from elders.transports.delivery import Sleep
from elders.transports.requests import Requests
from foundation.clock import system_clock
from foundation.database.database import Database
from foundation.errors import Conflict, Unavailable
from tests.api.doors import Served
from tests.elders.council.conftest import guild
from tests.elders.transports.buses import eventually, run

EVERYBODY = sorted([*(each.value for each in Sage), CLAUDE_ELDER, GRAND_ELDER])
CUSTOMS = Customs(threshold=0.1, look_seconds=0.02)


class Crashing(Cycles):
    """Crashes once before each stage is noted: what the stage did is done, and nobody knows."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, system_clock)
        self.crashed: set[Stage] = set()

    def reach(self, cycle: Cycle, stage: Stage, made: Made) -> Cycle:
        if stage not in self.crashed:
            self.crashed.add(stage)
            raise Unavailable("the process died here")
        return super().reach(cycle, stage, made)


@asynccontextmanager
async def council(
    transport: Transport, cycles: Cycles, rest: Sleep = asyncio.sleep
) -> AsyncIterator[Council]:
    asking = Requests(transport, CLAUDE_ELDER, clock=system_clock, address="claude_elder.a.replies")
    tasks = Requests(
        TaskReplies(transport, system_clock), CLAUDE_ELDER, clock=system_clock,
        address="claude_elder.b.replies",
    )  # fmt: skip
    await asking.open()
    await tasks.open()
    yield Council(transport, asking, tasks, cycles, clock=system_clock, customs=CUSTOMS, sleep=rest)
    await asking.close()
    await tasks.close()


def learnings(server: Served) -> list[dict[str, object]]:
    listed = server.client.get("/v1/documents", params={"collection": "learnings"})
    return list(listed.raise_for_status().json()["documents"])


def found(client: httpx.Client) -> set[str]:
    asked = {"query": "door opens", "collections": ["learnings"], "mode": "lexical"}
    hits = client.post("/v1/search", json=asked).raise_for_status().json()["hits"]
    return {hit["citation"]["source_id"] for hit in hits}


def test_learnings_are_found_by_search_and_everybody_is_told(
    platform: Platform, store: Database, server: Served
) -> None:
    cycles = Cycles(store, system_clock)

    async def work() -> None:
        async with guild(platform, store) as transport, council(transport, cycles) as leading:
            cycle = await leading.lead("first")
            assert cycle.stage is Stage.TOLD
            await eventually(lambda: all(not transport.waiting(each) for each in EVERYBODY))
            assert await asyncio.to_thread(cycles.told, "first") == EVERYBODY
            again = await leading.lead("second")  # nothing changed but by what was learned
            assert again.since.seq > 0

    run(work())
    assert [stage for stage, _ in cycles.steps("first")] == list(STAGES[1:])
    stored = cycles.made("first", Stage.STORED)["documents"]
    assert len(stored) == len(cycles.made("first", Stage.EXECUTED)["learnings"]) > 0
    assert cycles.made("first", Stage.EXECUTED)["given_up"] == []
    assert found(server.client)


def test_crashed_at_every_stage_it_has_each_effect_once(
    platform: Platform, store: Database, server: Served
) -> None:
    cycles = Crashing(store)

    async def work() -> None:
        async with guild(platform, store) as transport:
            for _ in STAGES[1:]:
                async with council(transport, cycles) as leading:
                    with pytest.raises(Unavailable, match="died here"):
                        await leading.lead("one")
            async with council(transport, cycles) as leading:
                assert (await leading.lead("one")).stage is Stage.TOLD
            await eventually(lambda: all(not transport.waiting(each) for each in EVERYBODY))

    run(work())
    tasks = cycles.made("one", Stage.PLANNED)["tasks"]
    assert Submitting(store, clock=system_clock).counts() == {TaskState.DONE: len(tasks)}
    assert [each["version"] for each in learnings(server)] == [1] * len(tasks)
    assert cycles.told("one") == EVERYBODY
    assert cycles.unfinished() == []


def test_a_cycle_that_can_not_go_on_holds_up_no_other(
    platform: Platform, store: Database, server: Served
) -> None:
    cycles = Cycles(store, system_clock)
    broken = cycles.begin("broken")
    wrong = {"patterns": "none that can be read", "next": {"seq": 0, "purged": 0}}
    cycles.reach(broken, Stage.ANALYSED, wrong)
    done = asyncio.Event()

    async def rest(seconds: float) -> None:
        if seconds == CUSTOMS.look_seconds:
            await asyncio.sleep(seconds)
            return
        done.set()
        await asyncio.Event().wait()

    async def work() -> None:
        async with guild(platform, store) as transport, council(transport, cycles, rest) as leading:
            running = asyncio.create_task(leading.run(3_600.0))
            await done.wait()
            running.cancel()

    run(work())
    assert [each.id for each in cycles.unfinished()] == ["broken"]
    latest = cycles.latest()
    assert latest is not None
    assert latest.stage is Stage.TOLD


def test_a_stage_is_reached_by_one_process_alone(store: Database) -> None:
    cycles = Cycles(store, system_clock)
    begun = cycles.begin("one")
    assert cycles.begin("one") == begun
    cycles.reach(begun, Stage.ANALYSED, {"patterns": [], "next": {"seq": 7, "purged": 1}})
    with pytest.raises(Conflict, match="went on elsewhere"):
        cycles.reach(begun, Stage.ANALYSED, {})
    assert cycles.begin("two").since.seq == 7
    assert [each.id for each in cycles.unfinished()] == ["one", "two"]
