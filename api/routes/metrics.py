"""What the service does, for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from api.breaking import BreakerCounts
from api.problems import responses
from api.routes.asking import base_of

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import Metric

    from api.knowledge_base import KnowledgeBase

router = APIRouter(tags=["health"])

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
    base, own = base_of(request), CollectorRegistry()
    own.register(_Platform(base))
    if registry is None:
        BreakerCounts(own, base.platform.parts.breakers)
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
