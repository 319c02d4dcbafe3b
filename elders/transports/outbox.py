"""Messages to one recipient wait a moment for others, and go together."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from elders.transports.delivery import LARGEST_BYTES, Sleep, sleep_unless

Ship = Callable[[Sequence[bytes]], Awaitable[None]]
"""Sends messages as one; when it returns they are safe. It gives up by itself."""


@dataclass(frozen=True, slots=True)
class Batching:
    """When a batch is sent: as soon as it is full, or its first message has waited so long.

    Attributes:
        messages: at the most.
        seconds: at the most.
        size: bytes at the most; a larger message goes alone.
    """

    messages: int = 100
    seconds: float = 0.5
    size: int = LARGEST_BYTES


@dataclass(frozen=True, slots=True)
class _Waiting:
    data: bytes
    urgent: bool
    shipped: asyncio.Future[None]


class Outbox:
    """Batches what goes to one recipient: one flusher, so that order is kept.

    `send` returns when the broker has its batch: batching weakens no promise. There is a task
    only while something waits.
    """

    def __init__(
        self, ship: Ship, batching: Batching, *, capacity: int, sleep: Sleep = asyncio.sleep
    ) -> None:
        """Begin empty.

        Args:
            ship: sends a batch.
            batching: when.
            capacity: messages that may wait; `send` waits for room.
            sleep: how to wait.
        """
        self._ship = ship
        self._batching = batching
        self._sleep = sleep
        self._slots = asyncio.Semaphore(capacity)
        self._waiting: deque[_Waiting] = deque()
        self._bytes = 0
        self._urgent = 0
        self._closed = False
        self._go = asyncio.Event()
        self._flusher: asyncio.Task[None] | None = None

    async def send(self, data: bytes, *, urgent: bool) -> None:
        """Send with the next batch.

        Args:
            data: the message.
            urgent: somebody waits for it: what waits goes at once.

        Raises:
            Unavailable: as `ship` says.
        """
        await self._slots.acquire()
        waiting = _Waiting(data, urgent, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._bytes += len(data)
        self._urgent += urgent
        if urgent or self._is_full():
            self._go.set()
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.get_running_loop().create_task(self._flush())
        await waiting.shipped

    async def close(self) -> None:
        """Send what waits, at once, and whatever is sent from now on."""
        self._closed = True
        self._go.set()
        if self._flusher is not None:
            await asyncio.wait([self._flusher])

    def _is_full(self) -> bool:
        return len(self._waiting) >= self._batching.messages or self._bytes >= self._batching.size

    async def _flush(self) -> None:
        while self._waiting:
            if not (self._is_full() or self._closed):
                await sleep_unless(self._go, self._batching.seconds, self._sleep)
            batch = self._taken()
            if not self._urgent:
                self._go.clear()
            try:
                await self._ship([each.data for each in batch])
            except BaseException as error:
                _fail(batch, error)
                if not isinstance(error, Exception):
                    _fail(self._waiting, error)
                    raise
            else:
                for each in batch:
                    if not each.shipped.done():
                        each.shipped.set_result(None)

    def _taken(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        size = 0
        while self._waiting and len(batch) < self._batching.messages:
            size += len(self._waiting[0].data)
            if batch and size > self._batching.size:
                break
            batch.append(self._waiting.popleft())
            self._bytes -= len(batch[-1].data)
            self._urgent -= batch[-1].urgent
            self._slots.release()
        return batch


def _fail(batch: Sequence[_Waiting] | deque[_Waiting], error: BaseException) -> None:
    for each in batch:
        if each.shipped.done():
            continue
        if isinstance(error, asyncio.CancelledError):
            each.shipped.cancel()
        else:
            each.shipped.set_exception(error)
