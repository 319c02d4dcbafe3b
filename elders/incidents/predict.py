"""Whether a series will cross a limit before long: a robust trend, and how surely it holds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

LEAST: Final = 12
"""Values before a trend is told."""

_MOST: Final = 60
_LEVEL: Final = 5


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a series will be at the horizon.

    Attributes:
        value: the median.
        low, high: between which it lies with a chance of 0.8, as far as the past tells.
        crossing: share of the ways on which the limit is crossed before the horizon.
        steady: how much the slopes agree, 0 to 1; 0 where most lead away from the limit.
        habit: share of past stretches as long as the horizon in which the limit was crossed.
        reach: how far beyond the limit the median is at the horizon, in widths of low to high, from
            -2 to 2.
        seconds: until the median crosses the limit; None if it does not before the horizon.
    """

    value: float
    low: float
    high: float
    crossing: float
    steady: float
    habit: float
    reach: float
    seconds: float | None

    @property
    def features(self) -> tuple[float, ...]:
        """What the chance of a crossing is made of: see `Odds`."""
        both = self.crossing * self.steady
        return (1.0, self.crossing, self.steady, both, self.habit, self.reach, both * self.reach)


@dataclass(frozen=True, slots=True)
class Odds:
    """Weighs features to one score, 0 to 1: the logistic function of their weighted sum."""

    weights: tuple[float, ...]

    def __call__(self, features: Sequence[float]) -> float:
        """Answer the score."""
        total = sum(a * b for a, b in zip(self.weights, features, strict=True))
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, total))))


def forecast(
    seconds: Sequence[float],
    values: Sequence[float],
    *,
    limit: float,
    horizon_seconds: float,
    above: bool = True,
) -> Forecast | None:
    """Foretell a series from its last values by all slopes between two of them.

    Each way on goes from the level of now along one of the slopes, and strays from it as the past
    strayed from the trend.

    Args:
        seconds: when the values were; rising. The trend is that of the last 60, the habit of all.
        values: as many.
        limit: that is to be crossed.
        horizon_seconds: how far to look.
        above: whether crossing means to rise above the limit, or to fall below it.

    Returns:
        None where there are too few values.

    Source: Theil, 1950; Sen, 1968.
    """
    if len(values) < LEAST:
        return None
    at = np.asarray(seconds[-_MOST:], float)
    told = np.asarray(values[-_MOST:], float) * (1 if above else -1)
    edge = limit if above else -limit
    first, second = np.triu_indices(len(at), k=max(1, len(at) // 4))
    slopes = (told[second] - told[first]) / np.maximum(at[second] - at[first], 1e-9)
    slope = float(np.median(slopes))
    strays = told - (slope * (at - at[-1]) + np.median(told - slope * (at - at[-1])))
    level = float(np.median(told[-_LEVEL:] - slope * (at[-_LEVEL:] - at[-1])))
    ways = np.quantile(slopes, np.linspace(0.02, 0.98, 49))
    ends = level + ways[:, None] * horizon_seconds + np.maximum(0.0, strays[None, :])
    crossing = float(np.mean(np.maximum(ends, level + strays[None, :]) >= edge))
    across = level + ways[:, None] * horizon_seconds + strays[None, :]
    low, value, high = np.quantile(across, [0.1, 0.5, 0.9])
    reach = float(np.clip((value - edge) / max(high - low, 1e-9), -2, 2))
    when = (edge - level) / slope if slope > 0 else np.inf
    found = (float(low), float(value), float(high))
    if not above:
        found = (-found[2], -found[1], -found[0])
    inside = max(0.0, float(when)) if when <= horizon_seconds else None
    steady = max(0.0, 2 * float(np.mean(slopes > 0)) - 1)
    habit = _habit(np.asarray(values, float) * (1 if above else -1) > edge, at, horizon_seconds)
    return Forecast(found[1], found[0], found[2], crossing, steady, habit, reach, inside)


def _habit(beyond: NDArray[np.bool_], at: NDArray[np.float64], horizon_seconds: float) -> float:
    step = max(1e-9, float(np.median(np.diff(at))))
    stretch = max(1, min(len(beyond), round(horizon_seconds / step)))
    return float(np.mean(np.convolve(beyond, np.ones(stretch), "valid") > 0))
