"""What tests of the Incident Sage have in common."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from blockbuster import blockbuster_ctx

from elders.incidents.model import MICROS, Round, Series
from elders.messages import Message
from elders.transports.memory import MemoryTransport
from foundation.clock import Micros

START = 1_760_000_000 * MICROS


class Watch:
    """A clock that is set by hand."""

    now = Micros(START)

    def __call__(self) -> Micros:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now = Micros(self.now + int(seconds * MICROS))


def rounds(values: Mapping[str, list[float]], *, every: float = 10.0) -> list[Round]:
    """Make rounds of values by the name of their series."""
    length = len(next(iter(values.values())))
    return [
        Round(
            Micros(START + int(number * every * MICROS)),
            {Series(name): each[number] for name, each in values.items()},
        )
        for number in range(length)
    ]


class Ears:
    """Hears what is sent to members."""

    def __init__(self) -> None:
        self.heard: list[Message] = []
        self._news = asyncio.Condition()

    async def hear(self, message: Message) -> None:
        self.heard.append(message)
        async with self._news:
            self._news.notify_all()

    async def wait_for(self, count: int, topic: str = "") -> None:
        async with self._news:
            await self._news.wait_for(
                lambda: sum(topic in each.topic for each in self.heard) >= count
            )

    def of(self, topic: str) -> list[Message]:
        return [each for each in self.heard if each.topic == topic]


async def listening(transport: MemoryTransport, *members: str) -> Ears:
    ears = Ears()
    for member in members:
        await transport.listen(member, ears.hear)
    return ears


def run(work: Callable[[], Awaitable[None]]) -> None:
    """Run something that must not block."""

    async def main() -> None:
        async with asyncio.timeout(60):
            await work()

    with blockbuster_ctx():
        asyncio.run(main())
