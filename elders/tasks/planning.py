"""When open tasks can run on the workers that there are, and which deadlines can't be held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import heapreplace
from itertools import repeat
from typing import Final

from elders.tasks.assigning import Assigning
from elders.tasks.knowing import Knowing
from elders.tasks.model import MICROS, Task, TaskState
from elders.tasks.schedule import Job, Reservation, Slot, Why, length, schedule
from elders.tasks.submitting import Progress, Submitting
from foundation.clock import Clock, Micros

WORKERS: Final = "workers"
"""A resource like others in plans: slots of workers, of which each task takes one."""


@dataclass(frozen=True, slots=True)
class Late:
    """A task that is not done yet, and can't be by its deadline as things are."""

    id: str
    kind: str
    deadline: Micros
    late_seconds: float
    why: Why


class Planning:
    """Plans over the store. Threads may share it, but for `newly_late` and `told`."""

    def __init__(
        self, tasks: Submitting, assigning: Assigning, knowing: Knowing, *, clock: Clock
    ) -> None:
        self._tasks = tasks
        self._assigning = assigning
        self._knowing = knowing
        self._clock = clock
        self._told: set[str] = set()

    def plan(
        self,
        capacity: Mapping[str, float] | None = None,
        reserved: Iterable[Reservation] = (),
        *,
        workers: int = 1,
    ) -> list[Slot]:
        """Tell when each open task can run, and until when those run that have begun.

        Args:
            capacity: what there is to be instead of what there is; of what neither names there is
                no end.
            reserved: what others have taken.
            workers: slots that there will be at the least.
        """
        return self._plan(self._tasks.open_tasks(), capacity or {}, reserved, workers)

    def late_seconds(self, task: Task, seconds: float, *, workers: int = 1) -> float:
        """Estimate by how much a task that is submitted will miss its deadline; 0 without one.

        What runs and what goes before it is dealt out to the workers' slots. What it waits for
        (`after`) and resources are left to the next plan: this has to be quick.

        Args:
            task: as it is in the store.
            seconds: how long it is forecast to take.
            workers: slots that there will be at the least.
        """
        if task.deadline is None:
            return 0.0
        now, ahead = self._clock(), self._tasks.ahead(task)
        usual = self._knowing.usual_seconds({kind for kind, _, _ in ahead})
        free = [0] * max(workers, sum(self._slots().values()))
        for kind, begun, number in sorted(ahead, key=lambda each: each[1] is None):
            left = length(usual[kind]) - (0 if begun is None else now - begun)
            for takes in repeat(max(0, left), number):
                heapreplace(free, free[0] + takes)
        return max(0, now + free[0] + length(seconds) - task.deadline) / MICROS

    def newly_late(self, *, workers: int = 1) -> list[Late]:
        """List the tasks that can't hold their deadline, but for those that were told of."""
        known = self._tasks.open_tasks()
        self._told &= {each.task.id for each in known}
        if all(each.task.deadline is None for each in known):
            return []
        tasks = {each.task.id: each.task for each in known}
        return [
            Late(slot.id, tasks[slot.id].traits.kind, deadline, slot.late_seconds, slot.why)
            for slot in self._plan(known, {}, (), workers)
            if (deadline := tasks[slot.id].deadline) is not None
            if slot.why != "in time" and slot.id not in self._told
        ]

    def told(self, late: Late) -> None:
        """Note that a deadline was told of: it is not told again."""
        self._told.add(late.id)

    def _plan(
        self,
        known: list[Progress],
        capacity: Mapping[str, float],
        reserved: Iterable[Reservation],
        workers: int,
    ) -> list[Slot]:
        slots = self._slots()
        usual = {WORKERS: float(max(workers, sum(slots.values())))}
        there = {**self._assigning.capacity, **usual, **capacity}
        told = self._knowing.forecasts([each.task.traits for each in known])
        jobs = [
            _job(each, forecast.seconds, there, slots)
            for each, forecast in zip(known, told, strict=True)
        ]
        return schedule(jobs, there, now=self._clock(), reserved=reserved)

    def _slots(self) -> Mapping[str, int]:
        return {each.name: each.slots for each in self._assigning.taking()}


def _job(
    known: Progress, seconds: float, there: Mapping[str, float], slots: Mapping[str, int]
) -> Job:
    task, runs = known.task, known.state is TaskState.ASSIGNED
    holds = {name: amount for name, amount in task.resources.items() if name in there}
    # Who is leaving ends what it has, on a slot that is none of those that there are.
    holds[WORKERS] = 0.0 if runs and known.worker not in slots else 1.0
    return Job(
        task.id,
        seconds,
        holds,
        task.priority,
        task.deadline,
        task.after,
        known.not_before,
        known.assigned_at if runs else None,
    )
