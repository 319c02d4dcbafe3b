"""How busy the workers will be in the next hour."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from elders.tasks.hours import HOUR, KEPT_HOURS, Busy
from elders.tasks.model import MICROS
from foundation.clock import Micros

_DAY: Final = 24
_WEEK: Final = 168
_LEAST_HOURS: Final = 4 * _DAY
"""Of load, before a day's course can be told from chance."""

_FIRST: Final = _DAY + 1
"""The first hour that can be told from those before."""

_DAYS: Final = 7
_RIDGE: Final = 0.1
_SHARES: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
_HIGH: Final = 0.9


@dataclass(frozen=True, slots=True)
class LoadForecast:
    """The next hour's load: 100 is one worker busy for the whole of it.

    Attributes:
        mean: what is expected.
        high: below which nine of ten hours lie, by how far off it was before.
    """

    mean: float
    high: float


def hourly_load(busy: Iterable[Busy], now: Micros) -> NDArray[np.float64]:
    """Tell how busy workers were in each of the hours that end now.

    Within an hour of the clock work counts as spread evenly.

    Args:
        busy: of work up to now; what is before the first of it is not known, what is missing
            after that was idle.
        now: when the last hour ends.

    Returns:
        One number for each whole hour, or one for as much of an hour as there is; 100 is one
        worker busy all the time.
    """
    seconds: defaultdict[int, float] = defaultdict(float)
    began = now
    for since, took in busy:
        seconds[since // HOUR] += took
        began = min(began, since)
    if began == now:
        return np.zeros(0)
    clock = range(began // HOUR, (now - 1) // HOUR + 1)
    times = [began, *(hour * HOUR for hour in clock[1:]), now]
    worked = np.cumsum([0.0, *(seconds[hour] for hour in clock)])
    edges = np.arange(now, began - 1, -HOUR)[::-1]
    if len(edges) == 1:
        edges = np.array([began, now])
    loads: NDArray[np.float64] = (
        100 * MICROS * np.diff(np.interp(edges, times, worked)) / np.diff(edges)
    )
    return loads


def forecast_load(loads: Sequence[float] | NDArray[np.float64]) -> LoadForecast:
    """Forecast the hour after the last one.

    How it will differ from the last hour is told, by ridge regression, from how the last hour
    differs from those before, from the same hour on earlier days, and from a week before; and from
    what came after that hour then. It counts as much as would have been best on the later third
    of the known hours: nothing at all, where the load only drifts.

    Args:
        loads: of consecutive hours, the latest one last; with less than four days, the forecast
            is the last hour.
    """
    known = np.asarray(loads, dtype=np.float64)[-KEPT_HOURS:]
    if not len(known):
        return LoadForecast(0.0, 0.0)
    last = float(known[-1])
    if len(known) < _LEAST_HOURS:
        return _above(last, np.diff(known))
    rows = np.array([_features(known, at) for at in range(_FIRST, len(known) + 1)])
    changes: NDArray[np.float64] = known[_FIRST:] - known[_FIRST - 1 : -1]
    cut = len(changes) * 2 // 3
    later = rows[cut:-1] @ _weights(rows[:cut], changes[:cut])
    share = min(_SHARES, key=lambda each: float(np.abs(changes[cut:] - each * later).mean()))
    weights: NDArray[np.float64] = share * _weights(rows[:-1], changes)
    told: NDArray[np.float64] = rows @ weights
    return _above(max(0.0, last + float(told[-1])), changes - told[:-1])


def _above(mean: float, off: NDArray[np.float64]) -> LoadForecast:
    high = float(np.quantile(off, _HIGH)) if len(off) else 0.0
    return LoadForecast(mean, mean + max(0.0, high))


def _weights(rows: NDArray[np.float64], changes: NDArray[np.float64]) -> NDArray[np.float64]:
    gram = rows.T @ rows
    size = max(1.0, float(np.trace(gram))) / len(gram)
    solved = np.linalg.solve(gram + _RIDGE * size * np.eye(len(gram)), rows.T @ changes)
    return np.asarray(solved, dtype=np.float64)


def _features(loads: NDArray[np.float64], at: int) -> list[float]:
    """Describe the hour at a place by those before it: all of it differences."""
    last, day = loads[at - 1], loads[at - _DAY : at]
    same = loads[at - _DAY :: -_DAY][:_DAYS]
    before = loads[at - _DAY - 1 :: -_DAY][: len(same)]
    week = loads[at - _WEEK] if at >= _WEEK else same.mean()
    then = float((same[: len(before)] - before).mean())
    return [
        last - loads[at - 2], last - loads[at - 3], last - float(day[-6:].mean()),
        last - float(day.mean()), last - float(same.mean()), last - week, last - day[0], then,
    ]  # fmt: skip
