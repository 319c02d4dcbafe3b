"""Grouping accuracy of log templates on eight real systems, with one configuration for all.

Source: Zhu, He, Liu, He, Xie, Zheng & Lyu, "Tools and Benchmarks for Automated Log Parsing",
    ICSE-SEIP 2019.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections import defaultdict
from collections.abc import Hashable, Sequence
from pathlib import Path

import pytest

from knowledge.patterns.log_lines import read_lines
from knowledge.patterns.log_templates import parse
from tests.acceptance.data import data_set

SYSTEMS = ("HDFS", "Hadoop", "Spark", "Zookeeper", "OpenStack", "BGL", "Linux", "Apache")
GOAL = 0.85


def grouping_accuracy(found: Sequence[Hashable], true: Sequence[Hashable]) -> float:
    """The share of lines whose group holds exactly the lines of their true event."""
    groups: dict[Hashable, list[int]] = defaultdict(list)
    events: dict[Hashable, list[int]] = defaultdict(list)
    for line, (group, event) in enumerate(zip(found, true, strict=True)):
        groups[group].append(line)
        events[event].append(line)
    right = [lines for lines in groups.values() if events[true[lines[0]]] == lines]
    return sum(map(len, right)) / len(true)


def structured(folder: Path, system: str) -> tuple[list[str], list[str]]:
    path = folder / f"{system}_2k.log_structured.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["Content"] for row in rows], [row["EventId"] for row in rows]


def raw(folder: Path, system: str) -> list[str]:
    text = (folder / f"{system}_2k.log").read_text(encoding="utf-8", errors="replace")
    return text.rstrip("\n").split("\n")


@pytest.fixture(scope="module")
def accuracies() -> dict[str, tuple[float, float]]:
    """By system: on the messages as the benchmark cut them out, and on raw lines."""
    folder = data_set("loghub-dev")
    found = {}
    for system in SYSTEMS:
        messages, events = structured(folder, system)
        lines = [line.message for line in read_lines(raw(folder, system))]
        found[system] = (
            grouping_accuracy(parse(messages), events),
            grouping_accuracy(parse(lines), events),
        )
    return found


def test_groups_are_those_of_the_true_events(
    accuracies: dict[str, tuple[float, float]], capsys: pytest.CaptureFixture[str]
) -> None:
    means = [sum(each) / len(SYSTEMS) for each in zip(*accuracies.values(), strict=True)]
    with capsys.disabled():
        sys.stdout.write("\nGrouping accuracy   messages   raw lines\n")
        for system, figures in [*accuracies.items(), ("mean", means)]:
            row = "".join(f"{figure:12.3f}" for figure in figures)
            sys.stdout.write(f"{system:<16}{row}\n")
    assert min(means) >= GOAL


def test_no_system_is_left_behind(accuracies: dict[str, tuple[float, float]]) -> None:
    assert min(min(figures) for figures in accuracies.values()) >= GOAL


def test_the_measure_wants_whole_groups() -> None:
    assert grouping_accuracy([0, 0, 1, 1], ["a", "a", "b", "b"]) == 1
    assert grouping_accuracy([0, 0, 1, 2], ["a", "a", "b", "b"]) == 0.5
    assert grouping_accuracy([0, 0, 0, 0], ["a", "a", "b", "b"]) == 0
