"""What every transport promises, tried on each of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from elders.messages import Message
from elders.store import open_store
from elders.transport import Transport
from elders.transports.broker import Address
from elders.transports.delivery import Limits
from elders.transports.memory import MemoryTransport
from elders.transports.outbox import Batching
from elders.transports.rabbitmq import RabbitTransport
from elders.transports.replays import Replays
from elders.transports.sealed import SealedTransport
from foundation.clock import Micros
from foundation.errors import Conflict, InvalidInput, Unavailable
from tests.elders.transports.buses import (
    LIMITS,
    Inbox,
    Watch,
    eventually,
    member_keys,
    message,
    run,
)
from tests.support.rabbitmq import own_prefix, rabbitmq_url, remove

QUICK = replace(LIMITS, capacity=2, send_seconds=1)

Opener = Callable[[Limits], AbstractAsyncContextManager[Transport]]


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture(params=["memory", "rabbitmq", "batched", "sealed"])
def opened(request: pytest.FixtureRequest, watch: Watch, tmp_path: Path) -> Opener:
    @asynccontextmanager
    async def memory(limits: Limits) -> AsyncIterator[Transport]:
        transport = MemoryTransport(clock=watch, limits=limits)
        yield transport
        await transport.close()

    @asynccontextmanager
    async def rabbitmq(limits: Limits) -> AsyncIterator[Transport]:
        address = Address(url, prefix=own_prefix())
        transport = RabbitTransport(address, clock=watch, limits=limits, batching=batching)
        try:
            yield transport
        finally:
            await transport.close()
            await remove(address.prefix, ["task_sage", "rag_sage"])

    @asynccontextmanager
    async def sealed(limits: Limits) -> AsyncIterator[Transport]:
        store = await asyncio.to_thread(open_store, tmp_path)
        keys = member_keys("claude_elder", *(f"servant.{number}" for number in range(8)))
        async with memory(limits) as plain:
            yield SealedTransport(plain, keys, Replays(store, watch), clock=watch)
        store.close()

    if request.param == "memory":
        return memory
    if request.param == "sealed":
        return sealed
    url = rabbitmq_url()
    batching = Batching(seconds=0.005) if request.param == "batched" else None
    return rabbitmq


def test_a_message_arrives_as_it_was_sent(opened: Opener) -> None:
    async def work() -> None:
        async with opened(LIMITS) as bus:
            inbox = Inbox()
            sent = message(body={"text": "é 日本", "numbers": [1, 2.5, None]}, reply_to="me")
            await bus.listen("task_sage", inbox)
            await bus.send(sent)
            await eventually(lambda: bool(inbox.messages))
            assert inbox.messages == [sent]

    run(work())


def test_what_was_sent_before_anybody_listened_arrives_in_order(opened: Opener) -> None:
    async def work() -> None:
        async with opened(LIMITS) as bus:
            inbox, expected = Inbox(), [f"t{number}" for number in range(30)]
            for topic in expected[:20]:
                await bus.send(message(topic))
            await bus.listen("task_sage", inbox)
            for topic in expected[20:]:
                await bus.send(message(topic))
            await eventually(lambda: len(inbox.topics) >= 30)
            assert inbox.topics == expected

    run(work())


def test_each_sender_is_heard_in_its_order_however_many_there_are(opened: Opener) -> None:
    async def work() -> None:
        async with opened(LIMITS) as bus:
            inbox = Inbox()

            async def sender(name: str) -> None:
                for number in range(20):
                    await bus.send(replace(message(f"{number}"), sender=name))

            await bus.listen("task_sage", inbox)
            await asyncio.gather(*(sender(f"servant.{number}") for number in range(8)))
            await eventually(lambda: len(inbox.messages) >= 160)
            for name in {each.sender for each in inbox.messages}:
                heard = [each.topic for each in inbox.messages if each.sender == name]
                assert heard == [f"{number}" for number in range(20)]

    run(work())


def test_each_recipient_gets_its_own(opened: Opener) -> None:
    async def work() -> None:
        async with opened(LIMITS) as bus:
            first, second = Inbox(), Inbox()
            await bus.listen("task_sage", first)
            await bus.listen("rag_sage", second)
            await bus.send(message("a", "task_sage"))
            await bus.send(message("b", "rag_sage"))
            await eventually(lambda: bool(first.topics and second.topics))
            assert (first.topics, second.topics) == (["a"], ["b"])

    run(work())


def test_what_fails_comes_again_and_those_behind_it_wait(opened: Opener) -> None:
    async def work() -> None:
        async with opened(LIMITS) as bus:
            inbox = Inbox()
            inbox.failing = {"bad"}

            async def mended(each: Message) -> None:
                if inbox.topics.count("bad") == 2:
                    inbox.failing = set()
                await inbox(each)

            await bus.listen("task_sage", mended)
            for topic in ("good", "bad", "later"):
                await bus.send(message(topic))
            await eventually(lambda: "later" in inbox.topics)
            assert inbox.topics == ["good", "bad", "bad", "bad", "later"]
            assert len({each.id for each in inbox.messages if each.topic == "bad"}) == 1
            assert await bus.dead("task_sage") == []

    run(work())


def test_what_fails_too_often_is_laid_aside(opened: Opener) -> None:
    async def work() -> None:
        async with opened(LIMITS) as bus:
            inbox = Inbox()
            inbox.failing = {"bad", "worse"}
            bad, worse = message("bad"), message("worse")
            await bus.listen("task_sage", inbox)
            for each in (bad, worse, message("later")):
                await bus.send(each)
            await eventually(lambda: "later" in inbox.topics)
            assert inbox.topics == [*["bad"] * 3, *["worse"] * 3, "later"]
            assert await bus.count_dead("task_sage") == 2
            assert await bus.dead("task_sage") == [bad, worse]
            assert await bus.dead("task_sage") == [bad, worse]
            assert await bus.dead("rag_sage") == []

    run(work())


def test_what_is_unavailable_is_waited_for_longer_than_what_fails(opened: Opener) -> None:
    async def work() -> None:
        async with opened(replace(LIMITS, outage_seconds=0.05)) as bus:
            inbox = Inbox()

            async def handle(each: Message) -> None:
                await inbox(each)
                if each.topic == "stuck" or inbox.topics.count("soon") == LIMITS.deliveries:
                    raise Unavailable("the store is away")

            await bus.listen("task_sage", handle)
            soon, stuck = message("soon"), message("stuck")
            for each in (soon, stuck, message("later")):
                await bus.send(each)
            await eventually(lambda: "later" in inbox.topics)
            assert inbox.topics.count("soon") == 1
            assert inbox.topics.count("stuck") > LIMITS.deliveries + 2
            assert await bus.dead("task_sage") == [stuck]

    run(work())


def test_an_outage_may_take_as_long_as_the_limits_say(opened: Opener) -> None:
    async def work() -> None:
        async with opened(LIMITS) as bus:
            inbox = Inbox()

            async def handle(each: Message) -> None:
                await inbox(each)
                if len(inbox.topics) < 4 * LIMITS.deliveries:
                    raise Unavailable("the store is away")

            await bus.listen("task_sage", handle)
            await bus.send(message())
            await eventually(lambda: len(inbox.topics) == 4 * LIMITS.deliveries)
            await bus.send(message("later"))
            await eventually(lambda: "later" in inbox.topics)
            assert inbox.topics == [*["t"] * 4 * LIMITS.deliveries, "later"]
            assert await bus.dead("task_sage") == []

    run(work())


def test_whoever_settles_the_dead_decides_what_becomes_of_them(opened: Opener) -> None:
    async def work() -> None:
        async with opened(LIMITS) as bus:
            inbox = Inbox()
            inbox.failing = {"again", "never", "left"}
            await bus.listen("task_sage", inbox)
            for topic in ("again", "never", "left", "good"):
                await bus.send(message(topic))
            await eventually(lambda: "good" in inbox.topics)
            inbox.failing = set()

            async def decide(each: Message) -> None:
                if each.topic == "again":
                    await bus.send(each)
                if each.topic == "left":
                    raise RuntimeError("undecided")

            with pytest.raises(RuntimeError, match="undecided"):
                await bus.settle("task_sage", decide)
            await eventually(lambda: inbox.topics[-1] == "again")
            assert [each.topic for each in await bus.dead("task_sage")] == ["left"]
            assert await bus.settle("task_sage", Inbox()) == 1
            assert await bus.dead("task_sage") == []
            assert await bus.settle("rag_sage", Inbox()) == 0

    run(work())


def test_a_cancellation_within_the_handler_is_a_failure_like_any(opened: Opener) -> None:
    async def work() -> None:
        async with opened(LIMITS) as bus:
            inbox = Inbox()

            async def cancelled(each: Message) -> None:
                await inbox(each)
                if inbox.topics == ["t"]:
                    raise asyncio.CancelledError

            await bus.listen("task_sage", cancelled)
            await bus.send(message())
            await eventually(lambda: inbox.topics == ["t", "t"])

    run(work())


def test_what_expired_is_not_acted_on(opened: Opener, watch: Watch) -> None:
    async def work() -> None:
        async with opened(LIMITS) as bus:
            inbox = Inbox()
            late = message("late", expires_at=Micros(watch.now + 10))
            await bus.send(late)
            await bus.send(message("in time", expires_at=Micros(watch.now + 11)))
            watch.now = Micros(watch.now + 10)
            await bus.listen("task_sage", inbox)
            await eventually(lambda: bool(inbox.topics))
            assert inbox.topics == ["in time"]
            assert await bus.dead("task_sage") == [late]

    run(work())


def test_closing_lets_what_is_handled_end_and_leaves_the_rest(opened: Opener) -> None:
    async def work() -> None:
        async with opened(LIMITS) as bus:
            begun, go, ended = asyncio.Event(), asyncio.Event(), Inbox()

            async def slow(each: Message) -> None:
                begun.set()
                await go.wait()
                await ended(each)

            listening = await bus.listen("task_sage", slow)
            await asyncio.gather(bus.send(message("first")), bus.send(message("second")))
            await begun.wait()
            closing = asyncio.create_task(listening.close())
            await asyncio.sleep(0)
            go.set()
            await closing
            assert ended.topics == ["first"]
            await bus.listen("task_sage", ended)
            await eventually(lambda: len(ended.topics) > 1)
            assert ended.topics == ["first", "second"]

    run(work())


def test_closing_does_not_wait_for_what_fails_to_succeed(opened: Opener) -> None:
    async def work() -> None:
        async with opened(replace(LIMITS, pause_seconds=1_000)) as bus:
            inbox, after = Inbox(), Inbox()
            inbox.failing = {"bad"}
            listening = await bus.listen("task_sage", inbox)
            await bus.send(message("bad"))
            await eventually(lambda: bool(inbox.topics))
            await listening.close()
            await bus.listen("task_sage", after)
            await eventually(lambda: after.topics == ["bad"])

    run(work())


def test_a_handler_may_close_its_own_listening(opened: Opener) -> None:
    async def work() -> None:
        async with opened(LIMITS) as bus:
            done = asyncio.Event()

            async def once(each: Message) -> None:
                await listening.close()
                done.set()

            listening = await bus.listen("task_sage", once)
            await bus.send(message())
            await done.wait()
            await listening.close()
            await listening.close()

    run(work())


def test_one_alone_listens_as_a_recipient(opened: Opener) -> None:
    async def work() -> None:
        async with opened(LIMITS) as bus:
            listening = await bus.listen("task_sage", Inbox())
            with pytest.raises(Conflict, match="task_sage"):
                await bus.listen("task_sage", Inbox())
            await listening.close()
            await bus.listen("task_sage", Inbox())

    run(work())


def test_who_sends_faster_than_is_handled_must_wait(opened: Opener) -> None:
    async def work() -> None:
        async with opened(QUICK) as bus:
            sent = 0

            async def fill() -> None:
                nonlocal sent
                for number in range(100):
                    await bus.send(message(f"{number}"))
                    sent += 1

            with pytest.raises(Unavailable, match="task_sage"):
                await fill()
            assert sent >= 2
            inbox = Inbox()
            await bus.listen("task_sage", inbox)
            await eventually(lambda: len(inbox.topics) >= sent)
            assert inbox.topics[:sent] == [f"{number}" for number in range(sent)]
            await bus.send(message("after"))
            await eventually(lambda: inbox.topics[-1] == "after")

    run(work())


@pytest.mark.parametrize(
    "wrong",
    [
        message(body={"text": "x" * LIMITS.largest_bytes}),
        message(body={"odd": {1, 2}}),
        message(body={"endless": float("inf")}),
        message(recipient=""),
        message(recipient="a\nb"),
        message(recipient="x" * 201),
    ],
    ids=["large", "set", "infinite", "no name", "two lines", "long name"],
)
def test_what_can_not_be_sent_is_refused(opened: Opener, wrong: Message) -> None:
    async def work() -> None:
        async with opened(LIMITS) as bus:
            with pytest.raises(InvalidInput):
                await bus.send(wrong)

    run(work())


def test_a_closed_transport_takes_nothing(opened: Opener) -> None:
    async def work() -> None:
        async with opened(LIMITS) as bus:
            await bus.listen("task_sage", Inbox())
            await bus.close()
            with pytest.raises(Unavailable):
                await bus.send(message())
            with pytest.raises(Unavailable):
                await bus.listen("task_sage", Inbox())

    run(work())


def test_a_message_is_not_changed_by_what_its_sender_does_later(opened: Opener) -> None:
    async def work() -> None:
        async with opened(LIMITS) as bus:
            body, inbox = {"value": 1}, Inbox()
            await bus.send(message(body=body))
            body["value"] = 2
            await bus.listen("task_sage", inbox)
            await eventually(lambda: bool(inbox.messages))
            assert inbox.messages[0].body == {"value": 1}

    run(work())
