"""Work that is done again and again, at once when somebody asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from elders.transports.delivery import Sleep
from foundation.errors import GuildError

_log = structlog.get_logger(__name__)


async def keep_on(
    work: Callable[[], Awaitable[object]],
    seconds: float,
    sleep: Sleep,
    woken: asyncio.Event | None = None,
) -> None:
    """Work, and again after some seconds, until cancelled; what failed is tried the next time.

    Args:
        work: what to do.
        seconds: between two times.
        sleep: waits so long.
        woken: has it work at once when it is set.
    """
    while True:
        try:
            await work()
        except GuildError as error:
            _log.warning("sage.round_failed", error=str(error))
        if woken is None:
            await sleep(seconds)
            continue
        pausing = asyncio.ensure_future(sleep(seconds))
        waking = asyncio.ensure_future(woken.wait())
        try:
            await asyncio.wait([pausing, waking], return_when=asyncio.FIRST_COMPLETED)
        finally:
            pausing.cancel()
            waking.cancel()
        woken.clear()
