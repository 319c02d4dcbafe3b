"""A worker in a process of its own, to be killed: notes each key's effect, and answers."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from sqlalchemy import Column, MetaData, String, Table, insert

from elders.messages import Body, Message
from elders.store import open_store
from elders.transports.broker import Address
from elders.transports.delivery import Limits
from elders.transports.outbox import Batching
from elders.transports.rabbitmq import RabbitTransport
from elders.transports.requests import answering
from elders.tree.handled import is_first
from foundation.clock import system_clock

done = Table("done", MetaData(), Column("key", String(80), nullable=False))
"""No key of it is unique: an effect that is had twice shows."""

CHAOS_LIMITS = Limits(send_seconds=10, deliveries=50, pause_seconds=0.02, returns=1_000)


async def work(url: str, prefix: str, folder: Path) -> None:
    """Answer until the process is killed."""
    store = await asyncio.to_thread(open_store, folder)
    bus = RabbitTransport(
        Address(url, prefix=prefix), clock=system_clock, limits=CHAOS_LIMITS,
        batching=Batching(seconds=0.01),
    )  # fmt: skip

    def prepare() -> None:
        with store.write() as connection:
            done.create(connection, checkfirst=True)

    def act(key: str) -> bool:
        with store.write() as connection:
            first = is_first(connection, "task_sage", key, at=system_clock())
            if first:
                connection.execute(insert(done).values(key=key))
        return first

    async def answer(request: Message) -> Body:
        return {"first": await asyncio.to_thread(act, request.key)}

    await asyncio.to_thread(prepare)
    await bus.listen("task_sage", answering(bus, "task_sage", answer, clock=system_clock))
    print("ready", flush=True)  # noqa: T201 - whoever started it waits for this
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
