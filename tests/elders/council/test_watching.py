"""The Incident Sage's watch over learning tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import select

from elders.council.lesson import learn
from elders.council.model import LEARNING, Recovery, plan_task
from elders.council.seats import TaskReplies
from elders.council.watching import Watching
from elders.council.wording import WATCH
from elders.levels import Sage
from elders.messages import Message
from elders.tasks import wording
from elders.tasks.worker import Job, TaskHandler
from elders.transports.memory import MemoryTransport
from elders.transports.requests import Requests
from elders.tree.reports import _reports
from elders.tree.tree import ElderTree
from foundation.clock import system_clock
from foundation.database.database import Database
from foundation.errors import InvalidInput
from tests.elders.council.conftest import task_sage
from tests.elders.council.test_model import CASES, PATTERN
from tests.elders.transports.buses import run

TASK = plan_task("c", PATTERN, CASES, deadline=system_clock())


def failing(times: int) -> TaskHandler:
    """Make a handler that fails so often, and then does what it should."""
    left = [times]

    async def handle(job: Job) -> Any:
        left[0] -= 1
        if left[0] >= 0:
            raise InvalidInput("not today")
        return await learn(job)

    return handle


async def watched(
    store: Database, handler: TaskHandler, plan: Recovery, until: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Submit a task and watch it until it is as it should be."""
    bus = MemoryTransport(clock=system_clock)
    requests = Requests(TaskReplies(bus, system_clock), Sage.INCIDENT, clock=system_clock)
    await requests.open()
    watching = Watching(requests, ElderTree(bus, store), store, system_clock)
    async with task_sage(bus, store, {LEARNING: handler}):
        asked = await requests.ask(Sage.TASK, wording.SUBMIT, TASK, key=TASK["key"])
        tasks = {PATTERN.slug: {"id": asked.body["id"], "task": TASK}}
        plan_told = {"tries": plan.tries, "patience_seconds": plan.patience_seconds}
        body = {"cycle": "c", "tasks": tasks, "plan": plan_told}
        while True:
            message = Message("claude_elder", Sage.INCIDENT, WATCH, body, system_clock())
            told = (await watching.watch(message))["tasks"][PATTERN.slug]
            if until(told):
                break
            await asyncio.sleep(0.02)
    await requests.close()
    await bus.close()
    return dict(told)


def ends(told: dict[str, Any]) -> bool:
    return bool(told["state"] != "open")


def kept(work: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    """Run it where nothing may block, and answer what it answers."""
    found: list[dict[str, Any]] = []

    async def keep() -> None:
        found.append(await work)

    run(keep())
    return found[0]


def reports(store: Database) -> list[str]:
    with store.read() as connection:
        return list(connection.execute(select(_reports.c.kind)).scalars())


def test_a_task_that_failed_is_tried_again_and_done(store: Database) -> None:
    told = kept(watched(store, failing(1), Recovery(tries=2), ends))
    assert (told["state"], told["tries"]) == ("done", 2)
    assert told["told"]["confirmed"] == 2
    assert reports(store) == []


def test_a_task_that_keeps_failing_is_given_up_and_reported(store: Database) -> None:
    told = kept(watched(store, failing(9), Recovery(tries=2), ends))
    assert (told["state"], told["tries"]) == ("given_up", 2)
    assert "not today" in told["told"]["reason"]
    assert reports(store) == ["cycle.task_given_up"]


def test_a_task_that_hangs_is_tried_again(store: Database) -> None:
    async def hang(_job: Job) -> None:
        await asyncio.Event().wait()

    plan = Recovery(tries=2, patience_seconds=0.05)
    hanging = watched(store, _once_hanging(hang), plan, lambda told: told["tries"] == 2)
    assert kept(hanging)["tries"] == 2


def _once_hanging(hang: TaskHandler) -> TaskHandler:
    """Hang while it is watched; end when the worker goes."""

    async def handle(job: Job) -> Any:
        async with asyncio.timeout(0.5):
            return await hang(job)

    return handle
