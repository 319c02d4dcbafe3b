"""Measures the host, a process and the platform, again and again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from elders.incidents.exposition import Rates, read_exposition, with_latency
from elders.incidents.host import Reader
from elders.incidents.model import Readings, Round, Series, finite
from elders.incidents.ring import Ring
from elders.platform import Platform
from foundation.clock import Clock
from foundation.errors import GuildError, Unavailable

_log = structlog.get_logger(__name__)

INTERVAL_SECONDS: Final = 10.0
_BEHIND: Final = 503
_SLOWER: Final = 429
"""It answers, only not this often: it is not away."""


UP: Final = Series("app.up")
READY: Final = Series("app.ready")
PROBE: Final = Series("app.probe_seconds")
BLIND: Final = Series("app.blind")

Sleep = Callable[[float], Awaitable[object]]
"""Waits for so many seconds."""


class Monitoring:
    """One round after the other: measured, kept, and handed on.

    Args:
        readers: read this machine, each in a thread.
        platform: that is asked for `/ready` and `/metrics`; None where there is none.
        ring: where rounds are kept.
        clock: what time it is.
        interval_seconds: between the beginnings of two rounds.
        monotonic: seconds that never go back.
        sleep: waits.
    """

    def __init__(
        self,
        readers: list[Reader],
        platform: Platform | None,
        ring: Ring,
        *,
        clock: Clock,
        interval_seconds: float = INTERVAL_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._readers = readers
        self._platform = platform
        self._ring = ring
        self._clock = clock
        self._interval_seconds = interval_seconds
        self._monotonic = monotonic
        self._sleep = sleep
        self._rates = Rates()

    async def measure(self) -> Round:
        """Measure everything once, and keep it; a store that is away costs the keeping alone."""
        at = self._clock()
        asked = [asyncio.to_thread(reader) for reader in self._readers]
        found = await asyncio.gather(*asked, self._application())
        values: dict[Series, float] = {}
        for each in found:
            values.update(each)
        seen = Round(at, finite(values))
        try:
            await asyncio.to_thread(self._ring.add, seen)
        except GuildError as error:
            _log.warning("round.not_kept", reason=str(error))
        return seen

    async def run(self, handle: Callable[[Round], Awaitable[object]]) -> None:
        """Measure and hand on until cancelled; a round that takes long delays the next one."""
        while True:
            begun = self._monotonic()
            await handle(await self.measure())
            spent = self._monotonic() - begun
            await self._sleep(max(0.0, self._interval_seconds - spent))

    async def _application(self) -> Readings:
        if self._platform is None:
            return {}
        begun = self._monotonic()
        try:
            ready = await self._platform.text("ready", statuses=(200, _BEHIND, _SLOWER))
        except Unavailable:
            return {UP: 0.0, READY: 0.0}
        except GuildError as error:
            _log.warning("platform.refuses", reason=str(error))
            return {UP: 1.0, BLIND: 1.0}
        if ready.status_code == _SLOWER:
            _log.warning("platform.slows_down")
            return {UP: 1.0, BLIND: 1.0}
        probed = self._monotonic() - begun
        found = {UP: 1.0, READY: float(ready.status_code != _BEHIND), PROBE: probed}
        try:
            metrics = await self._platform.text("metrics")
            levels, counts = read_exposition(metrics.text)
        except GuildError as error:
            _log.warning("platform.untold", reason=str(error))
            return {**found, BLIND: 1.0}
        rates = self._rates.of(counts, self._monotonic())
        return {**found, BLIND: 0.0, **levels, **with_latency(rates)}
