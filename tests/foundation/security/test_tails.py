from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.security.tails import Tail

figures = st.lists(st.floats(0, 30), max_size=60)


def learned(values: list[float]) -> Tail:
    tail = Tail(0.05, 0.2)
    rng = random.Random(1)
    for value in values:
        tail.add(value, rng)
    return tail


@given(figures, st.floats(0, 100), st.floats(0, 100))
def test_more_is_never_likelier(values: list[float], one: float, other: float) -> None:
    tail = learned(values)
    less, more = sorted([one, other])
    assert 0 < tail.probability(more) <= tail.probability(less) <= 1


@given(figures)
def test_a_tail_goes_on_as_it_was_from_its_sample(values: list[float]) -> None:
    tail = learned(values)
    again = Tail(0.05, 0.2, tail.sample)
    assert again.sample == tail.sample
    assert again.probability(3.0) == tail.probability(3.0)
    assert again.usual == tail.usual


def test_a_probability_is_about_right_within_and_beyond_what_was_seen() -> None:
    rng = random.Random(7)
    tail = learned([rng.expovariate(1) for _ in range(256)])
    assert tail.probability(0.7) == pytest.approx(0.5, abs=0.1)
    assert 1e-3 < tail.probability(5.0) < 2e-2  # truly 0.0067
    assert 1e-7 < tail.probability(9.2) < 1e-3  # truly 0.0001, far beyond all that was seen


def test_memory_is_bounded_and_what_is_old_fades() -> None:
    tail = learned([1.0] * 300 + [5.0] * 600)
    assert len(tail) == 256
    assert tail.sample.count(5.0) > 200


def test_what_was_always_the_same_does_not_make_another_figure_impossible() -> None:
    tail = learned([0.0] * 256)
    assert tail.probability(0.0) == 1.0
    assert 1e-4 < tail.probability(0.69) < 1e-2  # one failure where there never was one
    assert tail.probability(500.0) > 0
