"""Whether a value is unlike its series: three views of it, each made a chance, and one score."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from elders.incidents.seasonal import Seasonal
from elders.incidents.tails import Tail, Window

_CONSISTENT: Final = 1.4826
"""Makes the median absolute deviation of a normal distribution its standard deviation."""

_SHORT: Final = 12
_LONG: Final = 2_000
_LEAST: Final = 50
_CAP: Final = 20.0
_TINY: Final = 1e-6
_SPREAD: Final = 0.05
_SPIKES: Final = 0.1
"""Of the standard deviation: where a series is flat but for spikes, they count for its spread."""


class Model(Protocol):
    """A streaming model beside the views of this module. See `streaming.open_model`."""

    def score(self, features: Sequence[float]) -> float:
        """Score how unusual features (each about 0 ± 1 when usual) are, 0 or more; then learn."""
        ...


@dataclass(frozen=True, slots=True)
class Scored:
    """What a detector says of a value.

    Attributes:
        surprise: mean of the views' -log10 chances.
        expected: what the series was expected to be.
        views: each view's -log10 chance, by its name.
    """

    surprise: float
    expected: float
    views: Mapping[str, float]


class Detector:
    """Scores a series, value by value, from its own past alone.

    The views: the mean of the last values against the median and the spread (robust z-score), the
    value and the mean of the last ones against the time of day (seasonal), and a streaming model
    of all of these, if there is one. Each is turned into a chance by what it was before (`Tail`).

    Args:
        model: makes a streaming model; none by default.
    """

    def __init__(self, model: Callable[[], Model] | None = None) -> None:
        self._values = Window(_LONG)
        self._errors = Window(_LONG)
        self._recent: deque[float] = deque(maxlen=_SHORT)
        self._residuals: deque[float] = deque(maxlen=_SHORT)
        self._seasonal = Seasonal()
        self._model = model() if model else None
        names = ["shift", "season", "season_shift", *(["model"] if self._model else [])]
        self._tails = {name: Tail() for name in names}

    def score(self, seconds: float, value: float) -> Scored:
        """Score a value of a time (seconds since 1970, UTC), then learn it."""
        self._recent.append(value)
        median = self._values.quantile(0.5)
        usual = self._values.count >= _LEAST
        spread = self._spread(median) if usual else 1.0
        shift = abs(_mean(self._recent) - median) / spread if usual else 0.0
        seasonal = self._seasonal.expect(seconds)
        raw = {"shift": shift, "season": 0.0, "season_shift": 0.0}
        if seasonal is not None and usual:
            raw |= self._against_season(value, seasonal, spread)
        if self._model is not None:
            raw["model"] = 0.0
        if self._model is not None and usual:
            step = (value - self._recent[-2]) / spread if len(self._recent) > 1 else 0.0
            raw["model"] = self._model.score([shift, raw["season_shift"], step])
        self._values.add(value)
        self._seasonal.learn(seconds, value)
        views = {name: min(_CAP, self._tails[name].score(each)) for name, each in raw.items()}
        expected = seasonal if seasonal is not None else median
        return Scored(
            sum(views.values()) / len(views), value if math.isnan(expected) else expected, views
        )

    def _spread(self, median: float) -> float:
        wide = self._values.quantile(0.9) - self._values.quantile(0.1)
        return max(wide, _SPIKES * self._values.deviation(), _TINY * (1 + abs(median)))

    def _against_season(self, value: float, foretold: float, spread: float) -> dict[str, float]:
        residual = value - foretold
        self._residuals.append(residual)
        usual = self._errors.quantile(0.5) if self._errors.count >= _LEAST else spread
        self._errors.add(abs(residual))
        scale = max(usual * _CONSISTENT, _SPREAD * spread)
        return {
            "season": abs(residual) / scale,
            "season_shift": abs(_mean(self._residuals)) / scale,
        }


class RobustZ:
    """The baseline: a value against median and MAD of the values before it, and nothing else."""

    def __init__(self, size: int = 1_000) -> None:
        self._values = Window(size)
        self._errors = Window(size)

    def score(self, seconds: float, value: float) -> Scored:
        """Score a value by its z-score, then learn it."""
        del seconds
        median = self._values.quantile(0.5)
        usual = self._values.count >= _LEAST
        spread = self._errors.quantile(0.5) * _CONSISTENT
        z = abs(value - median) / max(spread, 1e-3 * abs(median), _TINY) if usual else 0.0
        if usual:
            self._errors.add(abs(value - median))
        self._values.add(value)
        z = 0.0 if math.isnan(z) else z
        return Scored(z, median if usual else value, {"z": z})


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))
