"""How many messages a second go from member to member, and how long a request waits for its answer.

    python -m benchmarks.bus [--messages N] [--requests N] [--senders N] [--url AMQP]

Messages of about 300 bytes are sent by so many senders at once, each waiting until its message is
safe, and are counted until the last one was handled. Over RabbitMQ (quorum queues, confirmed) they
go one by one and in batches (100 or 0.5 s) in the same run, the latter compared with the former;
sealed envelopes are compared with plain messages. Requests are made one after another; in batches
those for which somebody waits go at once.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from uuid import uuid4

import numpy as np

from benchmarks.corpora import machine
from elders.messages import Body, Message
from elders.store import open_store
from elders.transport import Transport
from elders.transports.broker import REPLIES, Address
from elders.transports.memory import MemoryTransport
from elders.transports.outbox import Batching
from elders.transports.rabbitmq import RabbitTransport
from elders.transports.replays import Replays
from elders.transports.requests import Requests, answering
from elders.transports.sealed import SealedTransport
from foundation.clock import system_clock
from foundation.errors import Unavailable
from foundation.security.envelopes import Keys, new_signing_key

ASKER, WORKER = "claude_elder", "task_sage"
TEXT = "a task of the guild " * 5


async def throughput(bus: Transport, messages: int, senders: int) -> float:
    """Answer messages a second, from the first sending to the last handling."""
    handled, left = asyncio.Event(), messages

    async def handle(_message: Message) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            handled.set()

    async def send(count: int) -> None:
        for _ in range(count):
            body = {"text": TEXT}
            await bus.send(Message(ASKER, WORKER, "task.do", body, system_clock()))

    listening = await bus.listen(WORKER, handle)
    started = time.perf_counter()
    shares = [messages // senders + (number < messages % senders) for number in range(senders)]
    await asyncio.gather(*(send(share) for share in shares))
    await handled.wait()
    took = time.perf_counter() - started
    await listening.close()
    return messages / took


async def latency(bus: Transport, requests: int) -> list[float]:
    """Answer the milliseconds that each of so many requests waited."""

    async def answer(request: Message) -> Body:
        return {"text": request.body["text"]}

    asker = Requests(bus, ASKER, clock=system_clock)
    await asker.open()
    listening = await bus.listen(WORKER, answering(bus, WORKER, answer, clock=system_clock))
    took = []
    for _ in range(requests):
        started = time.perf_counter()
        await asker.ask(WORKER, "task.plan", {"text": TEXT})
        took.append((time.perf_counter() - started) * 1e3)
    await asker.close()
    await listening.close()
    return took


async def measure(name: str, bus: Transport, args: argparse.Namespace, *, share: int = 1) -> float:
    """Show both for a transport, with a share of the messages; answer messages a second."""
    await throughput(bus, args.senders, args.senders)
    rate = await throughput(bus, args.messages // share, args.senders)
    waited = await latency(bus, args.requests // share)
    p50, p99 = statistics.median(waited), float(np.percentile(waited, 99))
    print(f"  {name:<28} {rate:9,.0f} messages/s   request p50 {p50:7.2f} ms   p99 {p99:7.2f} ms")
    return rate


@asynccontextmanager
async def broker(url: str, batching: Batching | None) -> AsyncIterator[Transport]:
    """Open queues of our own, and remove them afterwards."""
    import aio_pika

    address = Address(url, prefix=f"elders-bench-{uuid4().hex}")
    bus = RabbitTransport(address, clock=system_clock, batching=batching)
    try:
        yield bus
    finally:
        await bus.close()
        async with await aio_pika.connect(url) as connection:
            channel = await connection.channel()
            for recipient in (WORKER, f"{ASKER}{REPLIES}"):
                for kind in ("to", "dead"):
                    await channel.queue_delete(f"{address.prefix}.{kind}.{recipient}")


async def within_the_process(args: argparse.Namespace, folder: Path) -> None:
    plain = await measure("in process", MemoryTransport(clock=system_clock), args)
    pairs = {name: new_signing_key() for name in (ASKER, WORKER)}
    keys = Keys(
        {"now": bytes(32)},
        {name: [public] for name, (_, public) in pairs.items()},
        {name: private for name, (private, _) in pairs.items()},
    )
    with closing(await asyncio.to_thread(open_store, folder)) as store:
        bus = SealedTransport(
            MemoryTransport(clock=system_clock), keys, Replays(store, system_clock),
            clock=system_clock,
        )  # fmt: skip
        sealed = await measure("in process, sealed", bus, args, share=10)
    print(f"  sealed / plain: {sealed / plain:.3f} (each message is noted in SQLite, and synced)")


async def by_the_broker(args: argparse.Namespace) -> None:
    async with broker(args.url, None) as bus:
        single = await measure("RabbitMQ, one by one", bus, args)
    async with broker(args.url, Batching()) as bus:
        batched = await measure("RabbitMQ, in batches", bus, args)
    print(f"  in batches / one by one: {batched / single:.1f}")


async def run(args: argparse.Namespace) -> None:
    asked = f"{args.messages:,} messages by {args.senders} senders, {args.requests} requests"
    print(f"{asked}; {machine()}")
    with tempfile.TemporaryDirectory(prefix="elders-bench-") as folder:
        await within_the_process(args, Path(folder))
    try:
        await by_the_broker(args)
    except Unavailable as error:
        print(f"  RabbitMQ is left out: {error}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=5_000)
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--senders", type=int, default=200)
    parser.add_argument("--url", default=os.environ.get("ELDERS_BUS_URL", "amqp://127.0.0.1:5672/"))
    asyncio.run(run(parser.parse_args()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
