"""The Task Sage answers, refuses, foresees, plans and scales."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from blockbuster import blockbuster_ctx

from elders.improving.knobs import WorkersKnob
from elders.incidents.actions import MoreWorkers
from elders.messages import Message
from elders.tasks import wording
from elders.tasks.assigning import Assigning
from elders.tasks.knowing import Knowing
from elders.tasks.model import MICROS, Task, Worker
from elders.tasks.sage import Rhythm, TaskSage
from elders.tasks.scaling import LONGEST_SECONDS, MOST, Floor
from elders.tasks.submitting import Submitting
from elders.transports.memory import MemoryTransport
from foundation.clock import Micros
from foundation.database.database import Database
from foundation.errors import InvalidInput
from tests.elders.tasks.given import Watch, even, task

TAKEN = {"resource": "cpu", "amount": 1, "start": 1, "end": 2}


class Court:
    """The Sage, and an elder who asks."""

    def __init__(self, store: Database, watch: Watch) -> None:
        self.watch = watch
        self.tasks = Submitting(store, clock=watch)
        self.assigning = Assigning(store, clock=watch)
        self.knowing = Knowing(store, clock=watch)
        self.transport = MemoryTransport(clock=watch)
        self.sage = TaskSage(
            self.transport, self.tasks, self.assigning, self.knowing,
            clock=watch, rhythm=Rhythm(assign=0.01, learn=1_000),
        )  # fmt: skip
        self.answers: asyncio.Queue[Message] = asyncio.Queue()
        self.reports: asyncio.Queue[Message] = asyncio.Queue()

    async def hear(self, message: Message) -> None:
        await (self.reports if message.topic == wording.REPORT else self.answers).put(message)

    async def ask(self, topic: str, body: dict[str, Any], **fields: Any) -> Message:
        message = Message(
            "claude_elder",
            "task_sage",
            topic,
            body,
            self.watch(),
            reply_to="claude_elder",
            **fields,
        )
        await self.transport.send(message)
        answer = await self.answers.get()
        assert answer.correlation_id == message.id
        return answer


@asynccontextmanager
async def opened(store: Database, watch: Watch) -> AsyncIterator[Court]:
    court = Court(store, watch)
    stop = asyncio.Event()
    running = asyncio.create_task(court.sage.run(stop))
    listening = await court.transport.listen("claude_elder", court.hear)
    try:
        yield court
    finally:
        stop.set()
        await running
        await listening.close()
        await court.transport.close()


def run(store: Database, watch: Watch, work: Callable[[Court], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(60), opened(store, watch) as court:
            await work(court)

    with blockbuster_ctx():
        asyncio.run(main())


def alone(store: Database, watch: Watch, work: Callable[[Court], Awaitable[None]]) -> None:
    """Work while the Sage does nothing by itself."""

    async def main() -> None:
        await work(Court(store, watch))

    with blockbuster_ctx():
        asyncio.run(main())


def test_a_task_is_taken_once_however_often_its_message_comes(
    store: Database, watch: Watch
) -> None:
    async def work(court: Court) -> None:
        body = {"traits": {"kind": "backup"}, "body": {"path": "/a"}}
        first = await court.ask(wording.SUBMIT, body, key="nightly")
        again = await court.ask(wording.SUBMIT, body, key="nightly")
        assert first.topic == again.topic == wording.ANSWER
        assert (first.body["fresh"], again.body["fresh"]) == (True, False)
        assert first.body["id"] == again.body["id"]
        assert first.body["forecast"]["basis"] == "guess"
        assert first.body["late_seconds"] == 0
        late = await court.ask(wording.SUBMIT, {**body, "deadline": watch.now})
        assert late.body["late_seconds"] == pytest.approx(72)  # a guessed minute and a fifth
        status = await court.ask(wording.STATUS, {"id": first.body["id"]})
        assert (status.body["state"], status.body["token"]) == ("waiting", 0)

    run(store, watch, work)


@pytest.mark.parametrize(
    ("topic", "body", "reason"),
    [
        (wording.SUBMIT, {}, "traits"),
        (wording.SUBMIT, {"traits": {"kind": "a"}, "after": ["nowhere"]}, "no such task"),
        (wording.STATUS, {}, "'id'"),
        (wording.STATUS, {"id": "nowhere"}, "no task"),
        (wording.PLAN, {"capacity": {"cpu": -1}}, "amounts"),
        (wording.PLAN, {"capacity": {}, "reserved": [{"resource": "cpu"}]}, "reservations"),
        (wording.PLAN, {"capacity": {}, "reserved": [TAKEN | {"amount": -1}]}, "from 0 on"),
        (wording.PLAN, {"capacity": {}, "reserved": [TAKEN | {"end": 0}]}, "ends after"),
        (wording.HEARTBEAT, {"tokens": {}, "worker": 7}, "slots"),
        (wording.DONE, {"id": "nowhere", "token": 1}, "no task"),
        (wording.FAILED, {"id": "nowhere", "token": "1"}, "'token'"),
        (wording.HEARTBEAT, {"tokens": 7}, "tokens"),
        (wording.JOIN, {"slots": 0}, "slots"),
        ("task.nothing", {}, "topic"),
    ],
)
def test_what_is_wrong_is_refused_with_its_reason_and_not_handed_over_again(
    store: Database, watch: Watch, topic: str, body: dict[str, Any], reason: str
) -> None:
    async def work(court: Court) -> None:
        answer = await court.ask(topic, body)
        assert answer.topic == wording.REFUSED
        assert reason in answer.body["reason"]
        assert court.sage.refused[topic] == 1
        assert await court.transport.dead("task_sage") == []

    run(store, watch, work)


def test_nobody_ends_the_task_of_somebody_else(store: Database, watch: Watch) -> None:
    async def work(court: Court) -> None:
        one = task()
        await asyncio.to_thread(court.tasks.submit, one)
        await asyncio.to_thread(court.assigning.join, Worker("servant.a"))
        await asyncio.to_thread(court.assigning.assign, even)
        answer = await court.ask(wording.DONE, {"id": one.id, "token": 1})
        assert answer.topic == wording.REFUSED
        assert "not made by claude_elder" in answer.body["reason"]

    run(store, watch, work)


def test_it_plans_what_is_open_and_tells_what_comes_late(store: Database, watch: Watch) -> None:
    async def work(court: Court) -> None:
        first = task(resources={"cpu": 1.0}, priority=9)
        second = task(resources={"cpu": 1.0}, deadline=watch.now, after=(first.id,))
        for each in (first, second):
            await asyncio.to_thread(court.tasks.submit, each)
        answer = await court.ask(wording.PLAN, {"capacity": {"cpu": 1.0}})
        slots = {slot["id"]: slot for slot in answer.body["slots"]}
        assert slots[first.id]["start"] == watch.now
        assert slots[second.id]["start"] == slots[first.id]["end"]
        assert slots[second.id]["why"] == "too long"
        assert slots[second.id]["late_seconds"] > 0

    run(store, watch, work)


def test_it_tells_of_a_deadline_that_can_not_be_held_once(store: Database, watch: Watch) -> None:
    async def work(court: Court) -> None:
        listening = await court.transport.listen("claude_elder", court.hear)
        soon = Micros(watch.now + 100 * MICROS)
        held, missed = (task("build", deadline=each) for each in (soon, Micros(soon + 1)))
        for each in (held, missed, task()):
            await asyncio.to_thread(court.tasks.submit, each)
        # A guessed minute and a fifth each, one after another: the second ends after 144 seconds.
        await court.sage.learn()
        await court.sage.learn()
        message = await court.reports.get()
        assert (message.sender, message.key) == ("task_sage", f"{missed.id}:{wording.REPORT}")
        assert message.body == {
            "what": "deadline", "id": missed.id, "kind": "build", "deadline": missed.deadline,
            "late_seconds": pytest.approx(44), "why": "crowded",
        }  # fmt: skip
        watch.pass_(200)
        await court.sage.learn()
        assert (await court.reports.get()).body["id"] == held.id
        await court.sage.learn()
        await court.transport.send(Message("grand_elder", "claude_elder", "tea", {}, watch()))
        assert (await court.answers.get()).topic == "tea"
        assert court.reports.empty()
        await listening.close()
        await court.transport.close()

    alone(store, watch, work)


def test_what_waits_before_a_task_counts_when_it_is_said_to_come_late(
    store: Database, watch: Watch
) -> None:
    async def work(court: Court) -> None:
        await asyncio.to_thread(court.tasks.submit, task())
        await asyncio.to_thread(court.assigning.join, Worker("servant.a"))
        await asyncio.to_thread(court.assigning.assign, even)
        body = {"traits": {"kind": "backup"}, "deadline": watch.now, "priority": 5}
        late = []
        for priority in (5, 9, 0):
            answer = await court.ask(wording.SUBMIT, {**body, "priority": priority})
            late.append(round(answer.body["late_seconds"]))
        assert late == [2 * 72, 2 * 72, 4 * 72]

    run(store, watch, work)


def test_what_others_reserved_is_planned_around(store: Database, watch: Watch) -> None:
    async def work(court: Court) -> None:
        one = task(resources={"cpu": 1.0})
        await asyncio.to_thread(court.tasks.submit, one)
        end = watch.now + 3_600_000_000
        taken = {"resource": "cpu", "amount": 1, "start": watch.now, "end": end}
        answer = await court.ask(wording.PLAN, {"capacity": {"cpu": 1.0}, "reserved": [taken]})
        assert [slot["start"] for slot in answer.body["slots"]] == [end]

    run(store, watch, work)


def test_it_learns_from_what_was_done_whoever_wrote_it(store: Database, watch: Watch) -> None:
    async def work(court: Court) -> None:
        await asyncio.to_thread(court.assigning.join, Worker("servant.a"))
        for _ in range(12):
            one = task("quick")
            await asyncio.to_thread(court.tasks.submit, one)
            await asyncio.to_thread(court.assigning.assign, even)
            watch.pass_(7)
            await asyncio.to_thread(court.assigning.beat, "servant.a", {})
            await asyncio.to_thread(court.assigning.complete, one.id, 1)
        await court.sage.learn()
        told = await asyncio.to_thread(court.knowing.forecast, task("quick"))
        assert (told.basis, round(told.seconds)) == ("kind", 7)
        assert court.knowing.rates("servant.a", "quick") > 0.8

    alone(store, watch, work)


def test_workers_follow_what_waits_and_what_was(store: Database, watch: Watch) -> None:
    async def work(court: Court) -> None:
        assert await court.sage.wanted() == 2
        tasks = [Task(task().traits) for _ in range(50)]
        for each in tasks:
            await asyncio.to_thread(court.tasks.submit, each)
        # 50 tasks of a guessed minute, to be done within ten: five workers, and one for spikes.
        assert await court.sage.wanted() == 6
        await asyncio.to_thread(court.assigning.join, Worker("servant.a", slots=50))
        await asyncio.to_thread(court.assigning.assign, even)
        for each in tasks:
            await asyncio.to_thread(court.assigning.complete, each.id, 1)
        await court.sage.learn()
        assert await court.sage.wanted() == 6
        watch.pass_(601)
        assert await court.sage.wanted() == 2

    alone(store, watch, work)


def test_answers_within_less_than_a_second_need_half_as_many_workers_again(
    store: Database, watch: Watch
) -> None:
    async def work(court: Court) -> None:
        for _ in range(50):
            await asyncio.to_thread(court.tasks.submit, task())
        quick = TaskSage(
            court.transport, court.tasks, court.assigning, court.knowing,
            clock=watch, rhythm=Rhythm(answer=0.5),
        )  # fmt: skip
        assert (await court.sage.wanted(), await quick.wanted()) == (6, 9)

    alone(store, watch, work)


def test_a_busy_hour_is_expected_to_go_on(store: Database, watch: Watch) -> None:
    async def work(court: Court) -> None:
        await asyncio.to_thread(court.assigning.join, Worker("servant.a", slots=4))
        for _ in range(4):
            await asyncio.to_thread(court.tasks.submit, task("long", most_seconds=20_000))
        await asyncio.to_thread(court.assigning.assign, even)
        held = await asyncio.to_thread(court.assigning.held, "servant.a")
        watch.pass_(3_600)
        for each in held[:3]:
            await asyncio.to_thread(court.assigning.complete, each.task.id, 1)
        told = await asyncio.to_thread(court.knowing.next_hour, court.tasks)
        assert told.mean == pytest.approx(400)

    alone(store, watch, work)


def test_the_incident_sage_may_ask_for_workers_for_a_while(store: Database, watch: Watch) -> None:
    async def work(court: Court) -> None:
        body = {
            "source": "a", "count": 7, "until": watch.now + 60_000_000, "asked_at": watch.now,
        }  # fmt: skip
        for sender in ("rag_sage", "incident_sage"):
            message = Message(sender, "task_sage", wording.AT_LEAST, body, watch())
            await court.sage.handle(message)
        assert court.sage.refused == {wording.AT_LEAST: 1}
        assert await court.sage.wanted() == 7
        watch.pass_(60)
        assert await court.sage.wanted() == 2

    alone(store, watch, work)


def test_an_action_and_a_knob_keep_workers_beside_each_other_and_over_a_restart(
    store: Database, watch: Watch
) -> None:
    async def work(court: Court) -> None:
        async def floor(sage: TaskSage, expected: int) -> None:
            while await sage.wanted() != expected:  # noqa: ASYNC110 - the transport tells nobody
                await asyncio.sleep(0.01)

        action = MoreWorkers(court.transport, watch, count=9)
        knob = WorkersKnob(court.transport, court.assigning, watch)
        effect = await action.act("requests are shed")
        await floor(court.sage, 9)
        await knob.turn(5.0)
        await court.transport.send(Message("incident_sage", "task_sage", "tea", {}, watch()))
        while not court.sage.refused["tea"]:  # noqa: ASYNC110 - what was sent before is handled
            await asyncio.sleep(0.01)
        assert await court.sage.wanted() == 9
        again = Court(store, watch)
        assert await again.sage.wanted() == 9
        assert effect.undo is not None
        await action.undo(effect.undo)
        await floor(court.sage, 5)
        watch.pass_(LONGEST_SECONDS)
        assert await again.sage.wanted() == 2
        await again.transport.close()

    run(store, watch, work)


@pytest.mark.parametrize(
    "wrong",
    [{"source": ""}, {"source": "a\0"}, {"source": "a" * 101}, {"source": 1}, {"asked_at": None}],
)
def test_what_names_no_source_or_time_is_no_floor(wrong: dict[str, Any]) -> None:
    body = {"source": "a", "count": 7, "until": 2, "asked_at": 1}
    assert wording.write_floor(wording.read_floor(body)) == body
    with pytest.raises(InvalidInput):
        wording.read_floor({**body, **wrong})


def test_a_floor_is_bounded_in_number_and_time() -> None:
    told = {"source": "a", "count": 10**30, "until": 10**30, "asked_at": -(10**30)}
    assert wording.read_floor(told) == Floor("a", MOST, Micros(LONGEST_SECONDS * MICROS), Micros(0))
