"""Slots never take more than there is, keep to the order of tasks, and tell what comes late."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elders.tasks.model import MICROS
from elders.tasks.schedule import Job, Reservation, Slot, length, schedule
from foundation.clock import Micros
from foundation.errors import InvalidInput

NOW = Micros(100 * MICROS)


def at(seconds: float) -> Micros:
    return Micros(NOW + int(seconds * MICROS))


def by_id(slots: list[Slot]) -> dict[str, Slot]:
    return {slot.id: slot for slot in slots}


@st.composite
def plans(draw: st.DrawFn) -> tuple[list[Job], dict[str, float], list[Reservation]]:
    capacity = {"cpu": draw(st.integers(1, 4)) / 2, "disk": draw(st.integers(1, 4)) / 2}
    jobs = [
        Job(
            str(n),
            draw(st.integers(0, 20)) / 4,
            draw(st.dictionaries(st.sampled_from(["cpu", "disk", "gpu"]), st.just(0.5))),
            priority=draw(st.integers(0, 9)),
            deadline=draw(st.none() | st.integers(0, 20).map(at)),
            after=draw(st.lists(st.integers(0, 9).map(str), max_size=2)),
            not_before=draw(st.integers(0, 10).map(at)),
        )
        for n in range(draw(st.integers(0, 10)))
    ]
    reserved = [
        Reservation(draw(st.sampled_from(["cpu", "gpu"])), 0.5, at(start), at(start + 3))
        for start in draw(st.lists(st.integers(0, 9), max_size=3))
    ]
    return jobs, capacity, reserved


@given(plans())
def test_nothing_overlaps_beyond_what_there_is_and_nothing_begins_too_early(
    plan: tuple[list[Job], dict[str, float], list[Reservation]],
) -> None:
    jobs, capacity, reserved = plan
    slots = by_id(schedule(jobs, capacity, now=NOW, reserved=reserved))
    assert set(slots) == {job.id for job in jobs}
    placed = {job.id: job for job in jobs if slots[job.id].start is not None}
    for job in placed.values():
        slot = slots[job.id]
        assert slot.start is not None
        assert slot.end == slot.start + length(job.seconds)
        assert slot.start >= max(NOW, job.not_before)
        assert all(slot.start >= (slots[each].end or 0) for each in job.after if each in slots)
        late = 0 if job.deadline is None else max(0, slot.end - job.deadline) / MICROS
        assert slot.late_seconds == late
        assert (slot.why == "in time") == (late == 0)
    for name, amount in capacity.items():
        for moment in {slots[each].start for each in placed}:
            running = sum(
                job.resources.get(name, 0)
                for job in placed.values()
                if (slots[job.id].start or 0) <= (moment or 0) < (slots[job.id].end or 0)
            )
            others = sum(
                each.amount
                for each in reserved
                if each.resource == name and each.start <= (moment or 0) < each.end
            )
            assert running <= max(0.0, amount - others) or running == 0


@settings(max_examples=50)
@given(plans(), st.randoms(use_true_random=False))
def test_the_order_in_which_jobs_are_told_changes_nothing(
    plan: tuple[list[Job], dict[str, float], list[Reservation]], rng: object
) -> None:
    jobs, capacity, reserved = plan
    mixed = list(jobs)
    rng.shuffle(mixed)  # type: ignore[attr-defined] # a Random
    told = schedule(jobs, capacity, now=NOW, reserved=reserved)
    assert schedule(mixed, capacity, now=NOW, reserved=reserved) == told


@given(plans())
def test_only_what_needs_too_much_or_waits_in_a_circle_is_impossible(
    plan: tuple[list[Job], dict[str, float], list[Reservation]],
) -> None:
    jobs, capacity, reserved = plan
    known = {job.id: job for job in jobs}
    possible: set[str] = set()
    for _ in jobs:
        possible |= {
            job.id
            for job in jobs
            if job.resources.keys() <= capacity.keys()
            and all(each in possible for each in job.after if each in known)
        }
    slots = schedule(jobs, capacity, now=NOW, reserved=reserved)
    assert {slot.id for slot in slots if slot.why != "impossible"} == possible


def test_a_slot_has_a_fifth_more_than_the_forecast() -> None:
    (slot,) = schedule([Job("a", 10, {})], {}, now=NOW)
    assert (slot.start, slot.end) == (NOW, at(12))


def test_the_urgent_goes_first_and_what_it_waits_for_with_it() -> None:
    jobs = [
        Job("a", 10, {"cpu": 1}),
        Job("b", 10, {"cpu": 1}, priority=9, after=["c"]),
        Job("c", 10, {"cpu": 1}, priority=1),
    ]
    assert [slot.id for slot in schedule(jobs, {"cpu": 1}, now=NOW)] == ["c", "b", "a"]


def test_what_is_short_fills_a_gap_without_moving_anybody() -> None:
    reserved = [Reservation("cpu", 1, at(5), at(20))]
    jobs = [Job("long", 10, {"cpu": 1}, priority=9), Job("short", 2, {"cpu": 1}, priority=1)]
    slots = by_id(schedule(jobs, {"cpu": 1}, now=NOW, reserved=reserved))
    assert slots["long"].start == at(20)
    assert slots["short"].start == NOW


def test_a_deadline_that_can_not_be_held_says_by_how_much_and_why() -> None:
    long = Job("long", 100, {"cpu": 1}, deadline=at(60))
    (slot,) = schedule([long], {"cpu": 1}, now=NOW)
    assert (slot.late_seconds, slot.why) == (60, "too long")
    short = Job("short", 10, {"cpu": 1}, deadline=at(24))
    other = replace(short, id="other", priority=9)
    third = replace(short, id="third", priority=1)
    slots = by_id(schedule([short, other, third], {"cpu": 1}, now=NOW))
    assert slots["short"].why == "in time"
    assert (slots["third"].late_seconds, slots["third"].why) == (12, "crowded")


def test_what_runs_holds_what_it_needs_for_what_is_left_of_its_time() -> None:
    jobs = [
        Job("next", 10, {"cpu": 1}, priority=9),
        Job("after", 10, {}, after=["running"]),
        Job("running", 50, {"cpu": 1}, deadline=at(10), began=at(-30)),
        Job("other", 50, {"disk": 9, "gpu": 2}, began=at(-30)),
    ]
    slots = by_id(schedule(jobs, {"cpu": 1, "gpu": 1}, now=NOW))
    assert (slots["running"].start, slots["running"].end) == (at(-30), at(30))
    assert (slots["running"].late_seconds, slots["running"].why) == (20, "too long")
    assert slots["next"].start == slots["after"].start == at(30)
    assert slots["other"].end == at(30)


def test_what_runs_longer_than_foreseen_is_given_a_fifth_of_that_more() -> None:
    (slot,) = schedule([Job("a", 10, {}, began=at(-100))], {}, now=NOW)
    assert slot.end == at(20)


@pytest.mark.parametrize(
    "jobs",
    [
        [Job("a", 1, {}), Job("a", 2, {})],
        [Job("a", -1, {})],
        [Job("a", float("nan"), {})],
        [Job("a", 1, {"cpu": -1})],
    ],
)
def test_what_is_no_plan_is_refused(jobs: list[Job]) -> None:
    with pytest.raises(InvalidInput):
        schedule(jobs, {"cpu": 1}, now=NOW)


def test_a_thousand_jobs_are_scheduled_without_a_gap() -> None:
    jobs = [Job(f"{n:04}", 1, {"cpu": 1}) for n in range(1_000)]
    slots = schedule(jobs, {"cpu": 4}, now=NOW)
    assert max(slot.end or 0 for slot in slots) == at(1_000 / 4 * 1.2)
