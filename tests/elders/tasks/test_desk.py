"""A worker's desk is the same, whether it stands at the store or behind a transport."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from blockbuster import blockbuster_ctx

from elders.messages import Message
from elders.tasks.assigning import Assigning
from elders.tasks.desk import BusDesk, Desk, StoreDesk
from elders.tasks.giving import Terms
from elders.tasks.knowing import Knowing
from elders.tasks.model import Assignment, Task, TaskState, Worker
from elders.tasks.sage import Rhythm, TaskSage
from elders.tasks.submitting import Submitting
from elders.tasks.wording import ASSIGN, write_assignment
from elders.tasks.worker import Handlers, Job, WorkerLoop
from elders.transports.delivery import LARGEST_BYTES
from elders.transports.memory import MemoryTransport
from foundation.database.database import Database
from foundation.errors import InvalidInput
from tests.elders.tasks.given import Watch, task

NAME = "servant.a"
TERMS = Terms(lease_seconds=30, dead_after_seconds=1_000, most_attempts=3, pause_seconds=0)


class Office:
    """A store, the Sage before it, and a desk."""

    def __init__(self, store: Database, watch: Watch) -> None:
        self.tasks = Submitting(store, clock=watch)
        self.assigning = Assigning(store, clock=watch, terms=TERMS)
        self.watch = watch
        self.transport = MemoryTransport(clock=watch)
        self.sage = TaskSage(
            self.transport, self.tasks, self.assigning, Knowing(store, clock=watch),
            clock=watch, rhythm=Rhythm(assign=0.01),
        )  # fmt: skip
        self.desk: Desk = StoreDesk(self.assigning, NAME)

    async def submit(self, one: Task) -> None:
        await asyncio.to_thread(self.tasks.submit, one)

    async def state(self, one: Task) -> TaskState:
        return (await asyncio.to_thread(self.tasks.get, one.id)).state

    async def held(self, number: int) -> list[Assignment]:
        held: list[Assignment] = []
        await eventually(lambda: self._holds(held, number))
        return held

    async def _holds(self, held: list[Assignment], number: int) -> bool:
        held[:] = await self.desk.held()
        return len(held) == number


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await holds():  # noqa: ASYNC110 - any state of anything
            await asyncio.sleep(0.005)


Opener = Callable[[], AbstractAsyncContextManager[Office]]


@pytest.fixture(params=["store", "bus"])
def opened(request: pytest.FixtureRequest, store: Database, watch: Watch) -> Opener:
    @asynccontextmanager
    async def office() -> AsyncIterator[Office]:
        found = Office(store, watch)
        if request.param == "bus":
            found.desk = BusDesk(found.transport, NAME, clock=watch)
        stop = asyncio.Event()
        running = asyncio.create_task(found.sage.run(stop))
        try:
            yield found
        finally:
            stop.set()
            await running
            await found.transport.close()

    return office


def run(work: Awaitable[None]) -> None:
    async def main() -> None:
        async with asyncio.timeout(60):
            await work

    with blockbuster_ctx():
        asyncio.run(main())


def test_what_is_given_is_done_or_fails_and_what_is_said_twice_counts_once(opened: Opener) -> None:
    async def work() -> None:
        async with opened() as office:
            good, bad = task(), task()
            await office.desk.join(Worker(NAME, slots=2))
            await office.submit(good)
            (given,) = await office.held(1)
            assert given.task == good
            for _ in range(2):
                await office.desk.complete(good.id, 1, {"a": 1})
            await office.held(0)
            await office.submit(bad)
            await office.held(1)
            await office.desk.fail(bad.id, 1, "broken", for_good=True)
            await eventually(lambda: is_(office, bad, TaskState.FAILED))
            assert await office.state(good) is TaskState.DONE
            await office.desk.leave()

    run(work())


async def is_(office: Office, one: Task, state: TaskState) -> bool:
    return await office.state(one) is state


def test_who_lost_a_task_is_told_and_gets_it_again_as_another_attempt(opened: Opener) -> None:
    async def work() -> None:
        async with opened() as office:
            one = task()
            await office.desk.join(Worker(NAME))
            await office.submit(one)
            await office.held(1)
            office.watch.pass_(31)

            async def again() -> bool:
                return [each.token for each in await office.desk.held()] == [2]

            await eventually(again)
            lost: set[str] = set()

            async def told() -> bool:
                lost.update(await office.desk.beat({one.id: 1}))
                return bool(lost)

            await eventually(told)
            assert lost == {one.id}
            assert [each.token for each in await office.desk.held()] == [2]
            await office.desk.complete(one.id, 2, None)
            await eventually(lambda: is_(office, one, TaskState.DONE))
            await office.desk.leave()

    run(work())


def test_a_worker_does_its_tasks_and_ends_them_before_it_goes(opened: Opener) -> None:
    async def work() -> None:
        async with opened() as office:
            tasks = [task("double", body={"n": n}) for n in range(3)]
            wrong, odd, none = task("wrong"), task("odd"), task("nothing")
            begun, go = asyncio.Event(), asyncio.Event()
            tries: list[int] = []

            async def double(job: Job) -> object:
                return 2 * int(job.task.body["n"])

            async def wrong_(_: Job) -> object:
                raise InvalidInput("no such file")

            async def odd_(job: Job) -> object:
                tries.append(job.token)
                if len(tries) < 2:
                    raise LookupError("once")
                begun.set()
                await go.wait()
                return "done"

            handlers = {"double": double, "wrong": wrong_, "odd": odd_}
            loop = WorkerLoop(
                office.desk, Worker(NAME, slots=2), handlers, poll_seconds=0.01, beat_seconds=0.01
            )
            stop = asyncio.Event()
            working = asyncio.create_task(loop.run(stop))
            for each in (*tasks, wrong, none, odd):
                await office.submit(each)
            await begun.wait()
            await eventually(lambda: is_(office, none, TaskState.FAILED))
            stop.set()
            late = task("double", body={"n": 9})

            async def draining() -> bool:
                return all(w.draining for w in await asyncio.to_thread(office.assigning.workers))

            await eventually(draining)
            await office.submit(late)
            await asyncio.sleep(0.05)
            assert not working.done()
            go.set()
            await working
            await eventually(lambda: is_(office, odd, TaskState.DONE))
            found = [await asyncio.to_thread(office.tasks.get, each.id) for each in tasks]
            assert [each.result for each in found] == [0, 2, 4]
            failed = await asyncio.to_thread(office.tasks.get, wrong.id)
            assert (failed.state, failed.reason, failed.token) == (
                TaskState.FAILED, "no such file", 1,
            )  # fmt: skip
            assert tries == [1, 2]
            assert await office.state(late) is TaskState.WAITING

            async def gone() -> bool:
                return not await asyncio.to_thread(office.assigning.workers)

            await eventually(gone)

    run(work())


def test_a_handler_is_cancelled_when_its_task_is_lost(opened: Opener) -> None:
    async def work() -> None:
        async with opened() as office:
            ended: list[str] = []
            begun = asyncio.Event()

            async def hang(job: Job) -> object:
                begun.set()
                try:
                    if job.token == 1:
                        await asyncio.Event().wait()
                finally:
                    ended.append(f"attempt {job.token}")
                return None

            one = task("hang", most_seconds=50)
            loop = WorkerLoop(
                office.desk, Worker(NAME), {"hang": hang}, poll_seconds=0.01, beat_seconds=0.01
            )
            stop = asyncio.Event()
            working = asyncio.create_task(loop.run(stop))
            await office.submit(one)
            await begun.wait()
            office.watch.pass_(51)
            await eventually(lambda: is_(office, one, TaskState.DONE))
            stop.set()
            await working
            assert sorted(ended) == ["attempt 1", "attempt 2"]

    run(work())


def test_an_answer_that_is_no_json_fails_for_good(opened: Opener) -> None:
    async def work() -> None:
        async with opened() as office:

            async def odd(_: Job) -> object:
                return {1, 2}

            assert "no JSON" in await _failed(office, task("odd"), {"odd": odd})

    run(work())


def test_who_was_forgotten_joins_again_with_a_sign_of_life(opened: Opener) -> None:
    async def work() -> None:
        async with opened() as office:
            me = Worker(NAME, {"sql": 0.5}, slots=2)
            await office.desk.join(me)

            async def known() -> bool:
                return bool(await asyncio.to_thread(office.assigning.workers))

            async def forgotten() -> bool:
                return not await known()

            await eventually(known)
            office.watch.pass_(3_601)
            await eventually(forgotten)
            await office.desk.beat({})
            await eventually(known)
            (found,) = await asyncio.to_thread(office.assigning.workers)
            assert (found.capabilities, found.slots) == (me.capabilities, me.slots)
            await office.desk.leave()

    run(work())


def test_a_handler_that_is_cancelled_from_within_has_failed(opened: Opener) -> None:
    async def work() -> None:
        async with opened() as office:

            async def cancelled(_: Job) -> object:
                raise asyncio.CancelledError

            one = task("cancelled")
            reason = await _failed(office, one, {"cancelled": cancelled})
            assert reason == "its handler was cancelled from within"
            assert (await asyncio.to_thread(office.tasks.get, one.id)).token == TERMS.most_attempts

    run(work())


def test_a_result_that_is_too_large_to_send_fails_for_good_and_the_worker_goes(
    store: Database, watch: Watch
) -> None:
    async def work() -> None:
        office = Office(store, watch)
        office.desk = BusDesk(office.transport, NAME, clock=watch)
        stop = asyncio.Event()
        running = asyncio.create_task(office.sage.run(stop))

        async def large(_: Job) -> object:
            return "x" * LARGEST_BYTES

        one = task("large")
        assert "bytes" in await _failed(office, one, {"large": large})
        assert (await asyncio.to_thread(office.tasks.get, one.id)).token == 1
        stop.set()
        await running
        await office.transport.close()

    run(work())


async def _failed(office: Office, one: Task, handlers: Handlers) -> str:
    """Have a worker do a task that fails, and go in order; answer why it failed."""
    loop = WorkerLoop(office.desk, Worker(NAME), handlers, poll_seconds=0.01)
    stop = asyncio.Event()
    working = asyncio.create_task(loop.run(stop))
    await office.submit(one)
    await eventually(lambda: is_(office, one, TaskState.FAILED))
    stop.set()
    await working
    return (await asyncio.to_thread(office.tasks.get, one.id)).reason


def test_an_assignment_that_comes_twice_is_one(watch: Watch) -> None:
    async def work() -> None:
        transport = MemoryTransport(clock=watch)
        desk = BusDesk(transport, NAME, clock=watch)
        await desk.join(Worker(NAME))
        one = task()
        at = watch.now
        body = write_assignment(Assignment(one, NAME, 1, at, at, at))
        for _ in range(2):
            await transport.send(Message("task_sage", NAME, ASSIGN, body, watch()))

        async def there() -> bool:
            return len(await desk.held()) == 1

        await eventually(there)
        await desk.complete(one.id, 1, None)
        await transport.send(Message("task_sage", NAME, ASSIGN, body, watch()))
        await asyncio.sleep(0.05)
        assert await desk.held() == []
        await desk.leave()
        await transport.close()

    run(work())
