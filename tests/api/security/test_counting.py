from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest

from api.security.calls import Layer, Outcome
from api.security.counting import PrometheusCounts


def test_every_layer_has_its_series_before_anything_happened() -> None:
    registry = CollectorRegistry()
    counts = PrometheusCounts(registry)
    counts.add(Layer.TOKEN, Outcome.REFUSED)
    counts.add(Layer.TOKEN, Outcome.REFUSED)
    text = generate_latest(registry).decode()
    assert 'elders_security_decisions_total{layer="token",outcome="refused"} 2.0' in text
    assert text.count("elders_security_decisions_total{") == len(Layer) * len(Outcome)
    PrometheusCounts()
