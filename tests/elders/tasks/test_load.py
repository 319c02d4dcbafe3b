"""The next hour's load."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from elders.tasks.hours import HOUR, parts
from elders.tasks.load import forecast_load, hourly_load
from foundation.clock import Micros

START = Micros(1_000 * HOUR)


def daily(hours: int, noise: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    rng = np.random.default_rng(0)
    course = 300 + 200 * np.sin(2 * np.pi * np.arange(hours) / 24)
    return np.maximum(0.0, course + rng.normal(0, noise, hours))


def spread(spans: list[tuple[int, int]], now: int) -> Sequence[float]:
    """The load of work that began and ended so many microseconds after the start."""
    work = (parts(Micros(START + begun), Micros(START + ended)) for begun, ended in spans)
    return list(hourly_load(chain.from_iterable(work), Micros(START + now)))


def test_work_is_shared_out_to_the_hours_that_it_took() -> None:
    half = HOUR // 2
    spans = [(0, half), (half, 2 * HOUR + half), (0, 3 * HOUR)]
    assert spread(spans, 3 * HOUR) == [200, 200, 150]
    # From half past to half past: what was done within an hour of the clock is taken as even.
    assert spread(spans, 3 * HOUR + half) == [200, 175, 75]


def test_what_is_less_than_an_hour_counts_by_how_long_it_is() -> None:
    minute = HOUR // 60
    assert spread([(50 * minute, 70 * minute), (60 * minute, 70 * minute)], 70 * minute) == [150]
    assert spread([], HOUR) == []


@given(
    st.lists(st.tuples(st.integers(0, 5 * HOUR), st.integers(0, 3 * HOUR)), max_size=20),
    st.integers(8 * HOUR, 10 * HOUR),
)
def test_no_work_is_lost_and_none_is_made_up(spans: list[tuple[int, int]], now: int) -> None:
    first = now - 8 * HOUR
    work = [(first + at, first + at + length) for at, length in spans]
    told = spread([(first, first + 1), *work], now)
    total = sum(length for _, length in spans) + 1
    assert sum(told) == pytest.approx(100 * total / HOUR, abs=1e-6)


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
