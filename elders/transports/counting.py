"""How many messages wait for whom, and how many are dead."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from elders.transports.broker import Address, Broker
from elders.transports.delivery import Limits
from elders.transports.settings import BusSettings
from foundation.errors import Unavailable


async def count_queued(
    settings: BusSettings, recipients: Iterable[str]
) -> Mapping[str, tuple[int, int]]:
    """Ask the broker of the settings; a recipient to whom nobody ever sent has nothing.

    RabbitMQ counts batches, so that a batch of messages is one.

    Args:
        settings: whose `bus_url` names the broker.
        recipients: whom to ask for.

    Returns:
        What waits and what is dead, by recipient; nothing without a broker.

    Raises:
        Unavailable: the broker does not answer.
    """
    if settings.bus_url is None:
        return {}
    limits = Limits(send_seconds=settings.bus_send_seconds)
    url = settings.bus_url.get_secret_value()
    broker = Broker(Address(url, settings.bus_ca_file, settings.bus_prefix), limits)
    try:
        async with asyncio.timeout(limits.send_seconds):
            return {
                each: (
                    await _count(broker, broker.queue(each)),
                    await _count(broker, broker.dead_queue(each)),
                )
                for each in recipients
            }
    except broker.failures as error:
        raise Unavailable(f"RabbitMQ at {broker.place} does not answer: {error!r}") from error
    finally:
        await broker.close()


async def _count(broker: Broker, queue: str) -> int:
    from aio_pika.exceptions import ChannelNotFoundEntity

    channel = await broker.channel()
    try:
        declared = await channel.declare_queue(queue, passive=True)
    except ChannelNotFoundEntity:  # which closes the channel
        return 0
    else:
        return declared.declaration_result.message_count or 0
    finally:
        if not channel.is_closed:
            await channel.close()
