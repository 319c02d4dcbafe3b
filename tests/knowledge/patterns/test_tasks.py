from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.ids import ChunkId
from knowledge.patterns.model import PatternKind
from knowledge.patterns.tasks import TaskRecord, mine_tasks


def records(each: int, seed: int = 1) -> list[TaskRecord]:
    rng = random.Random(seed)
    kinds = {"review": (1800.0, "reading"), "deploy": (300.0, "shell"), "移行": (40_000.0, "SQL")}
    return [
        TaskRecord(
            f"{kind} {at}",
            ChunkId(at),
            kind.upper() if at == 0 else kind,
            seconds * rng.lognormvariate(0, 0.5),
            frozenset({skill} | ({"English"} if at % 4 == 0 else set())),
        )
        for kind, (seconds, skill) in kinds.items()
        for at in range(each)
    ]


def test_each_type_has_its_duration_and_skills() -> None:
    found = {finding.data["type"]: finding for finding in mine_tasks(records(40))}
    assert set(found) == {"review", "deploy", "移行"}
    deploy = found["deploy"]
    assert deploy.kind is PatternKind.TASK
    assert deploy.support == 40
    assert 200 < deploy.data["median_seconds"] < 450 < deploy.data["p90_seconds"] < 1000
    assert deploy.data["skills"] == {"shell": 1.0, "English": 0.25}
    assert " min (median)" in deploy.statement
    assert " h (median)" in found["移行"].statement


def test_types_pass_that_differ_from_the_rest() -> None:
    found = {finding.data["type"]: finding for finding in mine_tasks(records(40))}
    assert found["deploy"].gate.passed
    assert found["移行"].gate.passed
    assert found["deploy"].confidence > 0.8


def test_types_that_take_as_long_as_all_others_do_not_pass() -> None:
    rng = random.Random(3)
    same = [
        TaskRecord(f"{at}", ChunkId(at), f"type {at % 5}", 60 * rng.lognormvariate(0, 1))
        for at in range(300)
    ]
    assert not [finding for finding in mine_tasks(same) if finding.gate.passed]


def test_few_records_and_impossible_durations_teach_nothing() -> None:
    assert mine_tasks(records(2)) == []
    assert mine_tasks([TaskRecord("a", ChunkId(1), "review", 0.0)] * 5) == []
    assert mine_tasks([]) == []


def test_evidence_has_the_most_usual_durations() -> None:
    some = [TaskRecord(f"{at}", ChunkId(at), "review", 10.0**at) for at in range(7)]
    (found,) = mine_tasks(some)
    assert found.evidence[0] == 3
    assert set(found.evidence) == {1, 2, 3, 4, 5}


def test_keys_name_the_type_and_no_figures() -> None:
    assert {finding.key for finding in mine_tasks(records(40))} == {
        finding.key for finding in mine_tasks(records(20, seed=5))
    }


@given(
    st.lists(
        st.builds(
            TaskRecord,
            st.sampled_from(["a", "b", "c"]),
            st.sampled_from([ChunkId(1), ChunkId(2)]),
            st.sampled_from(["review", "Review", "deploy"]),
            st.floats(0.001, 1e6),
            st.frozensets(st.sampled_from(["x", "y"])),
        ),
        max_size=30,
    ),
    st.integers(0, 1000),
)
def test_the_order_of_records_does_not_matter(some: list[TaskRecord], seed: int) -> None:
    assert mine_tasks(random.Random(seed).sample(some, len(some))) == mine_tasks(some)


@pytest.mark.parametrize(
    ("seconds", "spoken"), [(0.5, "0.5 s"), (90, "1.5 min"), (5400, "1.5 h"), (172_800, "2 d")]
)
def test_durations_are_told_in_a_unit_that_fits(seconds: float, spoken: str) -> None:
    (found,) = mine_tasks([TaskRecord(f"{at}", ChunkId(at), "t", seconds) for at in range(3)])
    assert f"takes {spoken} (median)" in found.statement
