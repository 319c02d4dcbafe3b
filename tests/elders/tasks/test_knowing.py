"""The next hour's load is foreseen from weeks of work, however many tasks they were."""

from __future__ import annotations

import math

import pytest

from elders.tasks import outcomes
from elders.tasks.assigning import Assigning
from elders.tasks.hours import HOUR, keep_busy
from elders.tasks.knowing import Knowing
from elders.tasks.model import Worker
from elders.tasks.submitting import Submitting
from foundation.clock import Micros
from foundation.database.database import Database
from tests.elders.tasks.given import Watch, even, task

SLOTS = 4


def work(store: Database, watch: Watch, *, rounds: int, seconds: float) -> float:
    """Keep a worker busy with four tasks at a time; answer what load is foreseen then."""
    tasks, assigning = Submitting(store, clock=watch), Assigning(store, clock=watch)
    for _ in range(rounds):
        for _ in range(SLOTS):
            tasks.submit(task())
        assigning.join(Worker("servant.a", slots=SLOTS))
        given = assigning.assign(even)
        watch.pass_(seconds)
        for each in given:
            assigning.complete(each.task.id, each.token)
    return Knowing(store, clock=watch).next_hour(tasks).mean


def test_more_tasks_than_outcomes_are_kept_are_not_taken_for_idleness(
    store: Database, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "KEPT", 10)
    monkeypatch.setattr(outcomes, "_SLACK", 5)
    assert work(store, watch, rounds=12, seconds=600) == pytest.approx(400)
    assert len(outcomes.latest(store)) < 20


def test_what_is_less_than_an_hour_tells_too(store: Database, watch: Watch) -> None:
    assert work(store, watch, rounds=3, seconds=60) == pytest.approx(400)


def test_an_hour_without_work_after_some_counts_as_idle(store: Database, watch: Watch) -> None:
    work(store, watch, rounds=3, seconds=600)
    watch.pass_(2 * 3_600)
    told = Knowing(store, clock=watch).next_hour(Submitting(store, clock=watch))
    assert told.mean == 0


def test_the_course_of_the_day_is_known_from_weeks_of_hours(store: Database, watch: Watch) -> None:
    course = [1 + round(3 * (1 + math.sin(2 * math.pi * hour / 24))) for hour in range(24)]
    knowing, tasks = Knowing(store, clock=watch), Submitting(store, clock=watch)
    off = last = 0.0
    for hour in range(10 * 24):
        watch.now = Micros(hour * HOUR)
        if hour >= 9 * 24:
            off += abs(knowing.next_hour(tasks).mean - 100 * course[hour % 24])
            last += 100 * abs(course[hour % 24 - 1] - course[hour % 24])
        with store.write() as connection:
            for _ in range(course[hour % 24]):
                keep_busy(connection, watch.now, Micros(watch.now + HOUR))
    assert off < last / 2
