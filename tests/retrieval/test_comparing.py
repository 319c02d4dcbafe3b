"""Paired tests against scipy's, and against what is plain to see."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import InvalidInput
from retrieval.comparing import compare


def figures(*columns: list[float]) -> dict[str, dict[str, float]]:
    return {
        f"m{number}": {f"q{at}": value for at, value in enumerate(column)}
        for number, column in enumerate(columns)
    }


def test_p_values_and_intervals_are_near_those_of_scipy() -> None:
    from scipy import stats

    random = np.random.default_rng(3)
    first = random.random(40)
    second = np.clip(first + random.normal(0.05, 0.12, 40), 0, 1)
    (found,) = compare(figures(first.tolist()), figures(second.tolist()))
    tested = stats.permutation_test(
        (second, first),
        lambda a, b: np.mean(a - b),
        permutation_type="samples",
        n_resamples=4_000,
        rng=4,
    )
    resampled = stats.bootstrap(
        (second - first,), np.mean, n_resamples=4_000, method="percentile", rng=5
    ).confidence_interval
    assert found.p_value == pytest.approx(tested.pvalue, abs=0.02)
    assert (found.low, found.high) == pytest.approx(tuple(resampled), abs=0.006)
    assert found.difference == pytest.approx(float(np.mean(second - first)))


def test_wins_losses_and_ties_are_counted_by_query_and_rounding_is_a_tie() -> None:
    first = [0.1 + 0.2, 0.5, 0.5, 0.0]
    (found,) = compare(figures(first), figures([0.3, 1.0, 0.25, 1.0]))
    assert (found.wins, found.losses, found.ties) == (2, 1, 1)


def test_a_clear_difference_is_told_from_chance_and_none_is_not() -> None:
    first, better = [0.2] * 30, [0.3] * 29 + [0.1]
    clear, same = compare(figures(first, first), figures(better, first), rounds=2_000)
    assert clear.p_value < 0.001
    assert clear.low > 0.0
    assert (same.p_value, same.difference, same.low, same.high) == (1.0, 0.0, 0.0, 0.0)


def test_the_same_figures_give_the_same_answer() -> None:
    random = np.random.default_rng(1)
    one, other = figures(random.random(700).tolist()), figures(random.random(700).tolist())
    assert compare(one, other, rounds=1_234) == compare(one, other, rounds=1_234)


values = st.lists(st.floats(0, 1), min_size=2, max_size=25)


@settings(max_examples=20, deadline=None)
@given(first=values, second=values)
def test_turned_round_only_the_signs_change(first: list[float], second: list[float]) -> None:
    size = min(len(first), len(second))
    one, other = figures(first[:size]), figures(second[:size])
    (there,), (back,) = compare(one, other, rounds=200), compare(other, one, rounds=200)
    assert there.difference == pytest.approx(-back.difference)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
    assert (there.wins, there.losses, there.ties) == (back.losses, back.wins, back.ties)
    assert there.p_value == back.p_value


def test_runs_over_other_queries_cannot_be_compared() -> None:
    with pytest.raises(InvalidInput, match="same judged queries"):
        compare(figures([0.1, 0.2]), figures([0.1]))
    with pytest.raises(InvalidInput, match="same judged queries"):
        compare({}, figures([0.1]))
