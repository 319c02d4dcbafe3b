"""What moved with an incident, and what moved before it: where to look for its cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from elders.incidents.model import MICROS, Round, Series
from foundation.clock import Micros

_LAGS: Final = 12
_LEAST: Final = 20
_STRONG: Final = 0.5
_MOST: Final = 5
ONSET: Final = 40
"""Rounds before the end that are looked at: what was long before says nothing of the cause."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A series that moved with another.

    Attributes:
        correlation: -1 to 1, at the lag where it is strongest.
        lead_seconds: how long before the other it moved.
    """

    series: Series
    correlation: float
    lead_seconds: float


def suspects(rounds: Sequence[Round], effect: Series, *, until: Micros) -> list[Suspect]:
    """Find what moved with a series until a time, what moved before it first.

    Correlation is no cause: it says where to look.

    Args:
        rounds: in their order, from before the incident on.
        effect: the incident's series.
        until: what came after is not looked at.
    """
    seen = [each for each in rounds if each.at <= until and effect in each.values][-ONSET:]
    if len(seen) < _LEAST:
        return []
    step = float(np.median(np.diff([each.at for each in seen]))) / MICROS
    wanted = np.array([each.values[effect] for each in seen])
    names = {series for each in seen for series in each.values} - {effect}
    found = []
    for series in sorted(names):
        values = np.array([each.values.get(series, np.nan) for each in seen])
        if np.isnan(values).any() or np.ptp(values) == 0 or np.ptp(wanted) == 0:
            continue
        lag, correlation = _strongest(values, wanted)
        if abs(correlation) >= _STRONG:
            found.append(Suspect(series, round(correlation, 3), lag * step))
    found.sort(key=lambda each: (each.lead_seconds == 0, -abs(each.correlation)))
    return found[:_MOST]


def _strongest(cause: NDArray[np.float64], effect: NDArray[np.float64]) -> tuple[int, float]:
    """Answer the lead, in rounds, and the correlation there; the shortest lead among equals."""
    best = (0, 0.0)
    for lag in range(_LAGS + 1):
        first, second = cause[: len(cause) - lag], effect[lag:]
        correlation = _correlation(first, second)
        if abs(correlation) > abs(best[1]) + 0.02:
            best = (lag, correlation)
    return best


def _correlation(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])
