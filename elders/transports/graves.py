"""What a RabbitMQ broker could not deliver: looked at, or settled."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

from elders.messages import Message
from elders.transport import Handler
from elders.transports.broker import Broker
from elders.transports.delivery import Limits
from elders.transports.parcels import unpack
from foundation.errors import InvalidInput

if TYPE_CHECKING:
    from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

_LOOKS: Final = 50
_LOOK_SECONDS: Final = 0.02

_log = structlog.get_logger(__name__)


class Graves:
    """The queues of dead messages; those that are looked at stay where they are."""

    def __init__(self, broker: Broker, limits: Limits) -> None:
        self._broker = broker
        self._patience = limits.send_seconds

    async def listed(self, recipient: str) -> list[Message]:
        """List a recipient's dead, the oldest first.

        Raises:
            Unavailable: the broker does not answer.
        """
        try:
            async with asyncio.timeout(self._patience):
                parcels = await self._taken(recipient)
                await self._returned(recipient, len(parcels))
        except self._broker.failures as error:
            raise self._broker.silent() from error
        return [each for parcel in parcels for each in _read(parcel)]

    async def count(self, recipient: str) -> int:
        """Count a recipient's dead, and leave them alone: looking at one counts as returning it.

        Raises:
            Unavailable: the broker does not answer.
        """
        try:
            async with asyncio.timeout(self._patience):
                channel = await self._channel(recipient)
                name = self._broker.dead_queue(recipient)
                queue = await channel.declare_queue(name, passive=True)
                await self._broker.let_go(channel)
        except self._broker.failures as error:
            raise self._broker.silent() from error
        return queue.declaration_result.message_count or 0

    async def settled(self, recipient: str, handler: Handler) -> int:
        """Hand a recipient's dead to somebody; answer how many they took.

        Raises:
            Unavailable: the broker does not answer.
        """
        try:
            async with asyncio.timeout(self._patience):
                channel = await self._channel(recipient)
                parcels = await self._read(channel, recipient)
        except self._broker.failures as error:
            raise self._broker.silent() from error
        taken, left = 0, len(parcels)
        try:
            for parcel in parcels:
                for message in _read(parcel):
                    await handler(message)
                    taken += 1
                await self._acknowledged(parcel)
                left -= 1
        finally:
            await self._broker.let_go(channel)
            await self._returned(recipient, left)
        return taken

    async def _taken(self, recipient: str) -> list[AbstractIncomingMessage]:
        channel = await self._channel(recipient)
        try:
            return await self._read(channel, recipient)
        finally:
            await self._broker.let_go(channel)

    async def _channel(self, recipient: str) -> AbstractChannel:
        await self._broker.declare(recipient)
        return await self._broker.channel()

    async def _read(
        self, channel: AbstractChannel, recipient: str
    ) -> list[AbstractIncomingMessage]:
        """Read what is dead now; until it is acknowledged, the broker keeps it."""
        queue = await channel.declare_queue(self._broker.dead_queue(recipient), passive=True)
        found = []
        for _ in range(queue.declaration_result.message_count or 0):
            parcel = await queue.get(fail=False)
            if parcel is None:
                break
            found.append(parcel)
        return found

    async def _acknowledged(self, parcel: AbstractIncomingMessage) -> None:
        try:
            await parcel.ack()
        except self._broker.failures as error:
            raise self._broker.silent() from error

    async def _returned(self, recipient: str, count: int) -> None:
        """Wait a moment until what was read is back: the broker does that by and by."""
        if not count:
            return
        try:
            channel = await self._broker.channel()
            for _ in range(_LOOKS):
                name = self._broker.dead_queue(recipient)
                queue = await channel.declare_queue(name, passive=True)
                if (queue.declaration_result.message_count or 0) >= count:
                    break
                await asyncio.sleep(_LOOK_SECONDS)
            await self._broker.let_go(channel)
        except self._broker.failures as error:
            _log.warning("graves.unseen", to=recipient, error=type(error).__name__)


def _read(parcel: AbstractIncomingMessage) -> list[Message]:
    try:
        return unpack(parcel.body, parcel.content_encoding, parcel.headers)
    except InvalidInput as error:
        _log.warning("parcel.unreadable", error=str(error))
        return []
