"""Patterns of tasks are kept with their cursor, whatever comes twice or anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from elders.learned import Batch, Cursor, Figures, Gate, LearnedPattern, PatternFeed
from elders.tasks.forecast import Forecaster
from elders.tasks.learning import PATTERN_KIND, TaskPatterns
from elders.tasks.model import Traits
from foundation.clock import Micros
from foundation.database.database import Database
from tests.api.doors import served
from tests.api.teaching import opened

GATE = Gate("error", 1, 2, 9, passed=True)
DATA: dict[str, Any] = {
    "type": "Backup", "median_seconds": 60.0, "p90_seconds": 120.0, "skills": {"sql": 0.5},
}  # fmt: skip


def pattern(key: str = "task: backup", **fields: Any) -> LearnedPattern:
    told: dict[str, Any] = {
        "kind": "task", "state": "active", "statement": "", "data": DATA,
        "figures": Figures(9, 0.9, 1, GATE), "evidence": [], "seq": 1,
    }  # fmt: skip
    return LearnedPattern(key, **{**told, **fields})


def test_a_pattern_is_known_until_it_is_retired(store: Database) -> None:
    known = TaskPatterns(store)
    for _ in range(2):
        known(Batch([pattern()]))
    (found,) = TaskPatterns(store).known().values()
    assert (found.median_seconds, found.skills, found.confidence) == (60, {"sql": 0.5}, 0.9)
    known(Batch([pattern(state="retired")]))
    assert known.known() == {}


def test_a_fresh_batch_begins_anew(store: Database) -> None:
    known = TaskPatterns(store)
    known(Batch([pattern()]))
    known(Batch([pattern("task: other", data={**DATA, "type": "Other"})], fresh=True))
    assert set(known.known()) == {"other"}


@pytest.mark.parametrize(
    "odd",
    [
        {"kind": "incident"},
        {"data": {}},
        {"data": {**DATA, "median_seconds": "long"}},
        {"data": {**DATA, "p90_seconds": float("nan")}},
        {"data": {**DATA, "type": 7}},
    ],
)
def test_what_says_nothing_of_a_task_is_left_out(store: Database, odd: dict[str, Any]) -> None:
    known = TaskPatterns(store)
    known(Batch([pattern(**odd)]))
    assert known.known() == {}


def test_a_cursor_survives(store: Database) -> None:
    assert TaskPatterns(store).load() is None
    for seq in (3, 9):
        TaskPatterns(store).store(Cursor(seq, 1))
    assert TaskPatterns(store).load() == Cursor(9, 1)


def test_what_the_knowledge_sage_learns_arrives_and_survives(
    store: Database, tmp_path: Path
) -> None:
    rows = [f"Backup,{9 + n % 4} minutes\nMigration,{5 + n % 3} hours\n" for n in range(20)]
    (tmp_path / "work.csv").write_text("task,duration\n" + "".join(rows))
    with opened(tmp_path / "home") as base:
        base.ingest(str(tmp_path / "work.csv"))
        base.patterns.learn()
        running = served(base)
        for _ in range(2):
            known = TaskPatterns(store)
            with PatternFeed(str(running.client.base_url), known, kinds=[PATTERN_KIND]) as feed:
                while feed.pull(known):
                    continue
        running.stop()
    told = Forecaster(patterns=known.known()).forecast(Traits("Backup"), Micros(1))
    assert told.basis == "pattern"
    assert 540 <= told.seconds <= 720
