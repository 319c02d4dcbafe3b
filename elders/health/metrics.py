"""Readings from the text format of Prometheus, as the platform's /metrics has it."""

from __future__ import annotations

from collections.abc import Mapping

from elders.health.platform import Decided
from foundation.errors import InvalidInput


class Figures:
    """The samples of a page of metrics.

    Args:
        text: the page.

    Raises:
        InvalidInput: it is none.
    """

    def __init__(self, text: str) -> None:
        from prometheus_client.parser import text_string_to_metric_families

        try:
            self._samples = [
                (sample.name, sample.labels, sample.value)
                for family in text_string_to_metric_families(text)
                for sample in family.samples
            ]
        except (ValueError, KeyError, IndexError) as error:
            raise InvalidInput("that is no page of metrics: is it the platform's?") from error

    def total(self, name: str, **labels: str) -> int:
        """Add up the samples of a name that have these labels."""
        return int(sum(value for found, value in self._of(name) if labels.items() <= found.items()))

    def decisions(self) -> dict[str, Decided]:
        """Tell what each layer of security decided."""
        each: dict[str, dict[str, int]] = {}
        for found, value in self._of("elders_security_decisions_total"):
            each.setdefault(found["layer"], {})[found["outcome"]] = int(value)
        return {
            layer: Decided(*(counts.get(name, 0) for name in ("passed", "refused", "failed")))
            for layer, counts in each.items()
        }

    def _of(self, name: str) -> list[tuple[Mapping[str, str], float]]:
        return [(labels, value) for found, labels, value in self._samples if found == name]
