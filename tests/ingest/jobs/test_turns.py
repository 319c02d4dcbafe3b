"""Jobs in the database, on both engines."""

from __future__ import annotations

import pytest

from foundation.clock import Micros
from foundation.database.database import Database
from foundation.errors import NotFound, QuotaExceeded
from foundation.security.policy import Access, access
from ingest.jobs.model import Asked, Job, JobState, Limits, Stage
from ingest.jobs.spool import Spooled
from ingest.jobs.store import JobStore
from ingest.jobs.turns import KEPT_DAYS, Turns
from knowledge.model import Outcome, Result


class Jobs:
    """A store and its turns at a time that the test moves."""

    def __init__(self, database: Database) -> None:
        self.now = Micros(1_000_000_000)
        self.database = database
        self.store = JobStore(database, lambda: self.now)
        self.turns = Turns(database, lambda: self.now)

    def add(
        self, name: str, documents: int = 3, limits: Limits | None = None, *, by: str = "key:a"
    ) -> Job:
        asked = Asked(by, access(["a*"], ["x"]), "a")
        spooled = Spooled([(f"doc\x00-{n}", 10 * n) for n in range(documents)], 10 * documents)
        return self.store.insert(name, asked, "c", spooled, limits)

    def settle(self, job: Job, *became: tuple[int, Outcome]) -> None:
        found = [(at, Result("x", outcome, reason=outcome.value)) for at, outcome in became]
        self.turns.settled(job, found)


@pytest.fixture
def jobs(database: Database) -> Jobs:
    return Jobs(database)


def claimed(jobs: Jobs) -> Job:
    job = jobs.turns.claim()
    assert job is not None
    return job


def test_jobs_are_taken_in_the_order_in_which_they_came(jobs: Jobs) -> None:
    for name in ("b", "a"):
        jobs.add(name)
    first = claimed(jobs)
    assert (first.id, first.state, first.stage) == ("b", JobState.RUNNING, Stage.PARSE)
    assert first.asked == Asked("key:a", access(["a*"], ["x"]), "a")
    assert claimed(jobs).id == "a"
    assert jobs.turns.claim() is None


def test_principals_take_turns_and_many_jobs_of_one_keep_nobody_waiting(jobs: Jobs) -> None:
    for number in range(30):
        jobs.add(f"a{number}")
    order = []
    for step in range(9):
        if step == 2:
            jobs.add("b0", by="key:b")
        if step == 4:
            jobs.add("b1", by="key:b")
            jobs.add("c0", by="key:c")
            jobs.add("b2", by="key:b")
        jobs.now = Micros(jobs.now + 1)
        job = claimed(jobs)
        jobs.turns.finish(job, JobState.DONE)
        order.append(job.id)
    assert order == ["a0", "a1", "b0", "a2", "c0", "b1", "a3", "b2", "a4"]


def test_a_job_that_was_cut_off_is_not_set_behind_those_that_came_later(jobs: Jobs) -> None:
    jobs.add("a0")
    jobs.add("b0", by="key:b")
    cut_off = claimed(jobs)
    jobs.turns.release(cut_off)
    assert [claimed(jobs).id, claimed(jobs).id] == ["a0", "b0"]


def test_a_document_is_accounted_for_once(jobs: Jobs) -> None:
    jobs.add("a")
    job = claimed(jobs)
    jobs.settle(job, (0, Outcome.ADDED), (1, Outcome.FAILED))
    jobs.settle(job, (0, Outcome.UNCHANGED), (1, Outcome.ADDED))
    seen = jobs.store.get("a")
    assert (seen.done, seen.counts["added"], seen.counts["failed"]) == (2, 1, 1)
    assert [item.position for item in jobs.turns.waiting(job, 10)] == [2]
    assert [f.reason for f in jobs.store.failures("a")] == ["failed"]
    assert jobs.turns.taken(job) == [(0, 10)]


def test_what_was_written_with_documents_is_undone_with_them(jobs: Jobs) -> None:
    jobs.add("a")
    job = claimed(jobs)

    def spoiled() -> None:
        with jobs.database.write() as connection:
            jobs.turns.settle(connection, job, [(0, Result("x", Outcome.ADDED))])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        spoiled()
    assert jobs.store.get("a").done == 0


def test_rate_and_time_left_are_those_of_the_present_run(jobs: Jobs) -> None:
    jobs.add("a", documents=10)
    job = claimed(jobs)
    jobs.settle(job, (0, Outcome.ADDED), (1, Outcome.ADDED))
    jobs.now = Micros(jobs.now + 60_000_000)
    jobs.turns.recover()
    assert jobs.store.get("a").state is JobState.QUEUED
    job = claimed(jobs)
    jobs.now = Micros(jobs.now + 2_000_000)
    jobs.settle(job, *((at, Outcome.ADDED) for at in range(2, 6)))
    seen = jobs.store.get("a")
    assert (seen.rate(jobs.now), seen.seconds_left(jobs.now)) == (2.0, 2.0)
    ended = jobs.turns.finish(job, JobState.DONE)
    assert (ended.rate(Micros(10**15)), ended.seconds_left(Micros(10**15))) == (2.0, 0.0)


def test_a_quota_says_when_to_come_again(jobs: Jobs) -> None:
    jobs.add("a", documents=12)
    job = claimed(jobs)
    jobs.now = Micros(jobs.now + 1_000_000)
    jobs.settle(job, (0, Outcome.ADDED))
    with pytest.raises(QuotaExceeded) as refused:
        jobs.add("b", limits=Limits(quota=1))
    assert refused.value.retry_seconds == 11


def test_a_running_job_is_told_to_end_and_what_is_left_is_tried_again(jobs: Jobs) -> None:
    jobs.add("a")
    job = claimed(jobs)
    jobs.settle(job, (0, Outcome.ADDED), (1, Outcome.FAILED))
    assert jobs.store.cancel("a").cancelling
    assert jobs.turns.cancelling(job)
    ended = jobs.turns.finish(job, JobState.CANCELLED)
    assert (ended.retryable, ended.cancelling) == (True, False)
    jobs.store.retry("a")
    again = claimed(jobs)
    assert (again.base, [item.position for item in jobs.turns.waiting(again, 9)]) == (1, [1, 2])


def test_viewers_see_their_own_and_pages_follow_each_other(jobs: Jobs) -> None:
    for name in ("a", "b", "c"):
        jobs.add(name)
    assert [job.id for job in jobs.store.list("key:a", limit=2)] == ["c", "b"]
    assert [job.id for job in jobs.store.list(after="b")] == ["a"]
    assert jobs.store.list("key:b") == []
    for ask in (jobs.store.get, jobs.store.failures, jobs.store.cancel, jobs.store.retry):
        with pytest.raises(NotFound):
            ask("a", "key:b")


def test_ended_jobs_make_room_and_are_forgotten_in_time(jobs: Jobs) -> None:
    for name in ("a", "b"):
        jobs.add(name)
        jobs.turns.finish(claimed(jobs), JobState.CANCELLED)
        jobs.now = Micros(jobs.now + 1)
    jobs.add("c")
    assert jobs.turns.make_room(60) == ["a"]
    assert jobs.turns.recover() == ["b", "c"]
    jobs.now = Micros(jobs.now + KEPT_DAYS * 86_400_000_000)
    assert sorted(jobs.turns.expire()) == ["a", "b"]
    assert [job.id for job in jobs.store.list()] == ["c"]


def test_rights_to_everything_stay_so(jobs: Jobs) -> None:
    asked = Asked("owner", Access.everything, "ingest")
    job = jobs.store.insert("a", asked, "c", Spooled([("x", 0)], 1), None)
    assert job.asked.access == Access.everything
