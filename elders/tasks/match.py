"""Who gets a task: the one who can do it best, is known to succeed, and has room."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from elders.tasks.model import MICROS, Task, Worker
from elders.tasks.stock import Stock
from foundation.clock import Micros

_CAPABILITY: Final = 0.4
_SUCCESS: Final = 0.3
_ROOM: Final = 0.3

_UNLIMITED: Final = Stock({})

Rate = Callable[[str, str], float]
"""Answers how likely a worker (by name) succeeds with a kind of task, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Score:
    """Why a worker is as fit for a task as it is; each part and the total are 0 to 1."""

    capability: float
    success: float
    room: float

    @property
    def total(self) -> float:
        """Weigh the parts."""
        return _CAPABILITY * self.capability + _SUCCESS * self.success + _ROOM * self.room


def capability_match(needs: Mapping[str, float], capabilities: Mapping[str, float]) -> float:
    """Tell how well capabilities meet needs, 0 to 1.

    It is the mean, over the needs, of the level there is by the level wanted, each at most 1.
    Where nothing is needed everybody meets it (1), also somebody who can do nothing in particular;
    where one capability is missing altogether nobody can do the task (0).
    """
    met = [min(1.0, capabilities.get(name, 0.0) / level) for name, level in needs.items()]
    if not met:
        return 1.0
    return sum(met) / len(met) if min(met) > 0 else 0.0


def score(task: Task, worker: Worker, rate: Rate) -> Score:
    """Tell how fit a worker is for a task."""
    return Score(
        capability_match(task.needs, worker.capabilities),
        rate(worker.name, task.traits.kind),
        1 - worker.load / 100,
    )


def is_able(needs: Mapping[str, float], worker: Worker) -> bool:
    """Tell whether a worker could do a task that needs this, had it the time."""
    return capability_match(needs, worker.capabilities) > 0


def is_taking(worker: Worker, *, now: Micros, dead_after_seconds: float) -> bool:
    """Tell whether a worker lives and takes tasks, once it has room for one."""
    return now - worker.seen_at <= dead_after_seconds * MICROS and not worker.draining


def is_free(worker: Worker, *, now: Micros, dead_after_seconds: float) -> bool:
    """Tell whether a worker lives, takes tasks, and has room for one."""
    taking = is_taking(worker, now=now, dead_after_seconds=dead_after_seconds)
    return taking and worker.held < worker.slots


def choose(task: Task, free: Iterable[Worker], rate: Rate) -> Worker | None:
    """Choose the fittest of those who are free.

    Of equally fit ones it is the one who was given a task longest ago, then the first by name.

    Returns:
        None where nobody is free, or nobody of them is able.
    """
    fit = [worker for worker in free if is_able(task.needs, worker)]
    return min(
        fit,
        key=lambda each: (-round(score(task, each, rate).total, 9), each.used_at, each.name),
        default=None,
    )


def plan(
    tasks: Iterable[Task],
    workers: Sequence[Worker],
    rate: Rate,
    *,
    now: Micros,
    dead_after_seconds: float,
    stock: Stock = _UNLIMITED,
) -> Iterator[tuple[Task, Worker]]:
    """Give tasks to workers, in the tasks' order, until nobody has room.

    Each gift counts at once: the next task finds its worker busier and just used, and less in
    stock. A task that nobody can do holds up none of those behind it; one for which a resource is
    missing only those that want the same.
    """
    free = {
        each.name: each
        for each in workers
        if is_free(each, now=now, dead_after_seconds=dead_after_seconds)
    }
    used = max((worker.used_at for worker in workers), default=Micros(0))
    for task in tasks if free else ():
        chosen = choose(task, free.values(), rate)
        if chosen is None or not stock.take(task.resources):
            continue
        yield task, chosen
        used = Micros(max(used + 1, now))
        busier = replace(chosen, held=chosen.held + 1, used_at=used)
        free[chosen.name] = busier
        if busier.held >= busier.slots:
            del free[chosen.name]
        if not free:
            return
