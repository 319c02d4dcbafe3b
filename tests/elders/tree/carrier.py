"""The smallest transport: it delivers at once, or keeps messages until somebody listens."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from elders.messages import Message, decode
from elders.transport import Handler
from foundation.errors import Unavailable


@dataclass
class Ear:
    carrier: Carrier
    name: str

    async def close(self) -> None:
        self.carrier.handlers.pop(self.name, None)


@dataclass
class Carrier:
    """A message whose handler raises is kept as dead.

    Attributes:
        broken: it takes nothing.
        copies: how often each message is delivered.
    """

    handlers: dict[str, Handler] = field(default_factory=dict)
    boxes: dict[str, list[Message]] = field(default_factory=lambda: defaultdict(list))
    died: dict[str, list[Message]] = field(default_factory=lambda: defaultdict(list))
    broken: bool = False
    copies: int = 1

    async def send(self, message: Message) -> None:
        if self.broken:
            raise Unavailable("the broker is gone")
        taken = decode(message.encode())
        for _ in range(self.copies):
            await self._deliver(taken)

    async def listen(self, recipient: str, handler: Handler) -> Ear:
        self.handlers[recipient] = handler
        for message in self.boxes.pop(recipient, []):
            await self._deliver(message)
        return Ear(self, recipient)

    async def dead(self, recipient: str) -> list[Message]:
        return self.died[recipient]

    async def count_dead(self, recipient: str) -> int:
        return len(await self.dead(recipient))

    async def settle(self, recipient: str, handler: Handler) -> int:
        taken = self.died.pop(recipient, [])
        for message in taken:
            await handler(message)
        return len(taken)

    async def close(self) -> None:
        self.handlers.clear()

    async def _deliver(self, message: Message) -> None:
        handler = self.handlers.get(message.recipient)
        if handler is None:
            self.boxes[message.recipient].append(message)
            return
        try:
            await handler(message)
        except Exception:  # noqa: BLE001 - as every transport must
            self.died[message.recipient].append(message)
