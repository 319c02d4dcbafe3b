"""Real tasks with their durations: jobs of a parallel computer, and executions of workflows."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.corpora import data_file
from elders.tasks.history import Run
from elders.tasks.model import MICROS, Traits
from foundation.clock import Micros, to_micros

FOLDER = "task-durations-dev"
NASA = "nasa-ipsc-1993.csv"
NASA_START_SECONDS = 749_458_803
NASA_ZONE_SECONDS = -28_800


def nasa() -> list[Run]:
    """Read the jobs of NASA's iPSC/860 in 1993, in the order in which they began."""
    with gzip.open(data_file(FOLDER, NASA), "rt") as file:
        runs = [_job(row) for row in csv.DictReader(file)]
    return sorted(runs, key=lambda run: run.started_at)


def _job(row: dict[str, str]) -> Run:
    at = NASA_START_SECONDS + NASA_ZONE_SECONDS + int(row["submit"])
    traits = Traits(
        kind=f"app {row['app']}",
        owner=f"user {row['user']}",
        amounts={"processors": float(row["procs_alloc"])},
        labels={"group": row["group"]},
    )
    return Run(traits, Micros(at * MICROS), float(row["run"]))


def workflows() -> Iterator[list[Run]]:
    """Read executions of workflows, the oldest first: each the tasks of one."""
    read = [json.loads(gzip.decompress(path.read_bytes())) for path in _executions()]
    for told in sorted(read, key=lambda each: each["createdAt"]):
        yield _execution(told)


def _executions() -> list[Path]:
    return sorted((data_file(FOLDER, NASA).parent / "pegasus").glob("*.json.gz"))


def _execution(told: dict[str, Any]) -> list[Run]:
    """Order tasks as their dependencies allow; each begins when those before it are done."""
    began = datetime.fromisoformat(told["createdAt"])
    tasks = {task["name"]: task for task in told["workflow"]["tasks"]}
    ends: dict[str, float] = {}

    def start(name: str) -> float:
        parents = tasks[name].get("parents", [])
        return max((end(parent) for parent in parents if parent in tasks), default=0.0)

    def end(name: str) -> float:
        if name not in ends:
            ends[name] = start(name) + tasks[name]["runtimeInSeconds"]
        return ends[name]

    return [
        Run(_traits(told, task), Micros(to_micros(began) + int(start(name) * MICROS)),
            task["runtimeInSeconds"])
        for name, task in tasks.items()
    ]  # fmt: skip


def _traits(told: dict[str, Any], task: dict[str, Any]) -> Traits:
    size = sum(file["sizeInBytes"] for file in task.get("files", []) if file["link"] == "input")
    kind = str(task.get("category") or task["name"].partition("_ID")[0])
    return Traits(kind, owner=str(told["name"]).partition("-")[0], amounts={"bytes": float(size)})
