"""Reads real cases from the folder that ELDERS_DATA names: in time, and never copied."""

from __future__ import annotations

import csv
import gzip
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from elders.incidents.logs import NORMAL, windows_of
from elders.tasks.history import Run
from elders.tasks.model import MICROS, Traits
from foundation.clock import Micros, parse_moment
from foundation.errors import InvalidInput, NotFound

VARIABLE: Final = "ELDERS_DATA"
LOGS: Final = "loghub-dev"
SERIES: Final = "nab-dev"
TASKS: Final = "task-durations-dev"

_BAD: Final = frozenset({"WARN", "WARNING", "ERROR", "FATAL", "SEVERE", "FAILURE"})
_JOBS: Final = "nasa-ipsc-1993.csv.gz"
_JOBS_START_SECONDS: Final = 749_458_803 - 28_800
"""When the record of jobs begins, in local time as if it were UTC: days and nights count."""

_LOG_END: Final = "_2k.log_structured.csv.gz"


@dataclass(frozen=True, slots=True)
class Window:
    """Lines without their heads, and what they truly are: a kind of incident, or normal."""

    lines: Sequence[str]
    kind: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """A series, and the windows in which something was wrong, in seconds since 1970."""

    name: str
    seconds: Sequence[float]
    values: Sequence[float]
    windows: Sequence[tuple[float, float]]


def data_folder(named: Path | None = None) -> Path:
    """Find the folder of the data sets.

    Raises:
        InvalidInput: none is named.
        NotFound: the one that is named is not there, or lacks a set.
    """
    told = named or os.environ.get(VARIABLE) or None
    if told is None:
        raise InvalidInput(f"set {VARIABLE} to the folder that holds {LOGS}, {SERIES} and {TASKS}")
    folder = Path(told)
    missing = [each for each in (LOGS, SERIES, TASKS) if not (folder / each).is_dir()]
    if missing:
        raise NotFound(f"{folder} has no folder {', '.join(missing)}: is {VARIABLE} right?")
    return folder


def read_logs(folder: Path) -> Mapping[str, Sequence[Window]]:
    """Read windows of each system's log, in time.

    Their kind is the system with the most frequent template among the lines that warn or fail by
    their level; where lines are labelled as alerts, with the most frequent label.
    """
    found = {}
    for path in sorted((folder / LOGS).glob(f"*{_LOG_END}")):
        system = path.name.removesuffix(_LOG_END)
        rows = _rows(path)
        found[system] = [
            Window([row["Content"] for row in rows[at : at + len(cut)]], _kind(system, cut))
            for at, cut in _cut(rows)
        ]
    return found


def _cut(rows: Sequence[Mapping[str, str]]) -> list[tuple[int, Sequence[Mapping[str, str]]]]:
    places = windows_of([str(at) for at in range(len(rows))])
    return [(int(each[0]), rows[int(each[0]) : int(each[-1]) + 1]) for each in places]


def _kind(system: str, rows: Sequence[Mapping[str, str]]) -> str:
    if "Label" in rows[0]:
        bad = [row["Label"] for row in rows if row["Label"] != "-"]
    else:
        bad = [row["EventId"] for row in rows if row["Level"].upper() in _BAD]
    return f"{system} {Counter(bad).most_common(1)[0][0]}" if bad else NORMAL


def read_series(folder: Path) -> list[Labelled]:
    """Read every series with its labels, in the order of their names."""
    labels = json.loads((folder / SERIES / "labels" / "combined_windows.json").read_text("utf-8"))
    found = []
    for path in sorted((folder / SERIES / "data").glob("*/*.csv.gz")):
        name = f"{path.parent.name}/{path.name.removesuffix('.gz')}"
        rows = _rows(path)
        found.append(
            Labelled(
                name,
                [_seconds(row["timestamp"]) for row in rows],
                [float(row["value"]) for row in rows],
                [(_seconds(begin), _seconds(end)) for begin, end in labels[name]],
            )
        )
    return found


def read_jobs(folder: Path) -> list[Run]:
    """Read jobs with their durations, in the order in which they began."""
    return sorted(
        (_job(row) for row in _rows(folder / TASKS / _JOBS)), key=lambda run: run.started_at
    )


def _job(row: Mapping[str, str]) -> Run:
    traits = Traits(
        kind=f"app {row['app']}",
        owner=f"user {row['user']}",
        amounts={"processors": float(row["procs_alloc"])},
        labels={"group": row["group"]},
    )
    at = _JOBS_START_SECONDS + int(row["submit"])
    return Run(traits, Micros(at * MICROS), float(row["run"]))


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except (OSError, EOFError) as error:
        raise NotFound(f"{path} can't be read: {error}") from error


def _seconds(text: str) -> float:
    return parse_moment(text) / MICROS
