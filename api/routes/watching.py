"""Wait for the log to grow: many clients at once, none of which holds a thread."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from fastapi.concurrency import run_in_threadpool

from foundation.ids import Seq

Gone = Callable[[], Awaitable[bool]]
"""Tells whether the client that waits has gone."""


class Watch:
    """Looks at the head of the log for all who wait, so that a hundred cost no more than one.

    Args:
        head: answers the newest committed seq.
        ending: tells whether the server is about to end: then nobody is kept waiting.
        interval_seconds: how often the log is looked at.
        heartbeat_seconds: after so long a silence a stream says that it is still there.
        monotonic: seconds from any start.
    """

    def __init__(
        self,
        head: Callable[[], Seq],
        *,
        ending: Callable[[], bool] = lambda: False,
        interval_seconds: float = 0.25,
        heartbeat_seconds: float = 15.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._head = head
        self._ending = ending
        self._interval = interval_seconds
        self.heartbeat_seconds = heartbeat_seconds
        self._monotonic = monotonic
        self._lock = asyncio.Lock()
        self._seen = Seq(0)
        self._looked = float("-inf")

    def deadline(self, seconds: float) -> float:
        """Answer when so many seconds will have passed."""
        return self._monotonic() + seconds

    async def beyond(self, seq: int, *, until: float, gone: Gone) -> bool:
        """Wait until the log has a change after `seq`.

        Returns:
            False where the deadline passed; `over` tells whether waiting on makes no sense.
        """
        while not await self.over(gone):
            if await self._newest() > seq:
                return True
            left = until - self._monotonic()
            if left <= 0:
                return False
            await asyncio.sleep(min(left, self._interval))
        return False

    async def over(self, gone: Gone) -> bool:
        """Tell whether the client has gone, or the server is about to end."""
        return self._ending() or await gone()

    async def _newest(self) -> Seq:
        async with self._lock:
            if self._monotonic() - self._looked >= self._interval:
                self._seen = await run_in_threadpool(self._head)
                self._looked = self._monotonic()
            return self._seen
