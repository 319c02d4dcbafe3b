"""How well durations would have been forecast: in time, with nothing known before it was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from elders.tasks.forecast import Forecast, Forecaster
from elders.tasks.history import Run, replay

_REFIT: Final = 1_000


def backtest(
    runs: Sequence[Run], first: int, forecaster: Forecaster, *, learns: bool = True
) -> list[Forecast]:
    """Forecast tasks when they begin, from those that were done by then.

    Args:
        runs: in the order in which they began.
        first: the place of the first one to be forecast; the forecaster is fitted with those that
            were done before it began.
        forecaster: which one.
        learns: it learns from each task when that is done, and is fitted anew after each thousand;
            otherwise it is fitted once.

    Returns:
        The forecast of each task from `first` on.
    """
    told: dict[int, Forecast] = {}
    done: list[Run] = []
    for at, (run, ended) in enumerate(replay(runs)):
        done += ended
        if at < first:
            continue
        if at == first:
            forecaster.fit(done)
        elif learns:
            for each in ended:
                forecaster.observe(each, told.get(id(each)))
            if (at - first) % _REFIT == 0:
                forecaster.fit(done)
        told[id(run)] = forecaster.forecast(run.traits, run.started_at)
    return [told[id(run)] for run in runs[first:]]
