"""Readings from the text format of Prometheus, as the platform's /metrics has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from elders.health.platform import Decided
from foundation.errors import InvalidInput

_OPEN: Final = 2
"""What `elders_breaker_phase` is while a dependency is left alone."""

_LOOKS: Final = 10
"""That are kept of the time after which one is compared."""


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

    def left_alone(self) -> set[str]:
        """Tell which dependencies are left alone, by any of the processes that count together."""
        of_phase = self._of("elders_breaker_phase")
        return {found["dependency"] for found, value in of_phase if value == _OPEN}

    def _of(self, name: str) -> list[tuple[Mapping[str, str], float]]:
        return [(labels, value) for found, labels, value in self._samples if found == name]


class Rises:
    """Tells what counts rose by since a look of some minutes ago; at first, since they began.

    What was refused long ago says nothing of now. One thread at a time may use it.

    Args:
        seconds: how old the look is, at the least, with which another is compared.
    """

    def __init__(self, seconds: float = 600.0) -> None:
        self._seconds = seconds
        self._looks: list[tuple[float, Mapping[str, int]]] = []

    def of(self, counts: Mapping[str, int], at: float) -> dict[str, int]:
        """Answer what each count rose by; one that fell began anew.

        Args:
            counts: as they are now.
            at: seconds that never go back.
        """
        old = [look for look in self._looks if look[0] <= at - self._seconds]
        self._looks = [*old[-1:], *self._looks[len(old) :]]
        before = self._looks[0][1] if old else {}
        if not self._looks or at - self._looks[-1][0] >= self._seconds / _LOOKS:
            self._looks.append((at, dict(counts)))
        return {
            name: count - known if count >= (known := before.get(name, 0)) else count
            for name, count in counts.items()
        }
