"""What the tests of transports share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from blockbuster import blockbuster_ctx

from elders.messages import Message
from elders.transports.delivery import Limits
from foundation.clock import Micros
from foundation.security.envelopes import Keys, new_signing_key

LIMITS = Limits(capacity=50, send_seconds=5, deliveries=3, pause_seconds=0.001)


class Watch:
    """A clock that is set by hand."""

    now = Micros(1_000_000)

    def __call__(self) -> Micros:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now = Micros(self.now + round(seconds * 1_000_000))


class Inbox:
    """Keeps what it is handed; it may fail with some."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.failing: set[str] = set()

    async def __call__(self, message: Message) -> None:
        self.messages.append(message)
        if message.topic in self.failing:
            raise LookupError("the handler's own trouble")

    @property
    def topics(self) -> list[str]:
        return [message.topic for message in self.messages]


def message(topic: str = "t", recipient: str = "task_sage", **fields: Any) -> Message:
    return Message("claude_elder", recipient, topic, fields.pop("body", {}), Micros(1), **fields)


async def eventually(holds: Callable[[], bool], *, seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - any state of anything
            await asyncio.sleep(0.002)


def run(work: Awaitable[None], *, seconds: float = 60) -> None:
    """Run it where nothing may block, nor take longer."""

    async def main() -> None:
        async with asyncio.timeout(seconds):
            await work

    with blockbuster_ctx():
        asyncio.run(main())


def member_keys(*members: str) -> Keys:
    """Make keys that know these members, and may send as each of them."""
    pairs = {each: new_signing_key() for each in members}
    return Keys(
        {"now": bytes(range(32))},
        {each: [public] for each, (_, public) in pairs.items()},
        {each: private for each, (private, _) in pairs.items()},
    )
