"""The decisions of a cycle."""

from __future__ import annotations

import pytest

from elders.council.model import (
    STAGES,
    Case,
    Pattern,
    Recovery,
    Stage,
    Step,
    following,
    learning_document,
    plan_task,
    recover,
)
from elders.tasks.model import read_task
from foundation.clock import Micros

PATTERN = Pattern("log template: door <*> opens", "log template", "door <*> opens", 0.9, 12)
CASES = [Case(1, "a.log", 0.9, "door 1 opens"), Case(2, "b.log", 0.8, "door 2 opens")]
SECOND = 1_000_000


def test_the_stages_follow_each_other_to_the_last() -> None:
    walked = [Stage.BEGUN]
    while (stage := following(walked[-1])) is not None:
        walked.append(stage)
    assert tuple(walked) == STAGES
    assert walked[-1] is Stage.TOLD


@pytest.mark.parametrize(
    ("state", "tries", "seconds", "step"),
    [
        ("waiting", 1, 10, Step.WAIT),
        ("assigned", 2, 60, Step.WAIT),
        ("done", 2, 999, Step.DONE),
        ("failed", 1, 1, Step.AGAIN),
        ("failed", 2, 1, Step.GIVE_UP),
        ("waiting", 1, 61, Step.AGAIN),
        ("assigned", 2, 61, Step.GIVE_UP),
    ],
)
def test_what_fails_or_hangs_is_tried_again_then_given_up(
    state: str, tries: int, seconds: int, step: Step
) -> None:
    plan = Recovery(tries=2, patience_seconds=60)
    assert recover(state, tries, Micros(0), Micros(seconds * SECOND), plan) is step


def test_a_planned_task_is_one_that_the_task_sage_reads_and_the_same_each_time() -> None:
    one, other = (plan_task("c", PATTERN, CASES, deadline=Micros(5)) for _ in range(2))
    assert one == other
    read = read_task(one)
    assert read.traits.kind == "learning"
    assert read.key.startswith("cycle:c:")
    assert read.traits.amounts == {"cases": 2.0}


def test_the_same_pattern_learned_again_is_the_next_version_of_its_document() -> None:
    learned = {
        "pattern": PATTERN.key, "kind": PATTERN.kind, "statement": PATTERN.statement, "cases": 2,
        "confirmed": 2, "confidence": 0.95, "common": ["pump"], "sources": ["a.log", "b.log"],
    }  # fmt: skip
    first, second = (learning_document(cycle, learned) for cycle in ("one", "two"))
    assert first["source_id"] == second["source_id"]
    assert first["metadata"]["cycle"] != second["metadata"]["cycle"]
    doubted = learning_document("three", {**learned, "confirmed": 0, "confidence": 0.2})
    assert (first["text"][:10], doubted["text"][:16]) == ("# Learned:", "# Not confirmed:")
    assert "2 of 2 similar cases confirm it" in first["text"]
    assert "- b.log" in first["text"]
