"""Messages by a RabbitMQ broker: they survive the processes, and the broker's restarts."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from elders.messages import Message
from elders.transport import Handler
from elders.transports.broker import Address, Broker
from elders.transports.consuming import Handled, RabbitListening
from elders.transports.delivery import Delivery, Limits, Sleep, check_name, encoded
from elders.transports.graves import Graves
from elders.transports.outbox import Batching, Outbox
from elders.transports.publishing import Publisher
from foundation.clock import Clock
from foundation.errors import Conflict, Unavailable

_DEFAULTS: Final = Limits()


class RabbitTransport:
    """Carries messages between processes and machines.

    A recipient has a quorum queue, and another one for what is dead. Whatever is published is
    confirmed by the broker, and refused where no queue takes it. Listeners acknowledge what was
    handled; of several that listen as one recipient the broker serves one, the others stand by.
    """

    def __init__(
        self,
        address: Address,
        *,
        clock: Clock,
        limits: Limits = _DEFAULTS,
        batching: Batching | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Prepare; the first call connects.

        Args:
            address: the broker's.
            clock: what time it is.
            limits: what is held, and how long is tried.
            batching: how messages wait for others; None sends each at once, by itself.
            sleep: how to wait.

        Raises:
            InvalidInput: the address is none.
            Unavailable: the extra `rabbitmq` is not installed.
        """
        self._broker = Broker(address, limits)
        self._publisher = Publisher(self._broker, limits, sleep)
        self._limits = limits
        self._delivery = Delivery(limits, clock=clock, sleep=sleep)
        self._graves = Graves(self._broker, limits)
        self._batching = batching
        self._sleep = sleep
        self._outboxes: dict[str, Outbox] = {}
        self._listenings: dict[str, RabbitListening] = {}
        self._handled: Handled = OrderedDict()
        self._closed = False

    async def send(self, message: Message) -> None:
        """Hand a message to the broker; when this returns, the broker has it on disk.

        Raises:
            InvalidInput: it is too large, its body is no JSON, or its recipient has no name.
            Unavailable: the broker did not confirm it in time; whether it has it is not known.
            Conflict: the recipient's queue was made with other limits.
        """
        data = encoded(message, self._limits)
        self._check_open()
        if self._batching is None:
            await self._publisher.publish(message.recipient, [data])
            return
        outbox = self._outboxes.get(message.recipient)
        if outbox is None:
            outbox = self._outboxes[message.recipient] = self._outbox(
                message.recipient, self._batching
            )
        awaited = message.reply_to is not None or message.correlation_id is not None
        await outbox.send(data, urgent=awaited)

    async def listen(self, recipient: str, handler: Handler) -> RabbitListening:
        """Have everything for a recipient handled, in order, from now on.

        Raises:
            Conflict: somebody listens as this recipient already, by this transport.
            InvalidInput: nobody can have this name.
            Unavailable: there is no connection.
        """
        check_name(recipient)
        self._check_open()
        known = self._listenings.get(recipient)
        if known is not None and not known.is_over:
            raise Conflict(f"somebody listens as {recipient} already: close that first")
        listening = RabbitListening(
            self._broker,
            self._publisher,
            recipient,
            handler,
            self._delivery,
            self._handled,
            limits=self._limits,
        )
        self._listenings[recipient] = listening
        try:
            async with asyncio.timeout(self._limits.send_seconds):
                await listening.begun()
        except TimeoutError as error:
            await listening.close()
            raise self._broker.silent() from error
        return listening

    async def dead(self, recipient: str) -> list[Message]:
        """List what could not be delivered to a recipient, the oldest first.

        Raises:
            Unavailable: the broker does not answer.
        """
        check_name(recipient)
        self._check_open()
        return await self._graves.listed(recipient)

    async def count_dead(self, recipient: str) -> int:
        """Count what could not be delivered to a recipient, without touching it.

        Raises:
            Unavailable: the broker does not answer.
        """
        check_name(recipient)
        self._check_open()
        return await self._graves.count(recipient)

    async def settle(self, recipient: str, handler: Handler) -> int:
        """Hand what is dead now to somebody who decides; what nobody can read is removed.

        Raises:
            Unavailable: the broker does not answer.
        """
        check_name(recipient)
        self._check_open()
        return await self._graves.settled(recipient, handler)

    async def close(self) -> None:
        """Send what waits, let what is being handled end, and disconnect."""
        if self._closed:
            return
        self._closed = True
        await asyncio.gather(*(outbox.close() for outbox in self._outboxes.values()))
        await asyncio.gather(*(each.close() for each in self._listenings.values()))
        await self._broker.close()

    def _check_open(self) -> None:
        if self._closed:
            raise Unavailable("this transport was closed")

    def _outbox(self, recipient: str, batching: Batching) -> Outbox:
        async def ship(messages: Sequence[bytes]) -> None:
            await self._publisher.publish(recipient, messages)

        return Outbox(ship, batching, capacity=self._limits.capacity, sleep=self._sleep)
