"""How a message is handed to whoever acts on it: the same on every transport."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

import structlog

from elders.messages import Message
from elders.transport import Handler
from foundation.clock import Clock
from foundation.errors import Forbidden, InvalidInput, Unavailable

LARGEST_BYTES: Final = 1024 * 1024
_LONGEST_NAME: Final = 200
_GROWTH: Final = 4.0
_LONGEST_PAUSE: Final = 1.0
_LONGEST_WAIT: Final = 15.0

_log = structlog.get_logger(__name__)

Sleep = Callable[[float], Awaitable[object]]
"""Waits for so many seconds."""


class Rejected(Forbidden):
    """Raised by a handler that will never take a message: it is dead at once."""


class Outcome(Enum):
    """What became of a message."""

    TAKEN = "taken"
    DEAD = "dead"
    LEFT = "left"
    """It failed, and was to be handed over again when there was no time left for that."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a transport holds, and how long it tries.

    Attributes:
        capacity: messages that wait for one recipient; `send` waits while there are as many.
        send_seconds: how long `send` tries before it gives up.
        deliveries: how often a message is handed over before it is dead.
        pause_seconds: before the second time; four times as long before each one after it.
        outage_seconds: how long a message waits, beside that, for what is `Unavailable`. A broker
            takes back what is not acknowledged in time (RabbitMQ: 30 minutes), so it is less.
        largest_bytes: of a message as it is written.
        returns: how often a broker hands over again what a listener was lost with.
        idle_seconds: after so long without a message a listener asks a broker anew, lest it waits
            at a queue that somebody removed.
    """

    capacity: int = 10_000
    send_seconds: float = 10.0
    deliveries: int = 5
    pause_seconds: float = 0.1
    outage_seconds: float = 900.0
    largest_bytes: int = LARGEST_BYTES
    returns: int = 20
    idle_seconds: float = 60.0

    def pause(self, failures: int) -> float:
        """Tell how many seconds to wait after so many failures."""
        return self.pause_seconds * _GROWTH ** (failures - 1)

    def pause_in_outage(self, waited: float) -> float:
        """Tell how many seconds to wait for what was unavailable for so long: a share of that."""
        return min(_LONGEST_WAIT, self.pause_seconds + waited / 2, self.outage_seconds - waited)

    def pause_for_broker(self, failures: int) -> float:
        """Tell how many seconds to wait after a broker failed so often: it is soon tried again."""
        return min(_LONGEST_PAUSE, self.pause_seconds * failures)


def encoded(message: Message, limits: Limits) -> bytes:
    """Write a message, if it can be sent.

    Raises:
        InvalidInput: it is too large, its body is no JSON, or nobody can have its recipient's name.
    """
    check_name(message.recipient)
    data = message.encode()
    if len(data) > limits.largest_bytes:
        raise InvalidInput(
            f"the message {message.topic[:80]!r} to {message.recipient} has {len(data)} bytes, and"
            f" {limits.largest_bytes} are allowed: send where its data lies in place of them"
        )
    return data


def check_name(recipient: str) -> None:
    """Check a recipient's name.

    Raises:
        InvalidInput: it is empty, too long, or has characters that can't be printed.
    """
    if not (0 < len(recipient.encode("utf-8", "replace")) <= _LONGEST_NAME) or (
        not recipient.isprintable()
    ):
        raise InvalidInput(
            f"{recipient[:80]!r} is no recipient: a name has 1 to {_LONGEST_NAME} bytes, all of"
            " them printable"
        )


async def sleep_unless(stop: asyncio.Event, seconds: float, sleep: Sleep) -> None:
    """Wait so many seconds, or until something is set."""
    waits = [asyncio.ensure_future(sleep(seconds)), asyncio.ensure_future(stop.wait())]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waits:
            each.cancel()


class Delivery:
    """Hands a message over until its handler took it, it was tried too often, or it expired."""

    def __init__(self, limits: Limits, *, clock: Clock, sleep: Sleep = asyncio.sleep) -> None:
        self._limits = limits
        self._clock = clock
        self._sleep = sleep

    async def deliver(
        self, message: Message, handler: Handler, stop: asyncio.Event, *, failed: int = 0
    ) -> Outcome:
        """Hand a message over; those behind it wait meanwhile, so that order is kept.

        What is unavailable to the handler is no fault of the message: it waits for that longer.

        Args:
            message: the message.
            handler: acts on it.
            stop: once it is set, nothing is handed over again.
            failed: how often it failed before.
        """
        waited = 0.0
        while True:
            if message.expires_at is not None and message.expires_at <= self._clock():
                _log.warning("message.expired", topic=message.topic, message_id=message.id)
                return Outcome.DEAD
            error = await _error(message, handler)
            if error is None:
                return Outcome.TAKEN
            if isinstance(error, Unavailable) and waited < self._limits.outage_seconds:
                pause = self._limits.pause_in_outage(waited)
                waited += pause
            else:
                failed += 1
                pause = self._limits.pause(failed)
            if failed >= self._limits.deliveries or isinstance(error, Rejected):
                _log.error("message.dead", topic=message.topic, message_id=message.id)
                return Outcome.DEAD
            await sleep_unless(stop, pause, self._sleep)
            if stop.is_set():
                return Outcome.LEFT


async def _error(message: Message, handler: Handler) -> BaseException | None:
    """Hand a message over once; answer why it was not taken."""
    before = cancellations()
    try:
        await handler(message)
    except asyncio.CancelledError as cancelled:
        if cancellations() > before:
            raise
        error: BaseException = cancelled
    except Exception as raised:  # noqa: BLE001 - whatever it is, the next one is to be handled
        error = raised
    else:
        return None
    name = type(error).__name__
    _log.warning("message.failed", topic=message.topic, message_id=message.id, error=name)
    return error


def cancellations() -> int:
    """Count how often this task was told to end: more of them than before are to be heeded.

    What a handler or a library awaited may be cancelled without that, and a library may turn a
    cancellation into an error of its own.
    """
    task = asyncio.current_task()
    return 0 if task is None else task.cancelling()
