"""Health as it goes out."""

from __future__ import annotations

from api.schemas_health import CheckOut, FullHealthOut, LayerOut
from elders.health.model import Check, Health, Layer
from foundation.clock import to_datetime


def health_out(health: Health) -> FullHealthOut:
    """Lay out a look at health."""
    return FullHealthOut(
        status=health.status.value,
        at=to_datetime(health.at).isoformat(),
        layers=[_layer_out(layer) for layer in health.layers],
        recommendations=health.recommendations,
    )


def _layer_out(layer: Layer) -> LayerOut:
    checks = [_check_out(check) for check in layer.checks]
    return LayerOut(name=layer.name, status=layer.status.value, checks=checks)


def _check_out(check: Check) -> CheckOut:
    return CheckOut(
        name=check.name, status=check.status.value, reason=check.reason, advice=check.advice
    )
