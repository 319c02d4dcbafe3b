"""Work is kept by the hours of the clock, on both databases."""

from __future__ import annotations

import pytest

from elders.tasks.hours import HOUR, KEPT_HOURS, forget_hours, keep_busy, known_hours, parts
from foundation.clock import Micros
from foundation.database.database import Database


def test_work_is_parted_at_the_hours_of_the_clock() -> None:
    half = Micros(HOUR // 2)
    assert list(parts(half, Micros(2 * HOUR + 7_000_000))) == [
        (half, 1_800.0), (HOUR, 3_600.0), (2 * HOUR, 7.0),
    ]  # fmt: skip
    assert list(parts(half, half)) == []


def test_an_hour_holds_the_work_of_all_from_the_first_on(store: Database) -> None:
    with store.write() as connection:
        for begun, ended in ((40, 50), (20, 60), (30, 3_610)):
            keep_busy(connection, Micros(begun * 1_000_000), Micros(ended * 1_000_000))
    assert [since for since, _ in known_hours(store)] == [20_000_000, HOUR]
    assert [seconds for _, seconds in known_hours(store)] == pytest.approx([10 + 40 + 3_570, 10])


def test_hours_are_forgotten_after_eight_weeks(store: Database) -> None:
    with store.write() as connection:
        keep_busy(connection, Micros(0), Micros(2 * HOUR))
        forget_hours(connection, Micros((KEPT_HOURS + 1) * HOUR))
    assert known_hours(store) == [(HOUR, 3_600.0)]
