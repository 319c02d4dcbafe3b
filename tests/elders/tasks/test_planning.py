"""Plans heed what runs, who is there, what there is, and when a task may begin again."""

from __future__ import annotations

import pytest

from elders.tasks.assigning import Assigning
from elders.tasks.giving import Terms
from elders.tasks.knowing import Knowing
from elders.tasks.model import MICROS, Task, Worker
from elders.tasks.planning import WORKERS, Planning
from elders.tasks.schedule import Slot
from elders.tasks.submitting import Submitting
from foundation.clock import Micros
from foundation.database.database import Database
from tests.elders.tasks.given import Watch, even, task

TAKES = 72
"""A guessed minute, and a fifth."""


class Office:
    def __init__(self, store: Database, watch: Watch) -> None:
        self.watch = watch
        self.tasks = Submitting(store, clock=watch)
        terms = Terms(capacity={"gpu": 1.0}, lease_seconds=1_000, dead_after_seconds=500)
        self.assigning = Assigning(store, clock=watch, terms=terms)
        knowing = Knowing(store, clock=watch)
        self.planning = Planning(self.tasks, self.assigning, knowing, clock=watch)

    def submit(self, *tasks: Task) -> None:
        for each in tasks:
            self.tasks.submit(each)

    def give(self, *workers: Worker) -> None:
        for each in workers:
            self.assigning.join(each)
        self.assigning.assign(even)

    def starts(self, slots: list[Slot]) -> dict[str, int | None]:
        """Answer in how many seconds each task begins."""
        return {
            each.id: None if each.start is None else (each.start - self.watch.now) // MICROS
            for each in slots
        }


@pytest.fixture
def office(store: Database, watch: Watch) -> Office:
    return Office(store, watch)


def test_no_more_run_at_once_than_workers_have_slots(office: Office) -> None:
    office.submit(*[task() for _ in range(200)])
    for name in ("servant.a", "servant.b"):
        office.assigning.join(Worker(name))
    starts = office.starts(office.planning.plan())
    assert sorted(starts.values(), key=str) == sorted([n // 2 * TAKES for n in range(200)], key=str)


def test_without_a_worker_it_plans_for_those_that_will_be(office: Office) -> None:
    office.submit(*[task() for _ in range(3)])
    starts = [list(office.starts(office.planning.plan(workers=n)).values()) for n in (1, 2)]
    assert starts == [[0, TAKES, 2 * TAKES], [0, 0, TAKES]]
    assert set(office.starts(office.planning.plan({WORKERS: 3.0})).values()) == {0}


def test_what_runs_keeps_its_place_and_the_rest_goes_on_when_it_should_be_done(
    office: Office,
) -> None:
    running, waiting = task(resources={"gpu": 1.0}), task(priority=9)
    office.submit(running)
    office.give(Worker("servant.a"))
    office.submit(waiting)
    office.watch.pass_(50)
    assert office.starts(office.planning.plan()) == {running.id: -50, waiting.id: TAKES - 50}


def test_what_a_leaving_worker_has_takes_no_slot_of_the_others(office: Office) -> None:
    running, waiting = task(), task()
    office.submit(running)
    office.give(Worker("servant.a"))
    office.assigning.drain("servant.a")
    office.assigning.join(Worker("servant.b"))
    office.submit(waiting)
    assert office.starts(office.planning.plan())[waiting.id] == 0


def test_resources_are_planned_as_they_are_given_unless_others_are_asked_for(
    office: Office,
) -> None:
    some = [task(resources={"gpu": 1.0, "disk": 9e9}) for _ in range(2)]
    never = task(resources={"gpu": 2.0})
    office.submit(*some, never)
    office.assigning.join(Worker("servant.a", slots=9))
    starts = office.starts(office.planning.plan())
    assert (sorted(starts[each.id] or 0 for each in some), starts[never.id]) == ([0, TAKES], None)
    assert set(office.starts(office.planning.plan({"gpu": 4.0})).values()) == {0}
    assert set(office.starts(office.planning.plan({"disk": 1.0})).values()) == {None}


def test_what_failed_is_planned_after_its_pause(office: Office) -> None:
    one = task()
    office.submit(one)
    office.give(Worker("servant.a"))
    office.assigning.fail(one.id, 1, "the disk is full")
    assert office.starts(office.planning.plan()) == {one.id: 1}


def test_a_deadline_that_an_impossible_task_has_is_told(office: Office) -> None:
    never = task(resources={"gpu": 2.0}, deadline=Micros(office.watch.now + 10**12))
    office.submit(never)
    (late,) = office.planning.newly_late()
    assert (late.id, late.why, late.late_seconds) == (never.id, "impossible", 0)
    office.planning.told(late)
    assert office.planning.newly_late() == []


def test_a_task_is_said_to_come_late_by_what_runs_and_goes_before_it(office: Office) -> None:
    office.submit(task(), task())
    office.give(Worker("servant.a", slots=2))
    office.watch.pass_(12)
    now = office.watch.now
    asked = task(deadline=now)
    assert office.planning.late_seconds(asked, 60) == pytest.approx(60 + TAKES)
    office.submit(task(), task(priority=9), task(deadline=Micros(now + 1)))
    assert office.planning.late_seconds(asked, 60) == pytest.approx(60 + TAKES)
    office.submit(task(priority=9), task(deadline=now))
    assert office.planning.late_seconds(asked, 60) == pytest.approx(60 + 2 * TAKES)
    assert office.planning.late_seconds(task(), 60) == 0
