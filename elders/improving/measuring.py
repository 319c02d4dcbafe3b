"""Measures what improvement goes by: the guild's store, its workers, and the platform."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from elders.incidents.exposition import Rates, read_exposition, with_latency
from elders.incidents.host import Reader
from elders.platform import Platform
from elders.tasks.assigning import Assigning
from elders.tasks.model import TaskState
from elders.tasks.submitting import Submitting
from foundation.errors import Forbidden, InvalidInput, Unavailable


class Measuring:
    """One measurement after another.

    `tasks.waiting` counts, `workers.load` is their mean (0 to 100), `store.seconds` how long
    counting tasks takes the guild's database; the others are as the Incident Sage names them.

    Args:
        tasks, assigning: read the guild's store.
        platform: whose `/metrics` are read.
        host: reads this machine; it may block.
        monotonic: seconds that never go back.
    """

    def __init__(
        self,
        tasks: Submitting,
        assigning: Assigning,
        platform: Platform,
        host: Reader,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tasks = tasks
        self._assigning = assigning
        self._platform = platform
        self._host = host
        self._monotonic = monotonic
        self._rates = Rates()

    async def measure(self) -> Mapping[str, float]:
        """Measure everything once; a platform that is away is left out."""
        return {
            **await asyncio.to_thread(self._of_store),
            **await self._of_platform(),
            **{str(name): each for name, each in (await asyncio.to_thread(self._host)).items()},
        }

    def _of_store(self) -> dict[str, float]:
        began = self._monotonic()
        counts = self._tasks.counts()
        took = self._monotonic() - began
        loads = [each.load for each in self._assigning.workers() if not each.draining]
        return {
            "store.seconds": took,
            "tasks.waiting": float(counts[TaskState.WAITING]),
            "workers.load": sum(loads) / len(loads) if loads else 0.0,
        }

    async def _of_platform(self) -> dict[str, float]:
        try:
            levels, counts = read_exposition(await self._platform.metrics())
        except (Unavailable, Forbidden, InvalidInput):
            return {}
        rates = with_latency(self._rates.of(counts, self._monotonic()))
        return {str(name): value for name, value in (levels | rates).items()}
