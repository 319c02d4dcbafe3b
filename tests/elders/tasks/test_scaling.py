"""How many workers there should be: up at once, down only after calm."""

from __future__ import annotations

from functools import reduce
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elders.tasks.model import MICROS
from elders.tasks.scaling import LEAST, MOST, Floor, Scale, rescale, workers_for
from foundation.clock import Micros
from foundation.errors import InvalidInput


@pytest.mark.parametrize(
    ("load", "answer", "workers"),
    [
        (0, None, 2),
        (100, None, 2),
        (250, None, 4),
        (500, None, 6),
        (501, None, 8),
        (500, 1.0, 6),
        (500, 0.9, 9),
        (1_000, 0.5, 18),
        (9_999, None, 50),
    ],
)
def test_workers_follow_the_rule(load: float, answer: float | None, workers: int) -> None:
    assert workers_for(load, answer_seconds=answer) == workers


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_more_load_never_needs_fewer(first: float, second: float) -> None:
    low, high = sorted((first, second))
    assert LEAST <= workers_for(low) <= workers_for(high) <= MOST


@pytest.mark.parametrize("load", [-1, float("nan"), float("inf")])
def test_what_is_no_load_is_refused(load: float) -> None:
    with pytest.raises(InvalidInput):
        workers_for(load)


def at(seconds: float) -> Micros:
    return Micros(int(seconds * MICROS))


def follow(scale: Scale, wanted: list[int], *, step: float = 100) -> list[int]:
    found = []
    for n, each in enumerate(wanted):
        scale = rescale(scale, each, at(n * step), calm_seconds=300)
        found.append(scale.workers)
    return found


def test_up_at_once_and_down_after_calm_to_the_most_that_was_needed() -> None:
    assert follow(Scale(4), [9, 3, 5, 2, 4, 2, 2, 2, 2]) == [9, 9, 9, 9, 5, 5, 5, 5, 2]


def test_a_load_that_goes_up_and_down_moves_nothing() -> None:
    assert follow(Scale(8), [8, 5, 8, 5, 8, 5, 8, 5] * 5) == [8] * 40


@given(st.lists(st.integers(LEAST, MOST)))
def test_there_are_never_fewer_than_are_wanted(wanted: list[int]) -> None:
    assert all(there >= each for there, each in zip(follow(Scale(), wanted), wanted, strict=True))


SMALL = st.integers(0, 3)
FLOORS = st.lists(st.builds(Floor, st.just("a"), SMALL, SMALL, SMALL), min_size=1)


@given(FLOORS, st.randoms())
def test_a_sources_floor_is_the_same_in_whichever_order_it_is_told(
    told: list[Floor], rng: Random
) -> None:
    again = [*told, *told]
    rng.shuffle(again)
    left = [reduce(lambda a, b: b if b.replaces(a) else a, each) for each in (told, again)]
    assert left[0] == left[1]
    assert left[0].asked_at == max(each.asked_at for each in told)


@given(SMALL, st.integers(1, 3))
def test_of_one_time_what_takes_back_holds(asked_at: int, workers: int) -> None:
    asked = Floor("a", workers, at(9), Micros(asked_at))
    back = Floor("a", 0, Micros(asked_at), Micros(asked_at))
    assert back.replaces(asked)
    assert not asked.replaces(back)
