"""Everything fails at once: connections, workers, the order and the number of messages."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import pytest

from elders.messages import Message
from elders.store import open_store
from elders.transport import Handler, Listening, Transport
from elders.transports.broker import REPLIES, Address
from elders.transports.outbox import Batching
from elders.transports.rabbitmq import RabbitTransport
from elders.transports.requests import Answer, Requests, again
from foundation.clock import system_clock
from foundation.errors import Unavailable
from tests.elders.transports.buses import run
from tests.elders.transports.worker import CHAOS_LIMITS, done
from tests.support.proxy import Proxy, proxied
from tests.support.rabbitmq import own_prefix, rabbitmq_url, remove

ASKED = int(os.environ.get("CHAOS", "300"))
TIMES = 0.1
"""The share of messages that are sent twice, and of those that are overtaken."""


class Chaos:
    """A transport that sends one message in ten twice, and one in ten after its successors."""

    def __init__(self, transport: Transport, rng: Random) -> None:
        self._transport = transport
        self._rng = rng
        self._late: set[asyncio.Task[None]] = set()
        self.twice = 0

    async def send(self, message: Message) -> None:
        if self._rng.random() < TIMES:
            self.twice += 1
            task = asyncio.create_task(self._again(message, self._rng.uniform(0, 1)))
            self._late.add(task)
            task.add_done_callback(self._late.discard)
        if self._rng.random() < TIMES:
            await asyncio.sleep(self._rng.uniform(0, 0.5))
        await self._transport.send(message)

    async def listen(self, recipient: str, handler: Handler) -> Listening:
        return await self._transport.listen(recipient, handler)

    async def dead(self, recipient: str) -> list[Message]:
        return await self._transport.dead(recipient)

    async def count_dead(self, recipient: str) -> int:
        return len(await self.dead(recipient))

    async def settle(self, recipient: str, handler: Handler) -> int:
        return await self._transport.settle(recipient, handler)

    async def close(self) -> None:
        await asyncio.gather(*self._late, return_exceptions=True)
        await self._transport.close()

    async def _again(self, message: Message, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._transport.send(message)


class Workers:
    """One worker after another."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self._process: asyncio.subprocess.Process | None = None
        self.killed = 0

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.elders.transports.worker", *self._arguments,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert self._process.stdout is not None
        while await self._process.stdout.readline() != b"ready\n":
            assert self._process.returncode is None

    async def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        await self._process.communicate()
        self.killed += 1


@asynccontextmanager
async def storm(proxy: Proxy, workers: Workers, rng: Random) -> AsyncIterator[None]:
    """Cut connections, refuse new ones, stall them, and kill the worker, again and again."""

    async def rage() -> None:
        while True:
            await asyncio.sleep(rng.uniform(0.2, 0.6))
            proxy.cut()
            await asyncio.sleep(rng.uniform(0.2, 0.6))
            proxy.refusing = True
            proxy.cut()
            await asyncio.sleep(rng.uniform(0.1, 0.5))
            proxy.refusing = False
            proxy.stall()
            await asyncio.sleep(rng.uniform(0.1, 0.5))
            proxy.flow()
            await workers.kill()
            await workers.start()

    raging = asyncio.create_task(rage())
    yield
    raging.cancel()
    await asyncio.wait([raging])
    proxy.refusing = False
    proxy.flow()


@pytest.mark.slow
def test_each_effect_happens_once_and_each_request_ends(tmp_path: Path) -> None:
    address = Address(rabbitmq_url(), prefix=own_prefix())
    parts = urlsplit(address.url)
    rng = Random(6)
    outcomes: dict[str, Answer | Unavailable] = {}

    async def ask(requests: Requests, numbers: range) -> None:
        for number in numbers:
            try:
                outcomes[f"k{number}"] = await requests.ask(
                    "task_sage", "task.do", {"number": number}, key=f"k{number}"
                )
            except Unavailable as error:
                outcomes[f"k{number}"] = error

    async def work() -> None:
        async with proxied(parts.hostname or "", parts.port or 5672) as proxy:
            login = parts.netloc.rpartition("@")[0]
            url = parts._replace(netloc=f"{login}@127.0.0.1:{proxy.port}").geturl()
            workers = Workers(url, address.prefix, str(tmp_path))
            await workers.start()
            bus = Chaos(
                RabbitTransport(
                    replace(address, url=url), clock=system_clock, limits=CHAOS_LIMITS,
                    batching=Batching(seconds=0.01),
                ),
                rng,
            )  # fmt: skip
            requests = Requests(
                bus, "claude_elder", clock=system_clock, timeout_seconds=8, recover=again(4)
            )
            await requests.open()
            async with storm(proxy, workers, rng):
                askers = 10
                await asyncio.gather(
                    *(ask(requests, range(start, ASKED, askers)) for start in range(askers))
                )
            assert requests.pending == 0
            assert bus.twice > 0
            assert workers.killed > 0
            await bus.close()
            await workers.kill()

    try:
        run(work(), seconds=60 + ASKED)
    finally:
        asyncio.run(remove(address.prefix, ["task_sage", f"claude_elder{REPLIES}"]))
    assert len(outcomes) == ASKED
    answered = {key for key, outcome in outcomes.items() if isinstance(outcome, Answer)}
    assert len(answered) > 0.9 * ASKED
    with closing(open_store(tmp_path)) as store, store.read() as connection:
        effects = Counter(connection.execute(done.select()).scalars())
    assert [key for key, times in effects.items() if times != 1] == []
    assert answered <= set(effects)
