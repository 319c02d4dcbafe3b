"""The next hour's load."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from elders.tasks.load import HOUR, forecast_load, hourly_load
from foundation.clock import Micros

START = Micros(1_000 * HOUR)


def daily(hours: int, noise: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    rng = np.random.default_rng(0)
    course = 300 + 200 * np.sin(2 * np.pi * np.arange(hours) / 24)
    return np.maximum(0.0, course + rng.normal(0, noise, hours))


def test_work_is_shared_out_to_the_hours_that_it_took() -> None:
    half = HOUR // 2
    work = [
        (Micros(START - half), Micros(START + half)),
        (Micros(START + half), Micros(START + 2 * HOUR + half)),
        (START, Micros(START + 9 * HOUR)),
    ]
    assert hourly_load(work, START, Micros(START + 3 * HOUR + 1)).tolist() == [200, 200, 150]


@given(st.lists(st.tuples(st.integers(0, 5 * HOUR), st.integers(0, 3 * HOUR)), max_size=20))
def test_no_work_is_lost_and_none_is_made_up(spans: list[tuple[int, int]]) -> None:
    work = [(Micros(START + at), Micros(START + at + length)) for at, length in spans]
    loads = hourly_load(work, START, Micros(START + 9 * HOUR))
    assert loads.sum() == pytest.approx(100 * sum(length for _, length in spans) / HOUR)


def test_a_daily_course_is_foreseen_far_better_than_by_the_last_hour() -> None:
    loads = daily(24 * 14, 10)
    hours = range(24 * 12, 24 * 14)
    told = [forecast_load(loads[:at]) for at in hours]
    off = np.mean([abs(each.mean - loads[at]) for each, at in zip(told, hours, strict=True)])
    naive = np.mean([abs(loads[at - 1] - loads[at]) for at in hours])
    assert off < naive / 2
    held = np.mean([loads[at] <= each.high for each, at in zip(told, hours, strict=True)])
    assert 0.75 <= held <= 1


def test_where_a_load_only_drifts_the_last_hour_is_as_good_as_any() -> None:
    loads = np.abs(np.cumsum(np.random.default_rng(1).normal(0, 20, 24 * 14)))
    hours = range(24 * 10, 24 * 14)
    off = np.mean([abs(forecast_load(loads[:at]).mean - loads[at]) for at in hours])
    assert off < 1.1 * np.mean([abs(loads[at - 1] - loads[at]) for at in hours])


@pytest.mark.parametrize("loads", [[], [5.0], [5.0, 7.0], [0.0] * 500, [100.0] * 200])
def test_little_or_dull_history_gives_the_last_hour(loads: list[float]) -> None:
    told = forecast_load(loads)
    assert told.mean == pytest.approx(loads[-1] if loads else 0)
    assert told.high >= told.mean
