"""What the transport within a process does of its own."""

from __future__ import annotations

from dataclasses import replace

from elders.transports.memory import MemoryTransport
from tests.elders.transports.buses import LIMITS, Inbox, Watch, eventually, message, run


def test_where_no_more_may_be_dead_the_next_one_waits_until_they_are_settled() -> None:
    async def work() -> None:
        bus = MemoryTransport(clock=Watch(), limits=replace(LIMITS, capacity=2, deliveries=1))
        inbox = Inbox()
        inbox.failing = {"0", "1", "2"}
        await bus.listen("task_sage", inbox)
        for topic in ("0", "1", "2", "3"):
            await bus.send(message(topic))
        await eventually(lambda: "2" in inbox.topics)
        assert [each.topic for each in await bus.dead("task_sage")] == ["0", "1"]
        assert await bus.settle("task_sage", Inbox()) == 2
        await eventually(lambda: "3" in inbox.topics)
        assert [each.topic for each in await bus.dead("task_sage")] == ["2"]
        await bus.close()

    run(work())
