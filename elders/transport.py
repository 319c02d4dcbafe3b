"""What carries messages from member to member, whatever it is made of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from elders.messages import Message

Handler = Callable[[Message], Awaitable[None]]
"""Acts on a message. Returning takes it for done; raising has it delivered again, a few times."""


class Listening(Protocol):
    """Somebody who listens; `close` lets what is being handled end, and takes no more."""

    async def close(self) -> None:
        """Listen no more."""
        ...


class Transport(Protocol):
    """Carries messages. Behaviour: tests/elders/transports/test_contract.py.

    A message whose `send` returned is delivered at least once, to whoever listens as its
    recipient then or later, so whoever acts on it must know its `key`. What one sender sends to
    one recipient arrives in its order (a redelivery apart). A message that fails too often, or
    has expired, is laid aside as dead, never lost.
    """

    async def send(self, message: Message) -> None:
        """Hand a message over; when this returns it is safe.

        Raises:
            InvalidInput: it is too large, or its body is no JSON.
            Unavailable: nothing took it in time; whether it will arrive is not known.
        """
        ...

    async def listen(self, recipient: str, handler: Handler) -> Listening:
        """Have everything for a recipient handled, in order, from now on.

        Raises:
            Conflict: somebody listens as this recipient already, where that can be known.
            Unavailable: there is no connection.
        """
        ...

    async def dead(self, recipient: str) -> list[Message]:
        """List what could not be delivered to a recipient, the oldest first."""
        ...

    async def count_dead(self, recipient: str) -> int:
        """Count what could not be delivered, without touching it; of batches, how many."""
        ...

    async def settle(self, recipient: str, handler: Handler) -> int:
        """Hand what is dead now to somebody who decides, such as by sending it again.

        What the handler takes is dead no more; what it raises ends this, and leaves the rest.

        Returns:
            How many it took.
        """
        ...

    async def close(self) -> None:
        """Send what waits, stop listening, and let go."""
        ...
