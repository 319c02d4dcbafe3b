"""What the Task Sage and those around it say to each other: topics, and what stands in them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from elders.messages import Body
from elders.tasks.model import MICROS, Amount, Assignment, Worker, read_task, read_worker
from elders.tasks.scaling import LONGEST_SECONDS, MOST, Floor
from elders.tasks.schedule import Reservation
from foundation.clock import Micros
from foundation.errors import InvalidInput

SUBMIT: Final = "task.submit"
"""To the Sage: a task. Without a key it has the message's."""

STATUS: Final = "task.status"
"""To the Sage: `id`."""

PLAN: Final = "task.plan"
"""To the Sage: it answers when tasks can run.

`capacity`, by resource, stands in place of what there is; `reserved` is what others have taken.
"""

ANSWER: Final = "task.answer"
"""From the Sage, to whoever asked and named where to answer."""

REFUSED: Final = "task.refused"
"""From the Sage, likewise: `reason`."""

REPORT: Final = "task.report"
"""From the Sage, to the claude elder: `what` is "deadline", and which one can't be held."""

ASSIGN: Final = "task.assign"
"""To a worker: `task`, `token`, and until when."""

LOST: Final = "task.lost"
"""To a worker: `tokens` of the tasks that it has no more, by id."""

AT_LEAST: Final = "workers.at_least"
"""From the Incident Sage: `count` workers, whatever is foreseen, for a `source`, until a time.

Times are micros (`until`, `asked_at`). The source's latest holds; a `count` of 0 takes it back.
"""

JOIN: Final = "worker.join"
LEAVE: Final = "worker.leave"
HEARTBEAT: Final = "task.heartbeat"
DONE: Final = "task.done"
FAILED: Final = "task.failed"
"""From workers."""

_AMOUNTS: Final[TypeAdapter[dict[str, float]]] = TypeAdapter(dict[str, Amount])
_RESERVATIONS: Final = TypeAdapter(list[Reservation])
_TOKENS: Final = TypeAdapter(dict[str, int])
_SOURCE: Final = 100


def write_assignment(given: Assignment) -> Body:
    """Write an assignment as a message's body."""
    return {
        "task": given.task.told(),
        "worker": given.worker,
        "token": given.token,
        "assigned_at": given.assigned_at,
        "lease_until": given.lease_until,
        "until": given.until,
    }


def read_assignment(body: Body) -> Assignment:
    """Read an assignment.

    Raises:
        InvalidInput: it is none.
    """
    numbers = ("token", "assigned_at", "lease_until", "until")
    read = {name: field(body, name, int) for name in numbers}
    return Assignment(read_task(body.get("task")), field(body, "worker", str), **read)


def field(body: Body, name: str, kind: type[Any]) -> Any:  # noqa: ANN401 - of the kind asked for
    """Read a field of a message's body.

    Raises:
        InvalidInput: it is missing, or of another type.
    """
    found = body.get(name)
    if not isinstance(found, kind) or isinstance(found, bool) != (kind is bool):
        raise InvalidInput(f"the message needs a field {name!r}: {kind.__name__}")
    return found


def read_attempt(body: Body) -> tuple[str, int]:
    """Read a task's id and the token of an attempt at it.

    Raises:
        InvalidInput: one of them is missing, or of another type.
    """
    return field(body, "id", str), field(body, "token", int)


def read_joining(told: object, name: str) -> Worker:
    """Read what a worker behind a transport says it is, by the name of the sender.

    Raises:
        InvalidInput: it can't be.
    """
    if not isinstance(told, Mapping):
        raise InvalidInput("a worker is told by its capabilities, slots and whether it drains")
    return read_worker({**told, "name": name, "listens": True})


def write_floor(floor: Floor) -> Body:
    """Write how many workers are asked for, as a message's body."""
    return {
        "source": floor.source,
        "count": floor.workers,
        "until": floor.until,
        "asked_at": floor.asked_at,
    }


def read_floor(body: Body) -> Floor:
    """Read how many workers are asked for, and until when: a day at the most.

    Raises:
        InvalidInput: a field is missing, or of another type, or the source can be no name.
    """
    source = field(body, "source", str)
    if not (0 < len(source) <= _SOURCE and source.isprintable()):
        raise InvalidInput(f"a source of workers has 1 to {_SOURCE} signs that can be printed")
    count = min(MOST, max(0, field(body, "count", int)))
    asked_at = Micros(max(0, field(body, "asked_at", int)))
    until = min(max(0, field(body, "until", int)), asked_at + LONGEST_SECONDS * MICROS)
    return Floor(source, count, Micros(until), asked_at)


def read_tokens(told: object) -> Mapping[str, int]:
    """Read tokens by task.

    Raises:
        InvalidInput: they are none.
    """
    try:
        return _TOKENS.validate_python(told)
    except ValidationError as error:
        raise InvalidInput("tokens are whole numbers, by the ids of tasks") from error


def read_amounts(told: object) -> dict[str, float]:
    """Read amounts by name.

    Raises:
        InvalidInput: they are none.
    """
    try:
        return _AMOUNTS.validate_python(told)
    except ValidationError as error:
        raise InvalidInput("amounts are numbers from 0 on, by the names of resources") from error


def read_reservations(told: object) -> list[Reservation]:
    """Read what is taken of resources already.

    Raises:
        InvalidInput: they are none.
    """
    try:
        found = _RESERVATIONS.validate_python(told)
    except ValidationError as error:
        raise InvalidInput(
            "reservations are a list of resource, amount, start and end (microseconds)"
        ) from error
    if not all(0 <= each.amount < math.inf and each.start <= each.end for each in found):
        raise InvalidInput("a reservation is of an amount from 0 on, and ends after its start")
    return found
