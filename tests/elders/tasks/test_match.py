"""The fittest gets the task, and what is not there is defined."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elders.tasks.match import capability_match, choose, is_free, plan, score
from elders.tasks.model import Worker
from foundation.clock import Micros
from tests.elders.tasks.given import even, task

NOW = Micros(1_000_000_000)
LEVELS = st.dictionaries(st.sampled_from("abcd"), st.floats(0.01, 1))


def test_a_score_is_weighed_as_stated() -> None:
    able = Worker("w", {"sql": 0.5}, slots=4, held=1)
    found = score(task(needs={"sql": 1.0}), able, lambda _worker, _kind: 0.9)
    assert (found.capability, found.success, found.room) == (0.5, 0.9, 0.75)
    assert found.total == pytest.approx(0.4 * 0.5 + 0.3 * 0.9 + 0.3 * 0.75)


@pytest.mark.parametrize(
    ("needs", "capabilities", "match"),
    [
        ({}, {}, 1.0),
        ({}, {"sql": 1.0}, 1.0),
        ({"sql": 0.5}, {}, 0.0),
        ({"sql": 0.5}, {"sql": 1.0}, 1.0),
        ({"sql": 1.0, "go": 1.0}, {"sql": 1.0}, 0.0),
        ({"sql": 1.0, "go": 0.5}, {"sql": 0.5, "go": 0.5}, 0.75),
    ],
)
def test_matches_are_defined_for_whatever_is_missing(
    needs: dict[str, float], capabilities: dict[str, float], match: float
) -> None:
    assert capability_match(needs, capabilities) == match


@given(needs=LEVELS, capabilities=LEVELS)
def test_a_match_is_between_0_and_1_and_grows_with_what_one_can(
    needs: dict[str, float], capabilities: dict[str, float]
) -> None:
    found = capability_match(needs, capabilities)
    assert 0 <= found <= capability_match(needs, {**capabilities, "a": 1.0}) <= 1


def test_of_equally_fit_ones_the_least_recently_used_gets_it_then_the_first_by_name() -> None:
    first, second = Worker("b", used_at=Micros(5)), Worker("a", used_at=Micros(6))
    assert choose(task(), [second, first], even) == first
    assert choose(task(), [Worker("b"), Worker("a")], even) == Worker("a")


def test_nobody_gets_what_nobody_can_do_and_it_holds_up_nothing() -> None:
    workers = [Worker("w", {"sql": 1.0}, seen_at=NOW)]
    odd, easy = task(needs={"go": 0.1}), task(needs={"sql": 0.1})
    assert choose(odd, workers, even) is None
    assert choose(easy, [], even) is None
    given_ = list(plan([odd, easy], workers, even, now=NOW, dead_after_seconds=10))
    assert given_ == [(easy, workers[0])]


@pytest.mark.parametrize(
    ("worker", "free"),
    [
        (Worker("w", seen_at=NOW), True),
        (Worker("w", seen_at=Micros(NOW - 10_000_000)), True),
        (Worker("w", seen_at=Micros(NOW - 10_000_001)), False),
        (Worker("w", seen_at=NOW, draining=True), False),
        (Worker("w", seen_at=NOW, slots=2, held=1), True),
        (Worker("w", seen_at=NOW, slots=2, held=2), False),
    ],
)
def test_the_dead_the_draining_and_the_busy_are_not_free(worker: Worker, *, free: bool) -> None:
    assert is_free(worker, now=NOW, dead_after_seconds=10) is free


@given(
    wanted=st.lists(LEVELS, max_size=20),
    having=st.lists(st.tuples(LEVELS, st.integers(1, 3)), max_size=5),
)
def test_a_plan_gives_nobody_more_than_fits_and_leaves_nobody_idle_who_could_work(
    wanted: list[dict[str, float]], having: list[tuple[dict[str, float], int]]
) -> None:
    tasks = [task(needs=needs) for needs in wanted]
    workers = [
        Worker(f"w{n}", able, slots=slots, seen_at=NOW) for n, (able, slots) in enumerate(having)
    ]
    given_ = list(plan(tasks, workers, even, now=NOW, dead_after_seconds=10))
    names = [worker.name for _, worker in given_]
    idle = [each for each in workers if names.count(each.name) < each.slots]
    assert all(names.count(each.name) <= each.slots for each in workers)
    told = {each.id for each, _ in given_}
    left = [each for each in tasks if each.id not in told]
    assert not [each for each in left if choose(each, idle, even)]


def test_work_is_spread_where_all_are_alike() -> None:
    workers = [Worker(f"w{n}", slots=4, seen_at=NOW) for n in range(3)]
    names = [
        worker.name
        for _, worker in plan(
            [task() for _ in range(6)], workers, even, now=NOW, dead_after_seconds=10
        )
    ]
    assert names == ["w0", "w1", "w2"] * 2
