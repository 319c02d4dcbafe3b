"""Series with labelled anomalies, and how well alarms meet them."""

from __future__ import annotations

import csv
import gzip
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from benchmarks.corpora import data_file
from foundation.clock import to_micros

FOLDER = "nab-dev"
LABELS = "labels/combined_windows.json"
PROBATION = 0.15
LONGEST_PROBATION = 750
FALSE_ALARM = 0.11
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Labelled:
    """A series, and the windows in which something was wrong (seconds since 1970)."""

    name: str
    seconds: Sequence[float]
    values: Sequence[float]
    windows: Sequence[tuple[float, float]]

    @property
    def judged_from(self) -> float:
        """When the part begins that is judged: a detector may look at what is before."""
        return self.seconds[min(int(PROBATION * len(self.seconds)), LONGEST_PROBATION)]


@dataclass(frozen=True, slots=True)
class Score:
    """How well alarms met windows.

    Attributes:
        windows: how many there are.
        found: with an alarm inside.
        false_alarms: outside of all.
        days: that were judged.
        nab: as the Numenta Anomaly Benchmark's standard profile has it: 100 for an alarm at each
            window's beginning and no other, 0 for none at all.
    """

    windows: int
    found: int
    false_alarms: int
    days: float
    nab: float

    def told(self) -> dict[str, float]:
        """Answer it with rates."""
        return {
            **asdict(self),
            "found_share": round(self.found / max(1, self.windows), 4),
            "false_alarms_a_day": round(self.false_alarms / self.days, 4),
        }


def read_labelled() -> list[Labelled]:
    """Read every series, in the order of their names."""
    labels = json.loads(data_file(FOLDER, LABELS).read_text("utf-8"))
    root = data_file(FOLDER, LABELS).parent.parent / "data"
    return [
        _read(path, name, labels[name])
        for path in sorted(root.glob("*/*.csv.gz"))
        for name in [f"{path.parent.name}/{path.name[:-3]}"]
    ]


def _read(path: Path, name: str, windows: Sequence[Sequence[str]]) -> Labelled:
    with gzip.open(path, "rt") as file:
        rows = [(_seconds(row["timestamp"]), float(row["value"])) for row in csv.DictReader(file)]
    return Labelled(
        name,
        [at for at, _ in rows],
        [value for _, value in rows],
        [(_seconds(begin), _seconds(end)) for begin, end in windows],
    )


def _seconds(text: str) -> float:
    return to_micros(datetime.fromisoformat(text)) / 1e6


def judge(series: Sequence[Labelled], alarms: Mapping[str, Sequence[float]]) -> Score:
    """Judge alarms (seconds since 1970, rising) by series.

    Source: Lavin & Ahmad, Evaluating real-time anomaly detection algorithms, ICMLA 2015.
    """
    found = false = windows = 0
    days = gained = most = 0.0
    for each in series:
        days += (each.seconds[-1] - each.judged_from) / DAY_SECONDS
        told = [at for at in alarms[each.name] if at >= each.judged_from]
        for begin, end in each.windows:
            windows += 1
            most += _worth(-1.0)
            inside = [at for at in told if begin <= at <= end]
            found += bool(inside)
            gained += _worth((inside[0] - end) / (end - begin)) if inside else -1.0
        outside = [at for at in told if not any(b <= at <= e for b, e in each.windows)]
        false += len(outside)
        gained += FALSE_ALARM * sum(_cost(at, each.windows) for at in outside)
    nab = 100 * (gained + windows) / (most + windows) if windows else 0.0
    return Score(windows, found, false, round(days, 1), round(nab, 1))


def _worth(place: float) -> float:
    """Answer what an alarm is worth: about 1 at a window's beginning (-1), 0 at its end (0)."""
    return 2 / (1 + math.exp(min(500.0, 5 * place))) - 1


def _cost(at: float, windows: Sequence[tuple[float, float]]) -> float:
    before = [(begin, end) for begin, end in windows if end < at]
    if not before:
        return -1.0
    begin, end = before[-1]
    return _worth((at - end) / (end - begin))
