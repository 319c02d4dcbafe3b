"""A real broker is killed and started again, while many send and listen."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from elders.messages import Body, Message
from elders.transports.broker import Address
from elders.transports.outbox import Batching
from elders.transports.rabbitmq import RabbitTransport
from elders.transports.requests import Answer, Requests, again, answering
from foundation.clock import system_clock
from foundation.errors import Unavailable
from tests.elders.transports.buses import eventually, message, run
from tests.elders.transports.worker import CHAOS_LIMITS
from tests.support.own_broker import OwnBroker

SENDERS = 20


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[OwnBroker]:
    found = OwnBroker(tmp_path / "broker")
    found.start()
    yield found
    found.kill()


def opened(broker: OwnBroker) -> RabbitTransport:
    return RabbitTransport(
        Address(broker.url), clock=system_clock, limits=CHAOS_LIMITS,
        batching=Batching(seconds=0.01),
    )  # fmt: skip


async def die(broker: OwnBroker) -> None:
    """Kill the broker while it is at work, and start it again."""
    await asyncio.sleep(2)
    await asyncio.to_thread(broker.kill)
    await asyncio.sleep(0.5)
    await asyncio.to_thread(broker.start)
    await asyncio.sleep(1)


@pytest.mark.slow
def test_what_it_confirmed_arrives_after_its_death(broker: OwnBroker) -> None:
    confirmed: set[str] = set()
    heard: Counter[str] = Counter()

    async def hear(each: Message) -> None:
        heard[each.topic] += 1

    async def send(bus: RabbitTransport, sender: int, dying: asyncio.Task[None]) -> None:
        number = 0
        while not dying.done():
            topic = f"{sender}.{number}"
            try:
                await bus.send(message(topic))
            except Unavailable:
                continue
            confirmed.add(topic)
            number += 1

    bus, other = opened(broker), opened(broker)

    async def work() -> None:
        await other.listen("task_sage", hear)
        dying = asyncio.create_task(die(broker))
        await asyncio.gather(*(send(bus, sender, dying) for sender in range(SENDERS)))
        await dying
        await eventually(lambda: confirmed <= set(heard), seconds=60)
        assert await other.dead("task_sage") == []
        await asyncio.gather(bus.close(), other.close())

    run(work(), seconds=240)
    assert len(confirmed) > SENDERS


@pytest.mark.slow
def test_every_request_ends_and_is_acted_on_once(broker: OwnBroker) -> None:
    effects: set[str] = set()
    outcomes: list[Answer | Unavailable] = []

    async def answer(request: Message) -> Body:
        first = request.key not in effects
        effects.add(request.key)
        return {"first": first}

    async def ask(requests: Requests, asker: int, dying: asyncio.Task[None]) -> None:
        number = 0
        while not dying.done():
            try:
                key = f"{asker}.{number}"
                outcomes.append(await requests.ask("task_sage", "task.do", {}, key=key))
            except Unavailable as error:
                outcomes.append(error)
            number += 1

    bus, other = opened(broker), opened(broker)

    async def work() -> None:
        await other.listen("task_sage", answering(other, "task_sage", answer, clock=system_clock))
        requests = Requests(
            bus, "claude_elder", clock=system_clock, timeout_seconds=8, recover=again(4)
        )
        await requests.open()
        dying = asyncio.create_task(die(broker))
        await asyncio.gather(*(ask(requests, asker, dying) for asker in range(SENDERS)))
        await dying
        assert requests.pending == 0
        await requests.close()
        await asyncio.gather(bus.close(), other.close())

    run(work(), seconds=240)
    answered = [each for each in outcomes if isinstance(each, Answer)]
    assert len(answered) > 0.9 * len(outcomes) > SENDERS
