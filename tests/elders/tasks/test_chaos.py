"""Messages twice and out of order, workers that die in work: each task has its effect once."""

from __future__ import annotations

import asyncio
from collections import Counter
from random import Random

import pytest
from blockbuster import blockbuster_ctx

from elders.messages import Message
from elders.tasks import outcomes
from elders.tasks.assigning import Assigning
from elders.tasks.desk import BusDesk
from elders.tasks.giving import Terms
from elders.tasks.knowing import Knowing
from elders.tasks.model import TaskState, Worker
from elders.tasks.sage import Rhythm, TaskSage
from elders.tasks.submitting import Submitting
from elders.tasks.wording import SUBMIT
from elders.tasks.worker import Job, WorkerLoop
from elders.transports.memory import MemoryTransport
from foundation.clock import system_clock
from foundation.database.database import Database

TASKS = 40
WORKERS = 4
TERMS = Terms(lease_seconds=3, dead_after_seconds=3, most_attempts=50, pause_seconds=0.01)


class Shaky(MemoryTransport):
    """Delivers every fifth message twice, and every fifth one late."""

    def __init__(self, rng: Random) -> None:
        super().__init__(clock=system_clock)
        self._rng = rng
        self._late: list[Message] = []

    async def send(self, message: Message) -> None:
        kept, self._late = self._late, []
        if self._rng.random() < 0.2:
            self._late = [message]
        else:
            for _ in range(2 if self._rng.random() < 0.2 else 1):
                await super().send(message)
        for each in kept:
            await super().send(each)


async def everything(store: Database) -> tuple[Counter[str], Submitting]:
    """Let workers that die now and then do all tasks; answer how often each was begun."""
    tasks = Submitting(store, clock=system_clock)
    assigning = Assigning(store, clock=system_clock, terms=TERMS)
    transport, begun = Shaky(Random(1)), Counter[str]()
    sage = TaskSage(
        transport, tasks, assigning, Knowing(store, clock=system_clock),
        clock=system_clock, rhythm=Rhythm(assign=0.02),
    )  # fmt: skip

    async def live(name: str, *, dies: bool) -> None:
        """Be a worker; one that dies does so in the midst of its third task."""
        had: list[str] = []

        async def handle(job: Job) -> object:
            had.append(job.task.id)
            nth = len(had)  # another begins while this one works
            begun[job.task.id] += 1
            await asyncio.sleep(0.005)
            if dies and nth == 3:
                living.cancel()
                await asyncio.Event().wait()
            return job.token

        loop = WorkerLoop(
            BusDesk(transport, name, clock=system_clock), Worker(name, slots=2),
            {"backup": handle}, poll_seconds=0.01, beat_seconds=0.05,
        )  # fmt: skip
        living = asyncio.create_task(loop.run(stop))
        await asyncio.gather(living, return_exceptions=True)

    async def work(number: int) -> None:
        for life in range(3):
            name = f"servant.{number}-{life}"
            await live(name, dies=life < 2)
            await asyncio.to_thread(assigning.leave, name)  # as whoever started it sees it end

    stop, over = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(sage.run(over))
    for n in range(TASKS):
        body = {"traits": {"kind": "backup"}, "key": f"key {n}"}
        for _ in range(2):
            message = Message("claude_elder", "task_sage", SUBMIT, body, system_clock())
            await transport.send(message)
    working = [asyncio.create_task(work(n)) for n in range(WORKERS)]
    while (await asyncio.to_thread(tasks.counts))[TaskState.DONE] < TASKS:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    stop.set()
    await asyncio.gather(*working)
    over.set()
    await running
    await transport.close()
    return begun, tasks


@pytest.mark.slow
def test_each_task_has_its_effect_once(store: Database) -> None:
    async def main() -> tuple[Counter[str], Submitting]:
        async with asyncio.timeout(60):
            return await everything(store)

    with blockbuster_ctx():
        begun, tasks = asyncio.run(main())
    assert tasks.counts() == {TaskState.DONE: TASKS}
    done = [each for each in outcomes.latest(store) if each.succeeded]
    assert Counter(each.task for each in done) == dict.fromkeys(begun, 1)
    for each in begun:
        found = tasks.get(each)
        assert found.result == found.token
    assert sum(begun.values()) > TASKS  # some died in work, and it was begun again
