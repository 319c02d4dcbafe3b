"""What the guild's broker could not deliver: looked at, sent again, or thrown away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from api.guild import guild_store
from elders.messages import Message
from elders.transport import Transport
from elders.transports.opening import open_broker, open_transport
from elders.transports.settings import load_bus_settings
from foundation.clock import system_clock

_Found = TypeVar("_Found")


def dead(home: Path | None, members: Sequence[str]) -> list[Message]:
    """List what could not be delivered to members, the oldest of each first.

    Args:
        home: in whose folder `guild` the store lies, unless the settings name another.
        members: as messages name them.

    Raises:
        InvalidInput: the settings name no broker.
        Unavailable: the broker or the store does not answer.
    """

    async def listed(opened: Transport) -> list[Message]:
        return [each for member in members for each in await opened.dead(member)]

    return _opened(home, listed)


def redeliver(member: str) -> int:
    """Send again what is dead, as it came: sealed messages in their envelopes.

    What has expired meanwhile, or fails again, is dead again.

    Returns:
        How many were sent.

    Raises:
        InvalidInput: the settings name no broker.
        Unavailable: it does not answer; what was not sent again stays dead.
    """

    async def sent(broker: Transport) -> int:
        return await broker.settle(member, broker.send)

    broker = open_broker(load_bus_settings(), clock=system_clock, batched=False)
    return asyncio.run(_closed(broker, sent))


def discard(home: Path | None, member: str) -> list[Message]:
    """Remove what is dead, and answer what that was; as `dead` otherwise."""

    async def removed(opened: Transport) -> list[Message]:
        found: list[Message] = []

        async def take(message: Message) -> None:
            found.append(message)

        await opened.settle(member, take)
        return found

    return _opened(home, removed)


def _opened(home: Path | None, work: Callable[[Transport], Awaitable[_Found]]) -> _Found:
    """Do something with the transport that opens envelopes, if this process has their keys."""
    bus = load_bus_settings()
    open_broker(bus, clock=system_clock)  # which says it if there's none
    with guild_store(home) as store:
        return asyncio.run(_closed(open_transport(bus, store, clock=system_clock), work))


async def _closed(transport: Transport, work: Callable[[Transport], Awaitable[_Found]]) -> _Found:
    try:
        return await work(transport)
    finally:
        await transport.close()
