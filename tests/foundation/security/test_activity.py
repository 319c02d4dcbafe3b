from __future__ import annotations

import math

import pytest

from foundation.security.activity import FEATURES, UNITS, Activity, Hours

DAY = 86_400.0
MONDAY = 20_003 * DAY
SATURDAY = 20_002 * DAY - DAY


def figures(activity: Activity) -> dict[str, float]:
    told = zip(FEATURES, UNITS, activity.figures(), strict=True)
    return {name: unit * math.expm1(figure) for name, unit, figure in told}


def test_requests_fade_by_their_windows() -> None:
    activity = Activity()
    for _ in range(100):
        activity.request(1_000.0)
    activity.request(1_060.0)
    told = figures(activity)
    assert told["rate"] == pytest.approx(100 / math.e + 1)
    assert told["sustained"] == pytest.approx(100 * math.exp(-1 / 60) + 1)


def test_documents_count_when_they_are_new() -> None:
    activity = Activity()
    activity.touch(1_000.0, ["a", "b"])
    activity.touch(1_000.0, ["a", "b", "c"])
    assert figures(activity)["breadth"] == pytest.approx(3)
    activity.touch(3_700.0, ["a"])  # of the hour before
    assert figures(activity)["breadth"] == pytest.approx(3 * math.exp(-0.75), rel=1e-6)
    activity.touch(36_000.0, ["a"])
    assert figures(activity)["breadth"] == pytest.approx(1, abs=0.01)


def test_memory_of_documents_is_bounded_and_the_rest_counts_as_new() -> None:
    activity = Activity()
    activity.touch(1_000.0, [f"{number}" for number in range(10_000)])
    activity.touch(1_000.0, ["0", "9999"])
    assert figures(activity)["breadth"] == pytest.approx(10_001)


def test_failures_and_bytes_are_counted() -> None:
    activity = Activity()
    activity.outcome(1_000.0, failed=True, received_bytes=5_000)
    activity.outcome(1_000.0, failed=False, received_bytes=500)
    told = figures(activity)
    assert told["failures"] == pytest.approx(1)
    assert told["volume"] == pytest.approx(5.5)


def test_a_clock_that_goes_back_changes_nothing() -> None:
    activity = Activity()
    activity.request(1_000.0)
    activity.request(10.0)
    assert figures(activity)["rate"] == pytest.approx(2)


def working_days(weeks: int) -> Hours:
    hours = Hours()
    for day in range(7 * weeks):
        at = MONDAY + day * DAY
        if day % 7 < 5:
            for hour in range(9, 17):
                hours.note(at + hour * 3_600)
    return hours


def test_an_hour_is_as_usual_as_the_days_on_which_it_was_worked() -> None:
    hours = working_days(6)
    monday = MONDAY + 42 * DAY
    hours.note(monday + 3 * 3_600)
    assert hours.probability(monday + 3 * 3_600) < 0.04
    hours.note(monday + 10 * 3_600)
    assert hours.probability(monday + 10 * 3_600) > 0.9
    hours.note(monday + 17 * 3_600)
    assert 0.3 < hours.probability(monday + 17 * 3_600) < 0.7  # an hour beside the usual ones


def test_weekends_are_days_of_their_own() -> None:
    hours = working_days(6)
    saturday = MONDAY + 40 * DAY
    hours.note(saturday + 10 * 3_600)
    assert hours.probability(saturday + 10 * 3_600) < 0.1


def test_nothing_is_unusual_on_the_first_day() -> None:
    hours = Hours()
    hours.note(MONDAY)
    assert hours.probability(MONDAY) == pytest.approx(0.5)


def test_hours_go_on_from_their_state() -> None:
    hours = working_days(3)
    again = Hours(**hours.state())
    at = MONDAY + 22 * DAY + 5 * 3_600
    for each in (hours, again):
        each.note(at)
        each.note(at)
    assert again.probability(at) == pytest.approx(hours.probability(at), abs=1e-3)


def test_years_without_a_request_cost_no_time() -> None:
    hours = working_days(1)
    hours.note(MONDAY + 400_000 * DAY)
    assert 0 < hours.probability(MONDAY + 400_000 * DAY) <= 1
