"""What the Incident Sage measures and finds."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from elders.severity import Severity
from foundation.clock import Micros
from foundation.errors import InvalidInput

MICROS: Final = 1_000_000
"""In a second."""

_LONGEST: Final = 500
_SIGNS: Final = re.compile(r"[{},=\s]+")


@dataclass(frozen=True, slots=True, order=True)
class Series:
    """What is measured again and again, such as `host.cpu` or `app.behind{follower=lexical}`.

    Attributes:
        labels: names and values, sorted.
    """

    name: str
    labels: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, name: str, labels: Mapping[str, str] | None = None) -> Series:
        """Make one of labels in any order; signs that `str` writes between them become `_`."""
        clean = {each: _SIGNS.sub("_", value) for each, value in (labels or {}).items()}
        return cls(name, tuple(sorted(clean.items())))

    def __str__(self) -> str:
        if not self.labels:
            return self.name
        told = ",".join(f"{name}={value}" for name, value in self.labels)
        return f"{self.name}{{{told}}}"


def read_series(text: str) -> Series:
    """Read what `str(series)` wrote.

    Raises:
        InvalidInput: it is something else.
    """
    name, brace, rest = text.partition("{")
    if not name or len(text) > _LONGEST or (brace and not rest.endswith("}")):
        raise InvalidInput(f"{text[:80]!r} is no series: write NAME or NAME{{LABEL=VALUE,...}}")
    if not brace:
        return Series(name)
    pairs = [each.partition("=") for each in rest[:-1].split(",")]
    if not all(label and equals for label, equals, _ in pairs):
        raise InvalidInput(f"{text[:80]!r} has a label without a value: write LABEL=VALUE")
    return Series(name, tuple(sorted((label, value) for label, _, value in pairs)))


Readings = Mapping[Series, float]
"""What was measured at one time; finite numbers alone."""


@dataclass(frozen=True, slots=True)
class Round:
    """One time of measuring everything."""

    at: Micros
    values: Readings


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, or will be: what alerts are made of.

    Attributes:
        kind: `anomaly`, `limit`, `prediction`, `log` or `circuit`.
        labels: the series (`series`), and what else tells one from another.
        at: when it was so.
        value: what was measured.
        expected: what was to be expected; the limit, where one was or will be crossed.
        score: how unusual, as -log10 of a chance; 0 where that says nothing.
        confidence: how likely it is that this is an incident, 0 to 1, calibrated on past ones.
        reason: for people.
        over: it was so, and is so no more.
    """

    kind: str
    severity: Severity
    labels: Mapping[str, str] = field(hash=False)
    at: Micros
    value: float
    expected: float
    score: float
    confidence: float
    reason: str
    over: bool = False


def finite(values: Mapping[Series, float]) -> dict[Series, float]:
    """Leave out what no number says."""
    return {series: value for series, value in values.items() if math.isfinite(value)}
