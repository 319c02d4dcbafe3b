"""What the service does, for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from api.problems import responses
from api.routes.asking import base_of
from foundation.breaker import Phase

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import Metric

    from api.knowledge_base import KnowledgeBase

router = APIRouter(tags=["health"])

_PHASES = (Phase.CLOSED, Phase.HALF_OPEN, Phase.OPEN)
_TEXT = "text/plain; version=0.0.4; charset=utf-8"


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {
            "content": {
                "text/plain": {"schema": {"type": "string"}, "example": "elders_head_seq 42.0\n"}
            }
        },
        **responses(403, 503),
    },
)
def metrics(request: Request) -> Response:
    """Answer the metrics in the text format: layers of security, followers, breakers, the cache."""
    from prometheus_client import CollectorRegistry, generate_latest

    registry: CollectorRegistry | None = request.app.state.registry
    own = CollectorRegistry()
    own.register(_Platform(base_of(request)))
    text = generate_latest(own) + (generate_latest(registry) if registry else b"")
    return Response(text, media_type=_TEXT)


class _Platform:
    """Reads a knowledge base whenever metrics are asked for."""

    def __init__(self, base: KnowledgeBase) -> None:
        self._base = base

    def collect(self) -> Iterator[Metric]:
        """Answer every metric with its values."""
        from prometheus_client.core import GaugeMetricFamily

        yield GaugeMetricFamily(
            "elders_head_seq", "The newest change.", value=self._base.platform.head()
        )
        behind = GaugeMetricFamily(
            "elders_follower_behind", "Changes a follower is behind.", labels=["follower"]
        )
        failing = GaugeMetricFamily(
            "elders_follower_failing", "1 where a follower can't go on.", labels=["follower"]
        )
        for lag in self._base.lags():
            behind.add_metric([lag.name], lag.behind)
            failing.add_metric([lag.name], float(bool(lag.error)))
        yield from (behind, failing)
        yield from self._breakers()

    def _breakers(self) -> Iterator[Metric]:
        """Answer the state of each dependency's circuit, and what became of its calls."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        phase = GaugeMetricFamily(
            "elders_breaker_phase",
            "0 where a dependency is asked, 1 where one call probes, 2 where it is left alone.",
            labels=["dependency"],
        )
        calls = CounterMetricFamily(
            "elders_breaker_calls",
            "Calls of a dependency, by what became of them.",
            labels=["dependency", "outcome"],
        )
        opened = CounterMetricFamily(
            "elders_breaker_opened", "How often it was given up.", labels=["dependency"]
        )
        for breaker in self._base.platform.parts.breakers.all():
            counts = breaker.counts
            phase.add_metric([breaker.name], _PHASES.index(breaker.circuit.phase))
            for outcome in ("answered", "failed", "silent", "refused"):
                calls.add_metric([breaker.name, outcome], getattr(counts, outcome))
            opened.add_metric([breaker.name], counts.opened)
        yield from (phase, calls, opened)
