"""Publishing to a RabbitMQ broker until it confirms, or the time is over."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import count
from typing import TYPE_CHECKING, Final

import structlog

from elders.transports.broker import Broker
from elders.transports.delivery import Limits, Sleep, cancellations
from elders.transports.parcels import pack
from foundation.errors import Unavailable
from foundation.ids import new_id

if TYPE_CHECKING:
    from aio_pika import Message

_LARGE_BYTES: Final = 64 * 1024
"""Packing more than this is left to a thread."""
_ATTEMPTS: Final = 2
"""How many publishings that are never confirmed fit into the time of one `publish`."""

_log = structlog.get_logger(__name__)


class Publisher:
    """Publishes parcels; one that is tried again may arrive twice, with the same messages."""

    def __init__(self, broker: Broker, limits: Limits, sleep: Sleep) -> None:
        self._broker = broker
        self._limits = limits
        self._sleep = sleep

    async def publish(self, recipient: str, messages: Sequence[bytes]) -> None:
        """Send messages as one parcel; when this returns, the broker has it on disk.

        Raises:
            Unavailable: the broker did not confirm it in time.
            Conflict: the recipient's queue was made with other limits.
        """
        await self._insist(recipient, self._broker.queue(recipient), messages)

    async def lay_aside(self, recipient: str, message: bytes) -> None:
        """Put a message with a recipient's dead; as `publish`."""
        await self._insist(recipient, self._broker.dead_queue(recipient), [message])

    async def _insist(self, recipient: str, queue: str, messages: Sequence[bytes]) -> None:
        parcel = await _parcel(messages)
        trouble: BaseException | None = None
        try:
            async with asyncio.timeout(self._limits.send_seconds):
                for failures in count(1):
                    trouble = await self._trouble(recipient, queue, parcel)
                    if trouble is None:
                        return
                    await self._sleep(self._limits.pause_for_broker(failures))
        except TimeoutError as error:
            raise Unavailable(
                f"RabbitMQ at {self._broker.place} did not take {len(messages)} message(s) to"
                f" {recipient} within {self._limits.send_seconds:g} s"
                f" ({type(trouble or error).__name__}): look whether it runs, and whether"
                f" {self._limits.capacity} wait for {recipient} already"
            ) from error

    async def _trouble(self, recipient: str, queue: str, parcel: Message) -> BaseException | None:
        """Try once; answer why it failed."""
        from aio_pika.exceptions import DeliveryError

        before = cancellations()
        trouble: BaseException
        try:
            async with asyncio.timeout(self._limits.send_seconds / _ATTEMPTS):
                await self._broker.declare(recipient)
                channel = await self._broker.publishing()
                await channel.default_exchange.publish(parcel, queue, mandatory=True)
        except DeliveryError as error:
            self._broker.forget(recipient)
            trouble = error
        except TimeoutError as error:
            await self._broker.reset()
            trouble = error
        except (*self._broker.failures, asyncio.CancelledError) as error:
            trouble = error
        else:
            return None
        if cancellations() > before:
            raise asyncio.CancelledError
        return trouble


async def _parcel(messages: Sequence[bytes]) -> Message:
    import aio_pika

    large = sum(len(each) for each in messages) > _LARGE_BYTES
    packed = await asyncio.to_thread(pack, messages) if large else pack(messages)
    return aio_pika.Message(
        packed.data,
        content_type="application/x-ndjson",
        content_encoding=packed.encoding,
        headers=dict(packed.headers),
        message_id=new_id(),
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )
