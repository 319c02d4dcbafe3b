"""Messages are counted at the broker."""

from __future__ import annotations

import pytest

from elders.transports.broker import Address
from elders.transports.counting import count_queued
from elders.transports.rabbitmq import RabbitTransport
from elders.transports.settings import load_bus_settings
from foundation.clock import system_clock
from foundation.errors import Unavailable
from tests.elders.transports.buses import LIMITS, message, run
from tests.support.rabbitmq import own_prefix, rabbitmq_url, remove


def test_what_waits_is_counted_and_who_was_never_sent_anything_has_nothing() -> None:
    url, prefix = rabbitmq_url(), own_prefix()[:40]
    settings = load_bus_settings(bus_url=url, bus_prefix=prefix)

    async def work() -> None:
        bus = RabbitTransport(Address(url, prefix=prefix), clock=system_clock, limits=LIMITS)
        try:
            for number in range(3):
                await bus.send(message(f"t{number}"))
            counted = await count_queued(settings, ["task_sage", "rag_sage"])
            assert counted == {"task_sage": (3, 0), "rag_sage": (0, 0)}
        finally:
            await bus.close()
            await remove(prefix, ["task_sage"])

    run(work())


def test_without_a_broker_nothing_is_known_and_one_that_is_away_is_told() -> None:
    async def work() -> None:
        assert await count_queued(load_bus_settings(bus_url=None), ["task_sage"]) == {}
        away = load_bus_settings(bus_url="amqp://127.0.0.1:1/", bus_send_seconds=1.0)
        with pytest.raises(Unavailable, match=r"127\.0\.0\.1:1"):
            await count_queued(away, ["task_sage"])

    run(work())
