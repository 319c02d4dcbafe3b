"""Judging is right on made cases whose truth is known."""

from __future__ import annotations

import csv
import gzip
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

import pytest

from elders.incidents.logs import NORMAL
from elders.judging.reading import Labelled, data_folder, read_jobs, read_logs, read_series
from elders.judging.scoring import judge_anomalies, judge_durations, judge_kinds
from elders.tasks.history import Run
from elders.tasks.model import MICROS, Traits
from foundation.clock import Micros
from foundation.errors import InvalidInput, NotFound


def write(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        written = csv.DictWriter(file, list(rows[0]))
        written.writeheader()
        written.writerows(rows)


def line(number: int, window: int) -> dict[str, object]:
    """Every third window of 20 lines has a disk that fails, every other third a fan."""
    bad = {0: ("ERROR", "disk sector lost", "E1"), 1: ("WARN", "fan turns slowly", "E2")}
    level, content, event = bad.get(window % 3, ("INFO", f"pump {number} is well", "E3"))
    return {"Level": level, "Content": f"{content} at {number}", "EventId": event}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [line(at, at // 20) for at in range(20 * 45)]
    write(tmp_path / "loghub-dev" / "Plant_2k.log_structured.csv.gz", rows)
    alert = [{"Label": "KERNDTLB" if at < 20 else "-", "Content": "x", "EventId": "E1"}
             for at in range(40)]  # fmt: skip
    write(tmp_path / "loghub-dev" / "BGL_2k.log_structured.csv.gz", alert)
    points = [{"timestamp": f"2026-01-01 00:{at:02}:00", "value": at} for at in range(60)]
    write(tmp_path / "nab-dev" / "data" / "real" / "a.csv.gz", points)
    labels = tmp_path / "nab-dev" / "labels" / "combined_windows.json"
    labels.parent.mkdir()
    window = ["2026-01-01 00:10:00.000000", "2026-01-01 00:20:00.000000"]
    labels.write_text(json.dumps({"real/a.csv": [window]}))
    jobs = [
        {"submit": 60 * (3 - at), "app": at, "user": 1, "group": 1, "procs_alloc": 8, "run": 5}
        for at in range(3)
    ]
    write(tmp_path / "task-durations-dev" / "nasa-ipsc-1993.csv.gz", jobs)
    return tmp_path


def test_a_folder_that_is_not_named_or_not_whole_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ELDERS_DATA", raising=False)
    with pytest.raises(InvalidInput, match="ELDERS_DATA"):
        data_folder()
    monkeypatch.setenv("ELDERS_DATA", str(folder))
    assert data_folder() == folder
    with pytest.raises(NotFound, match="nab-dev"):
        data_folder(folder / "loghub-dev")


def test_windows_have_the_kinds_of_their_worst_lines(folder: Path) -> None:
    logs = read_logs(folder)
    assert [each.kind for each in logs["Plant"]][:3] == ["Plant E1", "Plant E2", NORMAL]
    assert [each.kind for each in logs["BGL"]] == ["BGL KERNDTLB", NORMAL]
    assert {len(each.lines) for each in logs["Plant"]} == {20}


def test_series_and_jobs_are_read_in_time(folder: Path) -> None:
    (series,) = read_series(folder)
    assert series.name == "real/a.csv"
    assert series.windows == [(series.seconds[10], series.seconds[20])]
    jobs = read_jobs(folder)
    assert [each.traits.kind for each in jobs] == ["app 2", "app 1", "app 0"]


def test_kinds_that_are_easy_to_tell_are_told_and_new_ones_are_counted(folder: Path) -> None:
    plant = {"Plant": read_logs(folder)["Plant"]}
    later = judge_kinds(plant)["later"]
    assert (later.accuracy, later.never_seen, later.judged) == (1.0, 0, 15)
    assert later.baseline == pytest.approx(1 / 3)
    plant["Late"] = [*plant["Plant"][:6], *read_logs(folder)["BGL"]]
    told = judge_kinds(plant)["later"]
    assert told.never_seen == 1
    assert told.accuracy < 1.0


def test_a_jump_is_found_and_a_quiet_series_has_no_alarm() -> None:
    rng = Random(4)
    quiet = [10 + rng.gauss(0, 1) for _ in range(1_500)]
    jump = [each + (60 if 1_200 <= at < 1_230 else 0) for at, each in enumerate(quiet)]
    seconds = [300.0 * at for at in range(1_500)]
    window = [(seconds[1_190], seconds[1_240])]
    report = judge_anomalies([Labelled("a", seconds, jump, window)])
    assert (report.windows, report.found, report.recall) == (1, 1, 1.0)
    silent = judge_anomalies([Labelled("b", seconds, quiet, [])])
    assert silent.windows == 0
    assert silent.false_alarms <= 1


def test_durations_lie_within_their_intervals_as_often_as_is_said() -> None:
    rng = Random(1)
    runs = [
        Run(
            Traits(f"app {at % 3}"),
            Micros(at * 60 * MICROS),
            math.exp(rng.gauss(3 + at % 3, 0.3)),
        )
        for at in range(400)
    ]
    report = judge_durations(runs, 0.75)
    assert (report.learned_from, report.judged, report.said) == (300, 100, 0.9)
    assert 0.8 <= report.coverage <= 1.0
    assert report.coverage == report.baseline_coverage  # too few for a model: kinds answer both
