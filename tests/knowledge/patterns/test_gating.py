from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import InvalidInput
from knowledge.patterns.gating import chance_of_gain, gate

GAINS = st.lists(st.sampled_from([-2.0, -0.5, 0.0, 0.25, 1.0, 3.0]), min_size=1, max_size=10)


def by_hand(gains: list[float]) -> float:
    told = [gain for gain in gains if gain]
    flips = [
        sum(sign * abs(gain) for sign, gain in zip(signs, told, strict=True))
        for signs in product((-1, 1), repeat=len(told))
    ]
    return sum(flip >= sum(told) - 1e-9 for flip in flips) / len(flips)


@given(GAINS)
def test_few_gains_are_judged_by_all_ways_to_flip_them(gains: list[float]) -> None:
    assert chance_of_gain(np.asarray(gains)) == pytest.approx(by_hand(gains))


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=40))
def test_the_order_of_cases_does_not_matter(pairs: list[tuple[float, float]]) -> None:
    one, other = (
        gate("accuracy", [ours for ours, _ in cases], [theirs for _, theirs in cases])
        for cases in (pairs, sorted(pairs))
    )
    assert one == other


def test_five_wins_of_five_pass_and_four_of_four_do_not() -> None:
    assert gate("accuracy", [1] * 5, [0] * 5).passed
    assert not gate("accuracy", [1] * 4, [0] * 4, least_cases=4).passed


def test_few_cases_never_pass() -> None:
    assert not gate("accuracy", [1] * 9, [0] * 9, least_cases=10).passed
    assert not gate("accuracy", [], []).passed


def test_a_gain_that_hangs_on_few_cases_is_luck() -> None:
    gains = [100.0, 90.0, 110.0] + [0.1, -0.1] * 50
    assert chance_of_gain(np.asarray(gains)) == pytest.approx(1 / 16, abs=0.01)


def test_a_small_gain_on_many_cases_passes_and_a_small_loss_does_not() -> None:
    rng = np.random.default_rng(1)
    noise = rng.normal(size=400)
    assert gate("error", list(0.2 + noise), [0.0] * 400).passed
    assert not gate("error", list(-0.2 + noise), [0.0] * 400).passed


def test_chance_passes_about_as_often_as_the_level_says() -> None:
    rng = np.random.default_rng(2)
    trials = [
        gate("error", list(rng.standard_t(2, size=25)), [0.0] * 25).passed for _ in range(1000)
    ]
    assert 0.025 < np.mean(trials) < 0.075


def test_the_gate_tells_both_means() -> None:
    told = gate("accuracy", [1, 0, 1, 1], [0, 0, 1, 0])
    assert (told.score, told.baseline, told.cases) == (0.75, 0.25, 4)


@pytest.mark.parametrize(("ours", "theirs"), [([1.0], []), ([float("nan")], [0.0])])
def test_scores_that_cannot_be_compared_are_refused(ours: list[float], theirs: list[float]) -> None:
    with pytest.raises(InvalidInput):
        gate("accuracy", ours, theirs)
