"""What the Task Sage speaks of: tasks, those who do them, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Annotated, Any, Final, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from foundation.clock import Micros
from foundation.errors import InvalidInput
from foundation.ids import new_id

Level = Annotated[float, Field(gt=0, le=1)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1, max_length=200)]

NEVER: Final = Micros(0)

Read = TypeVar("Read")

MICROS: Final = 1_000_000
"""In a second."""


class TaskState(StrEnum):
    """How far a task is. Done and failed ones stay so."""

    WAITING = "waiting"
    ASSIGNED = "assigned"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of a task before it begins: what a forecast may look at.

    Attributes:
        kind: what sort of task; tasks of one kind are alike.
        owner: for whom it is done.
        amounts: how large it is and what it asks for, each in a unit of its own.
        labels: whatever else sets it apart, such as its queue.
    """

    kind: Name
    owner: str = ""
    amounts: Mapping[str, Amount] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Task:
    """A task as it was submitted.

    Attributes:
        body: what its handler needs to know; JSON.
        needs: capabilities that whoever does it must have, each with the level (above 0, at most
            1) that is wanted. None at all: anybody can do it.
        resources: what it holds while it runs, by name.
        priority: 0 to 9; the higher one goes first.
        deadline: when it should be done.
        after: ids of tasks that must be done before.
        most_seconds: how long one attempt may take, however alive the worker is.
        key: of its effect: submitted twice, it is one task.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    traits: Traits
    body: Mapping[str, Any] = field(default_factory=dict)
    needs: Mapping[str, Level] = field(default_factory=dict)
    resources: Mapping[str, Amount] = field(default_factory=dict)
    priority: Annotated[int, Field(ge=0, le=9)] = 5
    deadline: Micros | None = None
    after: tuple[str, ...] = ()
    most_seconds: Annotated[float, Field(gt=0, le=30 * 86_400)] = 3_600.0
    id: Annotated[str, Field(min_length=1, max_length=64)] = field(default_factory=new_id)
    key: Name = field(default_factory=new_id)

    def told(self) -> dict[str, Any]:
        """Write it as JSON can say it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who does tasks.

    Attributes:
        name: as messages name it; each process has its own.
        capabilities: what it can do, and how well (above 0, at most 1). None at all: only what
            needs none.
        slots: how many tasks it does at once.
        held: how many it has now.
        seen_at: when it last gave a sign of life.
        used_at: when it was last given a task; 0 for never.
        draining: it takes no more.
        listens: it is told by message what it is given; otherwise it looks at the store itself.
    """

    name: Name
    capabilities: Mapping[str, Level] = field(default_factory=dict)
    slots: Annotated[int, Field(ge=1, le=1_000)] = 1
    held: int = 0
    seen_at: Micros = NEVER
    used_at: Micros = NEVER
    draining: bool = False
    listens: bool = False

    @property
    def load(self) -> float:
        """How much of it is taken, 0 to 100."""
        return min(100.0, 100.0 * self.held / self.slots)


@dataclass(frozen=True, slots=True)
class Assignment:
    """A task in somebody's hands.

    Attributes:
        token: of this attempt, higher than that of each one before: whoever comes with an older
            one has lost the task.
        lease_until: until when the worker need not give a sign.
        until: after which no sign helps any more.
    """

    task: Task
    worker: str
    token: int
    assigned_at: Micros
    lease_until: Micros
    until: Micros


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt; `number` says in which order."""

    number: int
    task: str
    traits: Traits
    worker: str
    succeeded: bool
    started_at: Micros
    seconds: float


_TASK: Final = TypeAdapter(Task)
_WORKER: Final = TypeAdapter(Worker)
_TRAITS: Final = TypeAdapter(Traits)


def read_task(told: object) -> Task:
    """Read a task out of JSON.

    Raises:
        InvalidInput: it is none; the message says what of it.
    """
    return _read(_TASK, told, "a task")


def read_worker(told: object) -> Worker:
    """Read a worker out of JSON.

    Raises:
        InvalidInput: it is none.
    """
    return _read(_WORKER, told, "a worker")


def read_traits(told: object) -> Traits:
    """Read traits out of JSON.

    Raises:
        InvalidInput: they are none.
    """
    return _read(_TRAITS, told, "traits of a task")


def _read(adapter: TypeAdapter[Read], told: object, what: str) -> Read:
    try:
        return adapter.validate_python(told)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "it"
        raise InvalidInput(f"this is not {what}: {place}: {first['msg']}") from None
