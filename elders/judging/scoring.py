"""How well the guild learns: each part judged on cases that it was not taught with.

Nothing is tuned here: every threshold is the program's own, and models were chosen on cases that
are not judged (`benchmarks/choosing.py`). Each report says how its cases were parted.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from elders.incidents.calibrated import ANOMALY
from elders.incidents.detect import Detector
from elders.incidents.logs import NORMAL, LogKinds
from elders.incidents.watch import WARNS
from elders.judging.reading import (
    Labelled,
    Window,
    read_jobs,
    read_logs,
    read_series,
)
from elders.tasks.backtesting import backtest
from elders.tasks.forecast import COVERAGE, Forecast, Forecaster, holds
from elders.tasks.history import Run

GOAL: Final = 0.95
"""Of incident kinds that are told rightly."""

_DAY_SECONDS: Final = 86_400.0
_QUIET: Final = 288
"""Values after an alarm in which no other is given for the same series."""

_PROBATION: Final = 0.15
_LONGEST_PROBATION: Final = 750
_NEVER: Final = 2**62

_APART: Final = "the model was chosen on windows that neither this split nor the other holds back"

Halves = tuple[list[Window], list[Window]]
"""What is learned from, and what is held back."""


@dataclass(frozen=True, slots=True)
class KindReport:
    """How often the kind of a window of log lines was told.

    Attributes:
        learned_from, judged: windows.
        accuracy: share of judged windows whose kind was told.
        baseline: the same, for always telling the most frequent kind.
        of_incidents: share, among windows that are not normal.
        incident_or_not: share of windows that were rightly told to be an incident, or none.
        which_system: share of windows of which it was told which system fails, or that none does.
        never_seen: judged windows of kinds that nothing was learned of: errors by necessity.
    """

    split: str
    learned_from: int
    judged: int
    kinds: int
    accuracy: float
    baseline: float
    of_incidents: float
    incident_or_not: float
    which_system: float
    never_seen: int


@dataclass(frozen=True, slots=True)
class AnomalyReport:
    """Which labelled windows were found, and what false alarms that cost.

    Attributes:
        false_alarms: outside of all windows.
        precision: share of alarms inside of windows.
    """

    split: str
    series: int
    windows: int
    found: int
    recall: float
    alarms: int
    false_alarms: int
    precision: float
    false_alarms_a_day: float


@dataclass(frozen=True, slots=True)
class DurationReport:
    """How often a task's duration lay within its interval, and how wide that was.

    Attributes:
        said: the share that the interval promises.
        width: mean factor between its ends (geometric, of 1 + seconds).
        baseline_coverage, baseline_width: of the kind's own quantiles, calibrated alike.
    """

    split: str
    learned_from: int
    judged: int
    said: float
    coverage: float
    width: float
    baseline_coverage: float
    baseline_width: float


@dataclass(frozen=True, slots=True)
class Report:
    """All that was judged, and whether the goal for kinds was met (on every third window)."""

    kinds: Mapping[str, KindReport]
    anomalies: AnomalyReport
    durations: DurationReport
    goal: float
    goal_met: bool


def judge_all(folder: Path) -> Report:
    """Judge everything on the data sets of a folder that `data_folder` found; it takes minutes."""
    kinds = judge_kinds(read_logs(folder))
    return Report(
        kinds,
        judge_anomalies(read_series(folder)[1::2]),
        judge_durations(read_jobs(folder)),
        GOAL,
        kinds["held_back"].accuracy >= GOAL,
    )


def judge_kinds(logs: Mapping[str, Sequence[Window]]) -> Mapping[str, KindReport]:
    """Judge kinds twice: on every third window, and on each log's last third in time."""
    thirds: tuple[Halves, Halves] = ([], []), ([], [])
    for windows in logs.values():
        for each, held in zip(windows, _held_back(len(windows)), strict=True):
            for half, is_held in zip(thirds, held, strict=True):
                half[is_held].append(each)
    return {
        "held_back": _kinds(f"every third window of each log is held back; {_APART}", *thirds[0]),
        "later": _kinds(f"the last third of each log, in time, is held back; {_APART}", *thirds[1]),
    }


def chosen_from(windows: Sequence[Window]) -> list[Window]:
    """Answer those windows of a log that no split holds back: with them models may be chosen."""
    held = _held_back(len(windows))
    return [each for each, splits in zip(windows, held, strict=True) if not any(splits)]


def _held_back(count: int) -> list[tuple[bool, bool]]:
    """Tell of each window of a log which of the two splits hold it back."""
    return [(number % 3 == 2, number >= count * 2 // 3) for number in range(count)]


def _kinds(split: str, known: Sequence[Window], asked: Sequence[Window]) -> KindReport:
    learned = LogKinds.learn([each.lines for each in known], [each.kind for each in known])
    told = [each.kind for each in learned.name([each.lines for each in asked])]
    true = [each.kind for each in asked]
    seen = Counter(each.kind for each in known)
    usual = seen.most_common(1)[0][0]
    bad = [(found, kind) for found, kind in zip(told, true, strict=True) if kind != NORMAL]
    return KindReport(
        split,
        len(known),
        len(asked),
        len({*seen, *true}),
        _share(found == kind for found, kind in zip(told, true, strict=True)),
        _share(kind == usual for kind in true),
        _share(found == kind for found, kind in bad),
        _share((f == NORMAL) == (k == NORMAL) for f, k in zip(told, true, strict=True)),
        _share(f.split()[0] == k.split()[0] for f, k in zip(told, true, strict=True)),
        sum(kind not in seen for kind in true),
    )


def judge_anomalies(series: Sequence[Labelled]) -> AnomalyReport:
    """Judge alarms at the confidence from which the Incident Sage warns."""
    windows = found = alarms = false = 0
    days = 0.0
    for each in series:
        first = min(int(_PROBATION * len(each.seconds)), _LONGEST_PROBATION)
        told = [at for at in _alarms(each) if at >= each.seconds[first]]
        inside = [(b, e) for b, e in each.windows if any(b <= at <= e for at in told)]
        days += (each.seconds[-1] - each.seconds[first]) / _DAY_SECONDS
        windows += len(each.windows)
        found += len(inside)
        alarms += len(told)
        false += sum(not any(b <= at <= e for b, e in each.windows) for at in told)
    return AnomalyReport(
        "every second series, by name, is held back: views were chosen, and scores calibrated, on"
        " the others",
        len(series), windows, found, found / max(1, windows), alarms, false,
        1 - false / max(1, alarms), false / days if days else 0.0,
    )  # fmt: skip


def _alarms(series: Labelled) -> list[float]:
    detector, told, last = Detector(), [], -_QUIET
    for number, (at, value) in enumerate(zip(series.seconds, series.values, strict=True)):
        if ANOMALY(detector.score(at, value).surprise) >= WARNS and number - last >= _QUIET:
            last = number
            told.append(at)
    return told


def judge_durations(runs: Sequence[Run], share: float = 0.8) -> DurationReport:
    """Judge forecasts of the tasks after a share of them, each from what was done by then."""
    first = int(share * len(runs))
    told = backtest(runs, first, Forecaster())
    plain = backtest(runs, first, Forecaster(enough=_NEVER))
    true = runs[first:]
    return DurationReport(
        f"the last {1 - share:.0%}, in time, are held back; each is learned from once it is done",
        first, len(true), COVERAGE, _covered(true, told), _width(told),
        _covered(true, plain), _width(plain),
    )  # fmt: skip


def _covered(runs: Sequence[Run], told: Sequence[Forecast]) -> float:
    return _share(holds(each, run.seconds) for run, each in zip(runs, told, strict=True))


def _width(told: Sequence[Forecast]) -> float:
    factors = [math.log1p(each.high) - math.log1p(each.low) for each in told]
    return float(np.exp(np.mean(factors)))


def _share(hits: Iterable[bool]) -> float:
    found = list(hits)
    return sum(found) / len(found) if found else 0.0
