"""How well the Task Sage forecasts: durations of tasks, and the next hour's load.

    ELDERS_DATA=… python -m benchmarks.tasks [--from 0.6] [--to 1.0] [--json]

Time-ordered: each task is forecast when it begins, from those that were done by then, and learned
from when it is done; the model is fitted anew after each thousand. `--from` and `--to` bound the
part that is judged (shares of all tasks): settings were chosen on 0.3 to 0.6 alone. The baseline
answers with the quantiles of the task's kind, calibrated in the same way. Beside it stands what a
forecaster says that is fitted once, before the judged part, and never learns again.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from benchmarks.corpora import machine
from benchmarks.task_records import nasa, workflows
from elders.tasks.backtesting import backtest
from elders.tasks.forecast import COVERAGE, Forecast, Forecaster, holds, pinball
from elders.tasks.history import Run
from elders.tasks.hours import HOUR, parts
from elders.tasks.load import forecast_load, hourly_load
from foundation.clock import Micros

TAIL = (1 - COVERAGE) / 2
NEVER = sys.maxsize
PARTS = 10


@dataclass(frozen=True, slots=True)
class Score:
    """How well durations were forecast.

    Attributes:
        tasks: how many were judged.
        coverage: the share within the interval; 0.9 is said.
        worst_coverage: the least in a tenth of the judged time.
        width: mean factor between the ends of the interval, as a geometric mean of (1 + seconds).
        median_width_seconds: of the interval.
        mean_width_seconds: of the interval.
        pinball: mean loss of low, median and high, in logarithms.
        pinball_seconds: the same in seconds.
        factor: by which the median is off, as a geometric mean of (1 + seconds).
    """

    tasks: int
    coverage: float
    worst_coverage: float
    width: float
    median_width_seconds: float
    mean_width_seconds: float
    pinball: float
    pinball_seconds: float
    factor: float


@dataclass(frozen=True, slots=True)
class Load:
    """How well an hour's load was forecast; 100 is one busy worker.

    Attributes:
        below_high: the share of hours below what nine of ten should be; None where nothing is said.
    """

    name: str
    error: float
    root_mean_square: float
    below_high: float | None


def judge(runs: Sequence[Run], told: Sequence[Forecast]) -> Score:
    """Compare forecasts with what came."""
    true = np.array([run.seconds for run in runs])
    said = np.array([(each.low, each.seconds, each.high) for each in told])
    hits = np.array([holds(each, run.seconds) for run, each in zip(runs, told, strict=True)])
    logs, truth = np.log1p(said), np.log1p(true)
    shares = (TAIL, 0.5, 1 - TAIL)
    widths = said[:, 2] - said[:, 0]
    return Score(
        len(runs),
        float(hits.mean()),
        min(float(part.mean()) for part in np.array_split(hits, PARTS)),
        float(np.exp((logs[:, 2] - logs[:, 0]).mean())),
        float(np.median(widths)),
        float(widths.mean()),
        float(np.mean([pinball(logs[:, at], truth, share) for at, share in enumerate(shares)])),
        float(np.mean([pinball(said[:, at], true, share) for at, share in enumerate(shares)])),
        float(np.exp(np.abs(logs[:, 1] - truth).mean())),
    )


def follow(
    runs: Sequence[Run], first: int, forecaster: Forecaster, *, learns: bool = True
) -> Score:
    """Forecast the tasks from a place on, in time, and judge the forecasts."""
    return judge(runs[first:], backtest(runs, first, forecaster, learns=learns))


def durations(runs: Sequence[Run], first: int) -> dict[str, Score]:
    """Judge the baseline, the forecaster, and the forecaster that never learns again."""
    return {
        "quantiles of the kind": follow(runs, first, Forecaster(enough=NEVER)),
        "Task Sage": follow(runs, first, Forecaster()),
        "quantiles of the kind, learned once": follow(
            runs, first, Forecaster(enough=NEVER), learns=False
        ),
        "Task Sage, fitted once": follow(runs, first, Forecaster(), learns=False),
    }


def few() -> Score:
    """Forecast executions of workflows from those before: too few for a model."""
    runs = sorted((run for each in workflows() for run in each), key=lambda run: run.started_at)
    first = len(runs) // 2
    return follow(runs, first, Forecaster())


def loads(runs: Sequence[Run], first: float, last: float) -> list[Load]:
    """Forecast each hour's load from those before; naively it is the hour before, or the day."""
    end = Micros(runs[-1].started_at // HOUR * HOUR)
    work = (parts(run.started_at, min(run.finished_at, end)) for run in runs)
    known = hourly_load(chain.from_iterable(work), end)
    hours = np.arange(int(first * len(known)), int(last * len(known)))
    told = [forecast_load(known[:at]) for at in hours]
    mean, high = (np.array([getattr(each, name) for each in told]) for name in ("mean", "high"))
    true = known[hours]

    def judged(name: str, said: NDArray[np.float64], held: float | None = None) -> Load:
        off = said - true
        return Load(name, float(np.abs(off).mean()), float(np.sqrt((off**2).mean())), held)

    return [
        judged("the hour before", known[hours - 1]),
        judged("the same hour, a day before", known[hours - 24]),
        judged("Task Sage", mean, float((true <= high).mean())),
    ]


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--from", dest="first", type=float, default=0.6)
    parser.add_argument("--to", dest="last", type=float, default=1.0)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    runs = nasa()
    first, last = int(asked.first * len(runs)), int(asked.last * len(runs))
    scores = {**durations(runs[:last], first), "workflows": few()}
    hours = loads(runs, asked.first, asked.last)
    if asked.json:
        told = {name: asdict(each) for name, each in scores.items()}
        shown = {"machine": machine(), "durations": told, "loads": [asdict(each) for each in hours]}
        print(json.dumps(shown))
        return
    print("| | tasks | coverage | worst tenth | width | median width | pinball | off by |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for name, each in scores.items():
        print(
            f"| {name} | {each.tasks} | {each.coverage:.3f} | {each.worst_coverage:.3f} |"
            f" × {each.width:.0f} | {each.median_width_seconds:.0f} s | {each.pinball:.4f} |"
            f" × {each.factor:.2f} |"
        )
    print("\n| next hour's load | mean error | root mean square | below `high` |")
    print("|---|---:|---:|---:|")
    for hour in hours:
        below = "" if hour.below_high is None else f"{hour.below_high:.3f}"
        print(f"| {hour.name} | {hour.error:.1f} | {hour.root_mean_square:.1f} | {below} |")


if __name__ == "__main__":
    main()
