"""Messages within one process: nothing to install, and nothing survives it."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from elders.messages import Message, decode
from elders.transport import Handler
from elders.transports.delivery import Delivery, Limits, Outcome, Sleep, check_name, encoded
from foundation.clock import Clock
from foundation.errors import Conflict, Unavailable

_DEFAULTS: Final = Limits()


class MemoryTransport:
    """Carries messages between the tasks of one event loop.

    A recipient may have as many dead messages as may wait. Once it has, the next one that fails is
    tried again and again, until somebody settles the others: so nothing grows without bound, and
    nothing is dropped either.
    """

    def __init__(
        self, *, clock: Clock, limits: Limits = _DEFAULTS, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._limits = limits
        self._delivery = Delivery(limits, clock=clock, sleep=sleep)
        self._boxes: dict[str, _Box] = {}
        self._closed = False

    async def send(self, message: Message) -> None:
        """Put a message in its recipient's box, as soon as there is room.

        Raises:
            InvalidInput: it is too large, its body is no JSON, or its recipient has no name.
            Unavailable: there was no room in time, and it won't arrive; or this was closed.
        """
        data = encoded(message, self._limits)
        box = self._box(message.recipient)
        try:
            async with asyncio.timeout(self._limits.send_seconds):
                await box.slots.acquire()
        except TimeoutError as error:
            raise Unavailable(
                f"{self._limits.capacity} messages wait for {message.recipient}, and none was"
                f" taken for {self._limits.send_seconds:g} s: look what it is doing"
            ) from error
        if self._closed:
            box.slots.release()
            raise Unavailable("this transport was closed")
        box.waiting.append(data)
        box.changed.set()

    async def listen(self, recipient: str, handler: Handler) -> MemoryListening:
        """Have everything for a recipient handled, in order, from now on.

        Raises:
            Conflict: somebody listens as this recipient already.
            InvalidInput: nobody can have this name.
            Unavailable: this was closed.
        """
        box = self._box(recipient)
        if box.listening is not None and not box.listening.is_over:
            raise Conflict(f"somebody listens as {recipient} already: close that first")
        box.listening = MemoryListening(box, handler, self._delivery)
        return box.listening

    async def dead(self, recipient: str) -> list[Message]:
        """List what could not be delivered to a recipient, the oldest first."""
        check_name(recipient)
        box = self._boxes.get(recipient)
        return [] if box is None else [decode(data) for data in box.dead]

    async def count_dead(self, recipient: str) -> int:
        """Count what could not be delivered to a recipient."""
        return len(await self.dead(recipient))

    def waiting(self, recipient: str) -> int:
        """Count what waits for a recipient, what is being handled included."""
        box = self._boxes.get(recipient)
        return 0 if box is None else len(box.waiting)

    async def settle(self, recipient: str, handler: Handler) -> int:
        """Hand what is dead now to somebody who decides."""
        check_name(recipient)
        box = self._boxes.get(recipient)
        taken = list(box.dead) if box is not None else []
        for data in taken:
            await handler(decode(data))
            if box is not None and data in box.dead:
                box.dead.remove(data)
                box.changed.set()
        return len(taken)

    async def close(self) -> None:
        """Let what is being handled end; what waits is gone, as it is with the process."""
        self._closed = True
        for box in self._boxes.values():
            if box.listening is not None:
                await box.listening.close()

    def _box(self, recipient: str) -> _Box:
        check_name(recipient)
        if self._closed:
            raise Unavailable("this transport was closed")
        return self._boxes.setdefault(recipient, _Box(self._limits.capacity))


class _Box:
    """What waits for one recipient, and what is dead: `slots` are for what may still come."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.slots = asyncio.Semaphore(capacity)
        self.waiting: deque[bytes] = deque()
        self.dead: list[bytes] = []
        self.changed = asyncio.Event()
        self.listening: MemoryListening | None = None


class MemoryListening:
    """Empties a box, one message after another; what is being handled stays in it until then."""

    def __init__(self, box: _Box, handler: Handler, delivery: Delivery) -> None:
        self._box = box
        self._handler = handler
        self._delivery = delivery
        self._stop = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._run())

    @property
    def is_over(self) -> bool:
        """Tell whether nothing is handled any more."""
        return self._task.done()

    async def close(self) -> None:
        """Let what is being handled end, and take no more; a handler may close its own."""
        self._stop.set()
        self._box.changed.set()
        if self._task is not asyncio.current_task():
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        box = self._box
        while not self._stop.is_set():
            if not box.waiting:
                box.changed.clear()
                await box.changed.wait()
                continue
            data = box.waiting[0]
            outcome = await self._delivery.deliver(decode(data), self._handler, self._stop)
            if outcome is Outcome.LEFT:
                return
            if outcome is Outcome.DEAD:
                if len(box.dead) >= box.capacity:
                    box.changed.clear()
                    await box.changed.wait()
                    continue
                box.dead.append(data)
            box.waiting.popleft()
            box.slots.release()
