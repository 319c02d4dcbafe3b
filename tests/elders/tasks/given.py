"""What tests of the Task Sage have in common."""

from __future__ import annotations

from typing import Any

from elders.tasks.model import MICROS, Task, Traits
from foundation.clock import Micros


class Watch:
    """A clock that is set by hand; it begins at second 1,000."""

    now = Micros(1_000 * MICROS)

    def __call__(self) -> Micros:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now = Micros(self.now + int(seconds * MICROS))


def task(kind: str = "backup", **fields: Any) -> Task:
    return Task(Traits(kind), **fields)


def even(worker: str, kind: str) -> float:
    return 0.5
