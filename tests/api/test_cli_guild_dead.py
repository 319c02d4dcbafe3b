"""Commands on what the guild's broker could not deliver, with a real one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from elders.messages import Message
from elders.transports.broker import Address
from elders.transports.rabbitmq import RabbitTransport
from foundation.clock import Micros, system_clock
from tests.api.doors import Elders
from tests.elders.transports.buses import LIMITS, Inbox, eventually, message
from tests.support.rabbitmq import own_prefix, rabbitmq_url, remove


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[Address]:
    address = Address(rabbitmq_url(), prefix=own_prefix()[:40])
    monkeypatch.setenv("ELDERS_BUS_URL", address.url)
    monkeypatch.setenv("ELDERS_BUS_PREFIX", address.prefix)
    monkeypatch.setenv("ELDERS_BUS_CAPACITY", str(LIMITS.capacity))
    yield address
    asyncio.run(remove(address.prefix, ["task_sage", "rag_sage"]))


def _heard(bus: Address, *sent: Message, failing: bool) -> list[str]:
    """Send messages to the Task Sage, and answer what it hears; it may fail with all of it."""

    async def work() -> list[str]:
        transport, inbox = RabbitTransport(bus, clock=system_clock, limits=LIMITS), Inbox()
        try:
            for each in sent:
                await transport.send(each)
            last = message("last")
            await transport.send(last)
            inbox.failing = {each.topic for each in sent} if failing else set()
            await transport.listen("task_sage", inbox)
            await eventually(lambda: last in inbox.messages)
        finally:
            await transport.close()
        return [each.topic for each in inbox.messages if each != last]

    return asyncio.run(work())


def test_what_is_dead_is_listed_sent_again_and_thrown_away(elders: Elders, bus: Address) -> None:
    late = message("late", expires_at=Micros(5))
    _heard(bus, message("one", body={"n": 1}), message("two"), late, failing=True)
    listed = elders("guild", "dead", "--json").json
    assert [(each["member"], each["topic"]) for each in listed] == [
        ("task_sage", "one"), ("task_sage", "two"), ("task_sage", "late")
    ]  # fmt: skip
    assert (listed[0]["body"], listed[0]["expires"]) == ({"n": 1}, None)
    assert "messages: 3" in elders("guild", "dead", "--member", "task").out
    assert elders("guild", "dead", "--member", "rag", "--json").json == []

    assert elders("guild", "redeliver", "task", "--json").json == {"member": "task_sage", "sent": 3}
    assert _heard(bus, failing=False) == ["one", "two"]
    gone = elders("guild", "discard", "task", "--json").json
    assert [each["topic"] for each in gone] == ["late"]
    assert elders("guild", "dead", "--json").json == []


@pytest.mark.parametrize("command", [["dead"], ["redeliver", "task"], ["discard", "task"]])
def test_without_a_broker_nothing_can_be_looked_at(elders: Elders, command: list[str]) -> None:
    answer = elders("guild", *command)
    assert answer.status == 2
    assert "ELDERS_BUS_URL" in answer.err


def test_a_broker_that_is_away_is_told(elders: Elders, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ELDERS_BUS_URL", "amqp://127.0.0.1:1/")
    monkeypatch.setenv("ELDERS_BUS_SEND_SECONDS", "1")
    answer = elders("guild", "redeliver", "task")
    assert answer.status == 1
    assert "127.0.0.1:1" in answer.err
