"""A task is in one worker's hands at a time, and done once, on both databases."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from elders.tasks import outcomes, rows
from elders.tasks.assigning import Assigning
from elders.tasks.giving import Terms
from elders.tasks.model import Assignment, Task, TaskState, Worker
from elders.tasks.submitting import Submitting
from foundation.clock import Micros
from foundation.database.database import Database
from foundation.errors import InvalidInput, NotFound, Outdated
from tests.elders.tasks.given import Watch, even, task

TERMS = Terms(lease_seconds=30, dead_after_seconds=20, most_attempts=3, pause_seconds=1)


class Desk:
    """Both doors of one store."""

    def __init__(self, store: Database, watch: Watch) -> None:
        self.store = store
        self.watch = watch
        self.tasks = Submitting(store, clock=watch)
        self.assigning = Assigning(store, clock=watch, terms=TERMS)

    def assign(self, *names: str) -> list[Assignment]:
        for name in names:
            self.assigning.join(Worker(name))
        return self.assigning.assign(even)

    def state(self, of: Task) -> TaskState:
        return self.tasks.get(of.id).state


@pytest.fixture
def desk(store: Database, watch: Watch) -> Desk:
    return Desk(store, watch)


def test_a_task_goes_from_hand_to_hand_to_its_end(desk: Desk) -> None:
    one = task(body={"path": "/a"})
    assert desk.tasks.submit(one).fresh
    (given,) = desk.assign("servant.a")
    assert (given.task, given.worker, given.token) == (one, "servant.a", 1)
    assert desk.assigning.held("servant.a") == [given]
    desk.watch.pass_(3)
    assert desk.assigning.complete(one.id, 1, {"bytes": 7})
    found = desk.tasks.get(one.id)
    assert (found.state, found.result, found.worker) == (TaskState.DONE, {"bytes": 7}, "servant.a")
    assert not desk.assigning.complete(one.id, 1, {"bytes": 8})
    assert desk.tasks.get(one.id).result == {"bytes": 7}
    (outcome,) = outcomes.latest(desk.store)
    assert (outcome.seconds, outcome.succeeded, outcome.traits) == (3, True, one.traits)


def test_a_key_is_one_task_and_not_another(desk: Desk) -> None:
    first = desk.tasks.submit(task(key="nightly"))
    again = desk.tasks.submit(task(key="nightly"))
    assert (again.id, again.fresh) == (first.id, False)
    with pytest.raises(InvalidInput, match="that of another task"):
        desk.tasks.submit(task(key="nightly", priority=9))


def test_what_can_not_be_a_task_is_refused(desk: Desk) -> None:
    with pytest.raises(InvalidInput, match="no JSON"):
        desk.tasks.submit(task(body={"a": object()}))
    with pytest.raises(InvalidInput, match="submit that one first"):
        desk.tasks.submit(task(after=("nowhere",)))
    with pytest.raises(NotFound):
        desk.tasks.get("nowhere")
    with pytest.raises(NotFound):
        desk.assigning.complete("nowhere", 1)


def test_who_gives_no_sign_loses_its_task_and_can_not_end_it(desk: Desk) -> None:
    one = task()
    desk.tasks.submit(one)
    desk.assign("servant.a")
    desk.watch.pass_(31)
    assert desk.assign("servant.b") == []
    desk.watch.pass_(1)
    (again,) = desk.assign("servant.b")
    assert (again.task.id, again.worker, again.token) == (one.id, "servant.b", 2)
    with pytest.raises(Outdated, match="attempt 1"):
        desk.assigning.complete(one.id, 1, "late")
    with pytest.raises(Outdated):
        desk.assigning.fail(one.id, 1, "late")
    assert desk.assigning.beat("servant.a", {one.id: 1}) == {one.id}
    assert desk.assigning.complete(one.id, 2, "in time")
    with pytest.raises(Outdated):
        desk.assigning.complete(one.id, 1, "late")
    assert desk.tasks.get(one.id).result == "in time"


def test_a_lease_that_ran_out_holds_until_somebody_takes_the_task_back(desk: Desk) -> None:
    one = task()
    desk.tasks.submit(one)
    desk.assign("servant.a")
    desk.watch.pass_(100)
    assert desk.assigning.complete(one.id, 1)


def test_signs_of_life_prolong_a_lease_but_not_beyond_what_an_attempt_may_take(desk: Desk) -> None:
    one = task(most_seconds=70)
    desk.tasks.submit(one)
    desk.assign("servant.a")
    for _ in range(3):
        desk.watch.pass_(20)
        assert desk.assigning.beat("servant.a", {one.id: 1}) == set()
        assert desk.assigning.assign(even) == []
    desk.watch.pass_(10)
    desk.assigning.assign(even)
    assert desk.assigning.beat("servant.a", {one.id: 1}) == {one.id}
    assert desk.tasks.get(one.id).reason == "it took longer than it may"


def test_nobody_gives_signs_of_life_for_what_another_is_at(desk: Desk) -> None:
    one = task()
    desk.tasks.submit(one)
    desk.assign("servant.a")
    assert desk.assigning.beat("servant.b", {one.id: 1}) == {one.id}
    assert desk.assigning.beat("servant.a", {one.id: 1}) == set()


def test_what_failed_is_tried_again_after_longer_and_longer_pauses_then_given_up(
    desk: Desk,
) -> None:
    one = task()
    desk.tasks.submit(one)
    after = task(after=(one.id,))
    last = task(after=(after.id,))
    desk.tasks.submit(after)
    desk.tasks.submit(last)
    for token, pause in ((1, 1), (2, 2), (3, 0)):
        (given,) = desk.assign("servant.a")
        assert given.token == token
        desk.assigning.fail(one.id, token, "the disk is full")
        desk.watch.pass_(pause - 0.001)
        assert desk.assign("servant.a") == []
        desk.watch.pass_(0.001)
    assert [desk.state(each) for each in (one, after, last)] == [TaskState.FAILED] * 3
    assert desk.tasks.get(one.id).reason == "the disk is full"
    assert desk.tasks.get(last.id).reason == "a task that it waits for failed"
    assert [each.succeeded for each in outcomes.latest(desk.store)] == [False] * 3


def test_what_would_fail_again_is_not_tried_again(desk: Desk) -> None:
    one = task()
    desk.tasks.submit(one)
    desk.assign("servant.a")
    desk.assigning.fail(one.id, 1, "no such handler", for_good=True)
    assert desk.state(one) is TaskState.FAILED


def test_a_worker_that_ended_gives_back_what_it_had_at_once(desk: Desk) -> None:
    one = task()
    desk.tasks.submit(one)
    desk.assign("servant.a")
    assert desk.assigning.leave("servant.a") == 1
    assert desk.assigning.workers() == []
    desk.watch.pass_(1)
    (again,) = desk.assign("servant.b")
    assert again.token == 2


def test_a_draining_worker_is_given_nothing_and_keeps_what_it_has(desk: Desk) -> None:
    one, two = task(), task()
    desk.tasks.submit(one)
    desk.assign("servant.a")
    desk.assigning.drain("servant.a")
    desk.tasks.submit(two)
    assert desk.assigning.assign(even) == []
    assert desk.assigning.complete(one.id, 1)


def test_higher_priority_then_nearer_deadline_then_age_goes_first(desk: Desk) -> None:
    old, urgent, near, far = (
        task(), task(priority=9), task(deadline=Micros(5)), task(deadline=Micros(9)),
    )  # fmt: skip
    for each in (old, far, near, urgent):
        desk.tasks.submit(each)
    desk.assigning.join(Worker("servant.a", slots=9))
    given = [each.task.id for each in desk.assigning.assign(even)]
    assert given == [urgent.id, near.id, far.id, old.id]


def test_what_nobody_can_do_holds_up_nothing_however_much_it_is(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "_PAGE", 3)
    for _ in range(7):
        desk.tasks.submit(task(needs={"go": 1.0}, priority=9))
    easy = [task() for _ in range(4)]
    for each in easy:
        desk.tasks.submit(each)
    desk.assigning.join(Worker("servant.a", {"sql": 1.0}, slots=9))
    given = desk.assigning.assign(even)
    assert [each.task.id for each in given] == [each.id for each in easy]


def limited(desk: Desk, **capacity: float) -> Assigning:
    desk.assigning.join(Worker("servant.a", slots=9))
    terms = replace(TERMS, capacity=capacity)
    return Assigning(desk.store, clock=desk.watch, terms=terms)


def test_what_tasks_hold_is_never_more_than_there_is(desk: Desk) -> None:
    assigning = limited(desk, gpu=1.0)
    first, second = task(resources={"gpu": 0.5, "disk": 7.0}), task(resources={"gpu": 0.75})
    other = task(resources={"disk": 900.0})
    for each in (first, second, other):
        desk.tasks.submit(each)
    assert [each.task for each in assigning.assign(even)] == [first, other]
    assert assigning.assign(even) == []
    assigning.complete(first.id, 1)
    assert [each.task for each in assigning.assign(even)] == [second]


def test_a_large_task_is_not_kept_waiting_by_small_ones_that_come_after_it(desk: Desk) -> None:
    assigning = limited(desk, gpu=2.0)
    running, large, small = (task(resources={"gpu": each}) for each in (1.0, 2.0, 1.0))
    for each in (running, large, small):
        desk.tasks.submit(each)
    assert [each.task for each in assigning.assign(even)] == [running]
    assigning.complete(running.id, 1)
    assert [each.task for each in assigning.assign(even)] == [large]


def test_what_wants_more_than_there_ever_is_waits_and_holds_up_nothing(desk: Desk) -> None:
    assigning = limited(desk, gpu=2.0)
    never, small = task(resources={"gpu": 3.0}, priority=9), task(resources={"gpu": 2.0})
    for each in (never, small):
        desk.tasks.submit(each)
    assert [each.task for each in assigning.assign(even)] == [small]


def test_what_others_gave_since_one_looked_counts_too(desk: Desk) -> None:
    assigning = limited(desk, gpu=1.0)
    seen, sudden = task(resources={"gpu": 1.0}), task(resources={"gpu": 1.0}, priority=9)
    desk.tasks.submit(seen)
    meanwhile: list[Assignment] = []

    def looking(_worker: str, _kind: str) -> float:
        if not meanwhile:
            with ThreadPoolExecutor(1) as threads:
                threads.submit(desk.tasks.submit, sudden).result()
                meanwhile.extend(threads.submit(assigning.assign, even).result())
        return 0.5

    assert assigning.assign(looking) == []
    assert [each.task for each in meanwhile] == [sudden]


def test_a_look_that_finds_nothing_to_do_writes_nothing(desk: Desk) -> None:
    for _ in range(3):
        desk.tasks.submit(task(needs={"go": 1.0}))
    desk.assigning.join(Worker("servant.a", {"sql": 1.0}))
    with ThreadPoolExecutor(1) as threads, desk.store.write():
        assert threads.submit(desk.assigning.assign, even).result(timeout=20) == []


def test_a_task_waits_until_all_before_it_are_done(desk: Desk) -> None:
    one, two = task(), task()
    last = task(after=(one.id, two.id))
    for each in (one, two, last):
        desk.tasks.submit(each)
    desk.assigning.join(Worker("servant.a", slots=9))
    desk.assigning.assign(even)
    desk.assigning.complete(one.id, 1)
    assert desk.assigning.assign(even) == []
    desk.assigning.complete(two.id, 1)
    assert [each.task for each in desk.assigning.assign(even)] == [last]


def test_many_assigners_at_once_give_each_task_once(desk: Desk) -> None:
    for _ in range(30):
        desk.tasks.submit(task())
    for n in range(5):
        desk.assigning.join(Worker(f"servant.{n}", slots=4))
    start = threading.Barrier(4)

    def assign() -> list[Assignment]:
        start.wait()
        return [each for _ in range(3) for each in desk.assigning.assign(even)]

    with ThreadPoolExecutor(4) as threads:
        found = [
            each for part in [threads.submit(assign) for _ in range(4)] for each in part.result()
        ]
    assert len(found) == len({each.task.id for each in found}) == 20
    assert {each.token for each in found} == {1}
    assert all(worker.held == worker.slots for worker in desk.assigning.workers())


def test_of_many_who_end_an_attempt_at_once_one_has_the_effect(desk: Desk) -> None:
    one = task()
    desk.tasks.submit(one)
    desk.assign("servant.a")
    with ThreadPoolExecutor(8) as threads:
        ended = list(threads.map(lambda n: desk.assigning.complete(one.id, 1, n), range(40)))
    assert ended.count(True) == 1
    assert desk.tasks.get(one.id).result == ended.index(True)


def test_old_tasks_are_forgotten_with_their_keys_unless_others_wait_for_them(desk: Desk) -> None:
    first, second = task(key="first"), task()
    desk.tasks.submit(first)
    desk.tasks.submit(second)
    waiting = task(after=(second.id,))
    desk.tasks.submit(waiting)
    desk.assigning.join(Worker("servant.a", slots=9))
    for given in desk.assigning.assign(even):
        desk.assigning.complete(given.task.id, given.token)
    desk.watch.pass_(10)
    assert desk.tasks.forget(desk.watch.now) == 1
    assert desk.tasks.submit(task(key="first")).fresh
    assert desk.state(second) is TaskState.DONE
    desk.assigning.complete(desk.assign("servant.a")[0].task.id, 1)
    assert desk.tasks.counts()[TaskState.DONE] == 1 + (desk.state(waiting) is TaskState.DONE)


def test_only_the_latest_outcomes_are_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcomes, "KEPT", 3)
    monkeypatch.setattr(outcomes, "_SLACK", 4)
    for n in range(8):
        desk.tasks.submit(task(f"kind {n}"))
        (given,) = desk.assign("servant.a")
        desk.assigning.complete(given.task.id, 1)
    assert [each.traits.kind for each in outcomes.latest(desk.store)] == [
        "kind 5", "kind 6", "kind 7",
    ]  # fmt: skip
    assert sum(each.succeeded for each in outcomes.tallies(desk.store)) == 3
