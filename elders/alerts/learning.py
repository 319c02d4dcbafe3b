"""Which alerts people act on: rules that nobody heeds are told more quietly."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from elders.severity import Severity

_STRENGTH: Final = 10.0
"""How many matters the rate of all rules together weighs against a rule's own."""

_LEAST: Final = 10
"""Matters from which a rule is judged."""

_QUIET_BELOW: Final = 0.2


class Response(StrEnum):
    """What became of a matter that was told."""

    ACTED = "acted"
    ACKNOWLEDGED = "acknowledged"
    IGNORED = "ignored"


WORTH: Final[Mapping[Response, float]] = {
    Response.ACTED: 1.0,
    Response.ACKNOWLEDGED: 0.5,
    Response.IGNORED: 0.0,
}
"""How much telling it was worth."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How often telling a rule's alerts was worth it, shrunk towards that of all rules."""

    cases: int
    rate: float

    @property
    def is_quiet(self) -> bool:
        """Tell whether its alerts are told one severity lower."""
        return self.cases >= _LEAST and self.rate < _QUIET_BELOW


def rates(history: Iterable[tuple[str, Response]]) -> dict[str, Rate]:
    """Judge every rule by its matters; the fewer there are, the more the others' rate counts.

    Args:
        history: rules with what became of a matter each.

    Source: shrinkage with a Beta prior around the overall rate (empirical Bayes).
    """
    each: dict[str, list[float]] = {}
    for rule, response in history:
        each.setdefault(rule, []).append(WORTH[response])
    worths = [worth for found in each.values() for worth in found]
    overall = (sum(worths) + 1.0) / (len(worths) + 2.0)
    return {
        rule: Rate(len(found), (sum(found) + _STRENGTH * overall) / (len(found) + _STRENGTH))
        for rule, found in each.items()
    }


def told_severity(rule: str, severity: Severity, quiet: Collection[str]) -> Severity:
    """Answer how bad an alert is told to be: one step lower at the most, critical never."""
    return severity if severity is Severity.CRITICAL or rule not in quiet else severity.lowered
