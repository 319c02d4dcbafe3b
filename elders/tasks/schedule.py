"""When each task can begin, so that everything fits; and which deadlines can't be held."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from elders.tasks.model import MICROS
from elders.tasks.profile import Profile
from foundation.clock import Micros
from foundation.errors import InvalidInput
from foundation.ids import FOREVER

BUFFER: Final = 1.2
"""Each task is given so many times what it is forecast to take."""

Why = Literal["in time", "too long", "crowded", "impossible"]


@dataclass(frozen=True, slots=True)
class Job:
    """A task to be scheduled.

    Attributes:
        seconds: how long it is forecast to take; the buffer comes on top.
        resources: what it holds while it runs.
        priority: the higher one chooses its slot first.
        after: ids of the jobs that must have ended; those that are no jobs here have.
        not_before: when it can begin at the earliest.
        began: when it began, if it runs already.
    """

    id: str
    seconds: float
    resources: Mapping[str, float]
    priority: int = 5
    deadline: Micros | None = None
    after: Sequence[str] = ()
    not_before: Micros = Micros(0)  # noqa: RUF009 - a number
    began: Micros | None = None


@dataclass(frozen=True, slots=True)
class Reservation:
    """What is taken of a resource already, by somebody else, until it ends."""

    resource: str
    amount: float
    start: Micros
    end: Micros


@dataclass(frozen=True, slots=True)
class Slot:
    """When a job is to run, or why it can't.

    Attributes:
        start: and `end`: with the buffer; None if it is impossible.
        late_seconds: by how much the deadline is missed; 0 if it is held or there is none.
        why: "in time"; "too long": it would be late were it alone, with all that it waits for;
            "crowded": others, of higher or equal priority, hold what it needs; "impossible": it,
            or one that it waits for, needs more than there is, or they wait for each other.
    """

    id: str
    start: Micros | None
    end: Micros | None
    late_seconds: float
    why: Why


def schedule(
    jobs: Iterable[Job],
    capacity: Mapping[str, float],
    *,
    now: Micros,
    reserved: Iterable[Reservation] = (),
) -> list[Slot]:
    """Give each job the earliest slot there is when it is its turn; the same input, the same slots.

    The turn goes by priority, then by deadline, then by id; a job counts as much as the most
    urgent one that waits for it. No later one ever moves an earlier one, but it may begin before
    it where there is room. What runs already comes before all, and holds what it needs for what is
    left of its time, whether there is as much or not. It is a heuristic: the best order of all is
    an NP-hard problem.

    Args:
        jobs: what is to be done; each id once.
        capacity: how much there is of each resource; what is not named isn't there.
        now: nothing begins earlier.
        reserved: what is taken.

    Returns:
        A slot for each job: those that run, then the others in the order in which they got their
        turn; the impossible at the end.

    Raises:
        InvalidInput: two jobs have one id, or a number is none.

    Source: serial schedule generation, Kolisch, European Journal of Operational Research 1996.
    """
    known = _by_id(jobs)
    waiting = {job.id: job for job in known.values() if job.began is None}
    order = _possible(waiting, capacity)
    urgency = _urgency(waiting, order)
    profiles = {name: Profile(amount, now) for name, amount in capacity.items()}
    for each in reserved:
        if each.resource in profiles:
            profiles[each.resource].take(each.amount, each.start, each.end)
    slots = {each.id: each for each in _running(known, profiles, now)}
    alone = {each.id: int(each.end or 0) for each in slots.values()}
    for job in _in_turn(waiting, order, urgency):
        slots[job.id] = _place(job, profiles, slots, alone, now)
    lost = [
        Slot(each, None, None, 0.0, "impossible") for each in sorted(known) if each not in slots
    ]
    return [*slots.values(), *lost]


def length(seconds: float) -> int:
    """Answer the microseconds that a slot has for a task forecast to take so many seconds."""
    return math.ceil(seconds * BUFFER * MICROS)


def _running(
    known: Mapping[str, Job], profiles: Mapping[str, Profile], now: Micros
) -> Iterable[Slot]:
    """Give those that run the time that is left; one that takes longer than foreseen, a fifth."""
    for job in sorted(known.values(), key=lambda each: each.id):
        if job.began is None:
            continue
        end = job.began + length(max(job.seconds, (now - job.began) / MICROS))
        for name, amount in job.resources.items():
            if name in profiles:
                profiles[name].take(amount, now, end)
        yield _slot(job, job.began, end, end)


def _place(
    job: Job,
    profiles: Mapping[str, Profile],
    slots: Mapping[str, Slot],
    alone: dict[str, int],
    now: Micros,
) -> Slot:
    before = [each for each in job.after if each in slots]
    least = max(now, job.not_before)
    takes = length(job.seconds)
    start = max([least, *(slots[each].end or 0 for each in before)])
    alone[job.id] = max([least, *(alone[each] for each in before)]) + takes
    moved = True
    while moved:
        begun = start
        for name, amount in job.resources.items():
            if amount > 0:
                start = profiles[name].first_fit(amount, start, takes)
        moved = start != begun
    for name, amount in job.resources.items():
        if amount > 0:
            profiles[name].take(amount, start, start + takes)
    return _slot(job, start, start + takes, alone[job.id])


def _slot(job: Job, start: int, end: int, alone: int) -> Slot:
    late = 0 if job.deadline is None else max(0, end - job.deadline)
    why: Why = "in time"
    if late and job.deadline is not None:
        why = "too long" if alone > job.deadline else "crowded"
    return Slot(job.id, Micros(start), Micros(end), late / MICROS, why)


def _by_id(jobs: Iterable[Job]) -> dict[str, Job]:
    known: dict[str, Job] = {}
    for job in jobs:
        if job.id in known:
            raise InvalidInput(f"two jobs have the id {job.id[:80]!r}: give each its own")
        if not all(0 <= each < math.inf for each in (job.seconds, *job.resources.values())):
            raise InvalidInput(
                f"the job {job.id[:80]!r} takes or needs what is no amount: say numbers from 0 on"
            )
        known[job.id] = job
    return known


def _possible(known: Mapping[str, Job], capacity: Mapping[str, float]) -> list[str]:
    """List the jobs that can be done at all, each after those that it waits for."""
    waits = {
        job.id: {each for each in job.after if each in known}
        for job in known.values()
        if all(amount <= capacity.get(name, 0) for name, amount in job.resources.items())
    }
    followers: dict[str, list[str]] = {each: [] for each in known}
    for job_id, before in waits.items():
        for each in before:
            followers[each].append(job_id)
    ready = [job_id for job_id, before in waits.items() if not before]
    order = []
    while ready:
        job_id = ready.pop()
        order.append(job_id)
        for each in followers[job_id]:
            waits[each].discard(job_id)
            if not waits[each]:
                ready.append(each)
    return order


_Urgency = tuple[int, int, str]
"""The smaller, the earlier its turn."""


def _urgency(known: Mapping[str, Job], order: Sequence[str]) -> dict[str, _Urgency]:
    """Have each job count as much as the most urgent one that waits for it.

    Its deadline is then so early that those after it can still hold theirs.
    """
    priority = {each: known[each].priority for each in order}
    deadline = {
        each: FOREVER if (own := known[each].deadline) is None else int(own) for each in order
    }
    for job_id in reversed(order):
        latest = deadline[job_id] - length(known[job_id].seconds)
        for each in known[job_id].after:
            if each in priority:
                priority[each] = max(priority[each], priority[job_id])
                deadline[each] = min(deadline[each], latest)
    return {each: (-priority[each], deadline[each], each) for each in order}


def _in_turn(
    known: Mapping[str, Job], order: Sequence[str], urgency: Mapping[str, _Urgency]
) -> Iterable[Job]:
    """Go through jobs by urgency, each after those that it waits for."""
    there = set(order)
    waits = {each: {one for one in known[each].after if one in there} for each in order}
    followers: dict[str, list[str]] = {each: [] for each in order}
    for job_id, before in waits.items():
        for each in before:
            followers[each].append(job_id)
    ready = [urgency[each] for each in order if not waits[each]]
    heapq.heapify(ready)
    while ready:
        job_id = heapq.heappop(ready)[2]
        yield known[job_id]
        for each in followers[job_id]:
            waits[each].discard(job_id)
            if not waits[each]:
                heapq.heappush(ready, urgency[each])
