"""What breakers count is in the metrics, as it is when somebody reads them."""

from __future__ import annotations

from contextlib import suppress

from prometheus_client import CollectorRegistry

from api.breaking import BreakerCounts
from foundation.breaker import Breaker, Breakers, Limits
from foundation.errors import CircuitOpen, Unavailable


def call(breaker: Breaker, error: Exception | None = None) -> None:
    with suppress(Unavailable, CircuitOpen), breaker.guarding():
        if error:
            raise error


def counted(registry: CollectorRegistry, what: str, **labels: str) -> float | None:
    for metric in registry.collect():  # once, as a scrape does
        for sample in metric.samples:
            if (sample.name, sample.labels) == (what, {"dependency": "model", **labels}):
                return sample.value
    return None


def calls(registry: CollectorRegistry, outcome: str) -> float | None:
    return counted(registry, "elders_breaker_calls_total", outcome=outcome)


def test_each_reading_tells_what_is_so_then() -> None:
    registry, breakers = CollectorRegistry(), Breakers(limits=Limits(failures=2))
    BreakerCounts(registry, breakers)
    assert counted(registry, "elders_breaker_phase") is None
    model = breakers.of("model")
    assert counted(registry, "elders_breaker_phase") == 0
    call(model)
    call(model, Unavailable("away"))
    assert (calls(registry, "answered"), calls(registry, "failed")) == (1, 1)
    call(model, Unavailable("away"))
    call(model)
    assert calls(registry, "failed") == 2
    assert calls(registry, "refused") == 1
    assert counted(registry, "elders_breaker_phase") == 2
    assert counted(registry, "elders_breaker_opened_total") == 1


def test_a_breaker_that_was_forgotten_and_made_anew_is_counted_on() -> None:
    registry, breakers = CollectorRegistry(), Breakers(most=1)
    BreakerCounts(registry, breakers)
    call(breakers.of("model"))
    call(breakers.of("model"))
    assert calls(registry, "answered") == 2
    breakers.of("another")  # there is room for one, and nothing is wrong with the first
    call(breakers.of("model"))
    assert calls(registry, "answered") == 3
