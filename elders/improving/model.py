"""What improvement speaks of: what was measured, what is too slow, and what could be turned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

Window = Mapping[str, Sequence[float]]
"""By metric, what was measured in a stretch of time, in its order. Less is better for all."""


class Area(StrEnum):
    """Where a bottleneck is."""

    DATABASE = "database"
    WORKERS = "workers"
    MEMORY = "memory"
    QUEUES = "queues"


class Risk(StrEnum):
    """What turning a knob can do harm to."""

    LOW = "low"
    """Nothing but speed, and it is turned back at once."""

    HIGH = "high"
    """Others, or what can't be turned back."""


@dataclass(frozen=True, slots=True)
class Knob:
    """Something real that can be turned.

    Attributes:
        name: as suggestions name it.
        value: as it stands.
        least, most: its bounds.
    """

    name: str
    value: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """Something that is too slow or too full.

    Attributes:
        metric: that says so.
        level: its median.
        limit: above which it is one.
        sureness: the share of measurements above the limit.
    """

    area: Area
    metric: str
    level: float
    limit: float
    sureness: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A knob to be turned for a bottleneck.

    Attributes:
        kind: of suggestion: what is learned is learned of its kind.
        value: to which the knob is to be turned.
        gain: the share by which the metric should fall.
        confidence: the chance that it helps, 0 to 1.
    """

    kind: str
    knob: str
    value: float
    metric: str
    gain: float
    risk: Risk
    confidence: float
    reason: str

    @property
    def expected(self) -> float:
        """The gain to be expected: by it suggestions are ranked."""
        return self.gain * self.confidence


@dataclass(frozen=True, slots=True)
class Record:
    """How often suggestions of a kind were tried, and how often they helped: lately counts more."""

    tried: float = 0.0
    helped: float = 0.0
