from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elders.incidents.calibrate import Calibration, calibration_error
from elders.incidents.detect import Detector, RobustZ
from elders.incidents.seasonal import Seasonal
from elders.incidents.streaming import open_model
from elders.incidents.tails import Tail, Window
from foundation.errors import InvalidInput

DAY = 86_400
STEP = 600


def daily(days: int, *, seed: int = 1) -> list[tuple[float, float]]:
    """Make a series that follows the time of day, every ten minutes."""
    rng = random.Random(seed)
    return [
        (at, 50 + 30 * math.sin(2 * math.pi * at / DAY) + rng.gauss(0, 1))
        for at in map(float, range(0, days * DAY, STEP))
    ]


@pytest.mark.parametrize("model", [None, open_model])
def test_a_value_unlike_its_time_of_day_is_told_though_it_is_no_extreme(
    model: Callable[[], Callable[[], object]] | None,
) -> None:
    detector = Detector(model() if model else None)  # type: ignore[arg-type] # any of the two
    usual = [detector.score(at, value).surprise for at, value in daily(6)]
    found = [detector.score(6 * DAY + DAY / 4 + n * STEP, 20.0) for n in range(12)]
    assert max(usual[len(usual) // 2 :]) < 1.75 < max(each.surprise for each in found)
    assert found[0].expected == pytest.approx(80, abs=5)


def test_the_baseline_does_not_know_the_time_of_day() -> None:
    baseline = RobustZ()
    for at, value in daily(6):
        baseline.score(at, value)
    assert baseline.score(6 * DAY + DAY / 4, 20.0).surprise < 3.5


def test_a_constant_series_says_nothing_until_it_changes() -> None:
    detector = Detector()
    assert max(detector.score(n * 10.0, 5.0).surprise for n in range(400)) == 0
    assert detector.score(4_000.0, 6.0).surprise > 3


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=80))
def test_whatever_comes_a_score_is_a_number(values: list[float]) -> None:
    detector = Detector()
    for number, value in enumerate(values):
        scored = detector.score(number * 10.0, value)
        assert scored.surprise >= 0
        assert math.isfinite(scored.surprise)
        assert math.isfinite(scored.expected)


def test_a_tail_scores_more_the_rarer_it_is() -> None:
    rng = random.Random(1)
    tail = Tail()
    usual = [tail.score(rng.expovariate(1.0)) for _ in range(3_000)]
    assert sum(each > 2 for each in usual[200:]) / 2_800 == pytest.approx(0.01, abs=0.006)
    first, second = tail.score(10.0), tail.score(20.0)
    assert 2 < first < second


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=40), st.integers(1, 20))
def test_a_window_knows_the_quantiles_of_the_last_values_alone(
    values: list[float], size: int
) -> None:
    window = Window(size, every=1)
    for value in values:
        window.add(value)
    kept = sorted(values[-size:])
    assert window.count == len(kept)
    assert window.quantile(0.0) == kept[0]
    assert window.quantile(1.0) == kept[-1]


def test_weekends_are_foretold_apart_where_they_differ() -> None:
    seasonal = Seasonal()
    for hour in range(28 * 24):
        weekend = (hour // 24 + 3) % 7 >= 5
        for quarter in range(6):
            seasonal.learn(hour * 3_600.0 + quarter * 300, 10.0 if weekend else 50.0)
    monday, saturday = 28 + 4, 28 + 2
    assert seasonal.expect(monday * DAY + 43_200) == 50
    assert seasonal.expect(saturday * DAY + 43_200) == 10


def test_a_calibration_rises_and_is_as_sure_as_the_past_was() -> None:
    rng = random.Random(3)
    scores = [rng.random() for _ in range(2_000)]
    outcomes = [rng.random() < score**2 for score in scores]
    fitted = Calibration.fit(scores, outcomes)
    assert fitted(0.9) == pytest.approx(0.81, abs=0.08)
    assert calibration_error([fitted(each) for each in scores], outcomes) < 0.05


def test_few_outcomes_make_no_certainty() -> None:
    fitted = Calibration.fit([1.0, 2.0], [False, True])
    assert 0.2 < fitted(1.0) < fitted(2.0) < 0.8


@pytest.mark.parametrize("points", [((), ()), ((1.0, 2.0), (0.5, 0.4)), ((1.0,), (1.5,))])
def test_what_is_no_rising_chance_is_refused(
    points: tuple[tuple[float, ...], tuple[float, ...]],
) -> None:
    with pytest.raises(InvalidInput):
        Calibration(*points)
