"""Taking what a RabbitMQ broker holds for a recipient, whatever becomes of the connection."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import structlog

from elders.messages import Message
from elders.transport import Handler
from elders.transports.broker import Broker
from elders.transports.delivery import Delivery, Limits, Outcome, cancellations, sleep_unless
from elders.transports.parcels import unpack
from elders.transports.publishing import Publisher
from foundation.errors import GuildError, InvalidInput

if TYPE_CHECKING:
    from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

_PREFETCH: Final = 20
"""Parcels that are on their way while one is handled."""
_REMEMBERED: Final = 1_000
_SPLIT_AT: Final = 3
"""A parcel that a listener was lost with so often is split, lest one message takes all with it."""

_log = structlog.get_logger(__name__)


Handled = OrderedDict[str, set[str]]
"""Messages that were dealt with, of parcels that were not acknowledged yet: ids by the parcel's."""


class RabbitListening:
    """Handles a recipient's messages, one after another.

    A parcel is acknowledged when all its messages were handled or laid aside. One that comes
    again, because the connection was lost meanwhile, goes on where it was.
    """

    def __init__(
        self,
        broker: Broker,
        publisher: Publisher,
        recipient: str,
        handler: Handler,
        delivery: Delivery,
        handled: Handled,
        limits: Limits,
    ) -> None:
        self._broker = broker
        self._publisher = publisher
        self._recipient = recipient
        self._handler = handler
        self._delivery = delivery
        self._stop = asyncio.Event()
        self._begun = asyncio.get_running_loop().create_future()
        self._arrived: asyncio.Queue[AbstractIncomingMessage | None] = asyncio.Queue()
        self._handled = handled
        self._limits = limits
        self._task = asyncio.get_running_loop().create_task(self._run())

    @property
    def is_over(self) -> bool:
        """Tell whether nothing is handled any more."""
        return self._task.done()

    async def begun(self) -> None:
        """Wait until messages can arrive.

        Raises:
            Conflict: the recipient's queue was made with other limits.
        """
        await asyncio.shield(self._begun)

    async def close(self) -> None:
        """Let what is being handled end, and take no more; a handler may close its own."""
        self._stop.set()
        self._arrived.put_nowait(None)
        if self._task is not asyncio.current_task():
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            failures = 0
            while not self._stop.is_set():
                failures = 0 if await self._consumed() else failures + 1
                pause = self._limits.pause_for_broker(failures)
                await sleep_unless(self._stop, pause, asyncio.sleep)
        finally:
            self._begun.cancel()

    async def _consumed(self) -> bool:
        """Consume until that fails, nothing comes, or this is closed; answer if all is well."""
        before = cancellations()
        try:
            await self._broker.declare(self._recipient)
            channel = await self._broker.channel()
            try:
                return await self._consume(channel)
            finally:
                self._broker.forget(self._recipient)
                await self._broker.let_go(channel)
        except GuildError as error:
            if not self._begun.done():
                self._begun.set_exception(error)
                self._stop.set()
            self._tell(error)
        except (*self._broker.failures, asyncio.CancelledError) as error:
            self._tell(error)
        if cancellations() > before:
            raise asyncio.CancelledError
        return False

    def _tell(self, error: BaseException) -> None:
        name = type(error).__name__
        _log.warning("broker.lost", place=self._broker.place, to=self._recipient, error=name)

    async def _consume(self, channel: AbstractChannel) -> bool:
        arrived = self._arrived = asyncio.Queue()

        def over(*_: object) -> None:
            arrived.put_nowait(None)

        await channel.set_qos(prefetch_count=_PREFETCH)
        queue = await channel.get_queue(self._broker.queue(self._recipient), ensure=False)
        channel.close_callbacks.add(over)
        (await channel.get_underlay_channel()).on_consumer_cancel_callbacks.add(over)
        await queue.consume(arrived.put)
        if not self._begun.done():
            self._begun.set_result(None)
        while not self._stop.is_set():
            try:
                parcel = await asyncio.wait_for(arrived.get(), self._limits.idle_seconds)
            except TimeoutError:
                return True
            if parcel is None or channel.is_closed:
                return False
            await self._take(parcel)
        return True

    async def _take(self, parcel: AbstractIncomingMessage) -> None:
        try:
            messages = unpack(parcel.body, parcel.content_encoding, parcel.headers)
        except InvalidInput as error:
            _log.error("parcel.unreadable", to=self._recipient, error=str(error))
            await parcel.reject(requeue=False)
            return
        key = parcel.message_id or ""
        handled = self._handled.setdefault(key, set())
        while len(self._handled) > _REMEMBERED:
            self._handled.popitem(last=False)
        lost = parcel.headers.get("x-delivery-count", 0)
        if isinstance(lost, int) and lost >= _SPLIT_AT and len(messages) > 1:
            await self._split([each for each in messages if each.id not in handled])
        elif not await self._each([each for each in messages if each.id not in handled], handled):
            await parcel.nack(requeue=True)
            return
        await parcel.ack()
        self._handled.pop(key, None)

    async def _each(self, messages: list[Message], handled: set[str]) -> bool:
        """Handle messages; answer whether all of them are dealt with."""
        for message in messages:
            if self._stop.is_set():
                return False
            outcome = await self._delivery.deliver(message, self._handler, self._stop)
            if outcome is Outcome.LEFT:
                return False
            if outcome is Outcome.DEAD:
                await self._publisher.lay_aside(self._recipient, message.encode())
            handled.add(message.id)
        return True

    async def _split(self, messages: list[Message]) -> None:
        for message in messages:
            await self._publisher.publish(self._recipient, [message.encode()])
