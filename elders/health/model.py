"""What a look at health says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from foundation.clock import Micros


class Status(StrEnum):
    """How something is, the best first."""

    HEALTHY = "healthy"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Number it: 0 is the best."""
        return list(Status).index(self)


def worst(statuses: Iterable[Status]) -> Status:
    """Answer the worst; of none at all it is healthy."""
    return max(statuses, key=lambda each: each.rank, default=Status.HEALTHY)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        reason: what was found, for people.
        advice: what to do about it; "" where there is nothing to do.
    """

    name: str
    status: Status
    reason: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """Checks that belong together; it is as its worst one."""

    name: str
    checks: Sequence[Check]

    @property
    def status(self) -> Status:
        """Answer its worst check's."""
        return worst(check.status for check in self.checks)


@dataclass(frozen=True, slots=True)
class Health:
    """All layers at one time; it is as the worst one."""

    at: Micros
    layers: Sequence[Layer]

    @property
    def status(self) -> Status:
        """Answer the worst layer's."""
        return worst(layer.status for layer in self.layers)

    @property
    def recommendations(self) -> list[str]:
        """List what to do, for the worst first, each once."""
        checks = [check for layer in self.layers for check in layer.checks if check.advice]
        checks.sort(key=lambda check: -check.status.rank)
        return list(dict.fromkeys(check.advice for check in checks))


def graded(value: float, warning: float, critical: float) -> Status:
    """Judge a value of which more is worse; at a limit it is as bad as beyond."""
    if value >= critical:
        return Status.CRITICAL
    return Status.WARNING if value >= warning else Status.HEALTHY


def advised(check: Check) -> Check:
    """Leave the advice out where all is well."""
    return replace(check, advice="") if check.status is Status.HEALTHY else check
