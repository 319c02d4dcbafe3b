"""What the layers said, as metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.security.calls import Layer, Outcome

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry


class PrometheusCounts:
    """`elders_security_decisions_total`, by layer and outcome."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        """Register it, with every series at 0 so that a rise from nothing is seen.

        Args:
            registry: of which the metrics are served; a new one by default.
        """
        from prometheus_client import CollectorRegistry, Counter

        counter = Counter(
            "elders_security_decisions",
            "Requests that a security layer passed, refused, or could not judge.",
            ["layer", "outcome"],
            registry=CollectorRegistry() if registry is None else registry,
        )
        self._each = {
            (layer, outcome): counter.labels(layer.value, outcome.value)
            for layer in Layer
            for outcome in Outcome
        }

    def add(self, layer: Layer, outcome: Outcome) -> None:
        """Count one."""
        self._each[layer, outcome].inc()
