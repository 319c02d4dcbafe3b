"""What circuit breakers count, as metrics: of this process, or of several together."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from foundation.breaker import Breakers, Counts, Phase

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import Metric

_PHASES: Final = (Phase.CLOSED, Phase.HALF_OPEN, Phase.OPEN)
_OPENED: Final = "opened"


class BreakerCounts:
    """Writes `elders_breaker_…` anew whenever its registry is read, and when it is told to.

    Where several processes count together, a call is counted wherever it was made, and the phase
    is that of the process which is worst off.
    """

    def __init__(self, registry: CollectorRegistry, breakers: Breakers) -> None:
        """Take what is read, and where it goes."""
        from prometheus_client import Counter, Gauge

        registry.register(self)  # before its metrics: they are read after it wrote them
        self._breakers = breakers
        self._lock = threading.Lock()
        self._told: dict[str, Counts] = {}
        self._phase = Gauge(
            "elders_breaker_phase",
            "0 where a dependency is asked, 1 where one call probes, 2 where it is left alone.",
            ["dependency"],
            registry=registry,
            multiprocess_mode="livemax",
        )
        self._calls = Counter(
            "elders_breaker_calls",
            "Calls of a dependency, by what became of them.",
            ["dependency", "outcome"],
            registry=registry,
        )
        self._opened = Counter(
            "elders_breaker_opened",
            "How often it was given up.",
            ["dependency"],
            registry=registry,
        )

    def collect(self) -> Iterator[Metric]:
        """Write what is so now; the registry reads it from the metrics themselves."""
        self.update()
        return iter(())

    def update(self) -> None:
        """Write what happened since the last time."""
        with self._lock:
            for breaker in self._breakers.all():
                name, counts = breaker.name, breaker.counts
                self._phase.labels(name).set(_PHASES.index(breaker.circuit.phase))
                for what, more in _since(self._told.get(name), counts).items():
                    if what == _OPENED:
                        self._opened.labels(name).inc(more)
                    else:
                        self._calls.labels(name, what).inc(more)
                self._told[name] = counts


def _since(before: Counts | None, now: Counts) -> dict[str, int]:
    """Count what is new; a breaker that was forgotten and made anew begins at 0."""
    first, last = asdict(before or Counts()), asdict(now)
    if any(first[what] > last[what] for what in last):
        return last
    return {what: last[what] - first[what] for what in last}
