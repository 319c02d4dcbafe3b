"""Tasks come in once for each key, and what became of them can be asked."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, case, delete, exists, func, insert, select

from elders.tasks.model import Task, TaskState, read_task
from elders.tasks.tables import dependencies, tasks
from foundation.clock import Clock, Micros
from foundation.database.database import Database
from foundation.errors import InvalidInput, NotFound
from foundation.ids import FOREVER, content_hash

_MOST_AFTER: Final = 1_000
_AT_ONCE: Final = 500
"""Ids in one query."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """A task that is in the store; `fresh` unless it was there before."""

    id: str
    fresh: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a task is.

    Attributes:
        token: of the latest attempt, and how many there were.
        worker: who made it; empty before the first.
        assigned_at: when it began; 0 before the first.
        not_before: when the next attempt may begin; 0 before the first.
        result: what its handler answered; None until it is done.
        reason: why the latest attempt failed; empty if none did.
    """

    task: Task
    state: TaskState
    token: int
    worker: str
    assigned_at: Micros
    not_before: Micros
    submitted_at: Micros
    finished_at: Micros
    result: Any
    reason: str


class Submitting:
    """The store's door for who wants something done. Threads and processes may share it."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def submit(self, task: Task) -> Submitted:
        """Take a task in, unless one with its key is there already.

        Raises:
            InvalidInput: the one that is there is another task; it is to wait for tasks that are
                not there; or it says more than JSON can.
        """
        told, digest = task.told(), _digest(task)
        with self._database.write() as connection:
            found = connection.execute(
                select(tasks.c.id, tasks.c.key, tasks.c.digest).where(
                    (tasks.c.key == task.key) | (tasks.c.id == task.id)
                )
            ).first()
            if found is not None:
                return _same(found, task, digest)
            _check_after(connection, task)
            connection.execute(insert(tasks).values(self._row(task, told, digest)))
            if waits := [{"task": task.id, "after": each} for each in dict.fromkeys(task.after)]:
                connection.execute(insert(dependencies), waits)
        return Submitted(task.id, fresh=True)

    def get(self, task_id: str) -> Progress:
        """Tell how far a task is.

        Raises:
            NotFound: there is none with this id.
        """
        with self._database.read() as connection:
            row = connection.execute(select(tasks).where(tasks.c.id == task_id)).first()
        if row is None:
            raise NotFound(f"there is no task {task_id[:80]!r}")
        return _progress(row)

    def open_tasks(self, *, limit: int = 10_000) -> list[Progress]:
        """List what is neither done nor failed, in the order in which it came."""
        unfinished = tasks.c.state.in_([TaskState.WAITING, TaskState.ASSIGNED])
        with self._database.read() as connection:
            rows = connection.execute(
                select(tasks).where(unfinished).order_by(tasks.c.number).limit(limit)
            ).all()
        return [_progress(row) for row in rows]

    def running(self) -> list[Micros]:
        """List when each task that is in somebody's hands was given."""
        with self._database.read() as connection:
            found = connection.execute(
                select(tasks.c.assigned_at).where(tasks.c.state == TaskState.ASSIGNED)
            ).scalars()
            return [Micros(each) for each in found]

    def ahead(self, task: Task) -> list[tuple[str, Micros | None, int]]:
        """Count what runs, and what waits and goes before a task.

        Returns:
            Their kind, when they were given (None if they wait), and how many they are.
        """
        deadline = FOREVER if task.deadline is None else task.deadline
        runs = tasks.c.state == TaskState.ASSIGNED
        near = (tasks.c.priority == task.priority) & (tasks.c.deadline <= deadline)
        first = (tasks.c.priority > task.priority) | near
        waits = (tasks.c.state == TaskState.WAITING) & (tasks.c.id != task.id)
        begun = case((runs, tasks.c.assigned_at), else_=None).label("begun")
        asked = (
            select(tasks.c.kind, begun, func.count())
            .where(runs | (waits & first))
            .group_by(tasks.c.kind, "begun")
        )
        with self._database.read() as connection:
            return [
                (kind, None if at is None else Micros(at), number)
                for kind, at, number in connection.execute(asked)
            ]

    def counts(self) -> Mapping[TaskState, int]:
        """Count tasks by state."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(tasks.c.state, func.count()).group_by(tasks.c.state)
            ).all()
        return Counter({TaskState(state): number for state, number in rows})

    def forget(self, before: Micros) -> int:
        """Remove tasks that ended before a moment, keys and results included.

        One that others wait for, or once waited for, goes after those.

        Returns:
            How many were removed.
        """
        ended = tasks.c.state.in_([TaskState.DONE, TaskState.FAILED])
        needed = exists().where(dependencies.c.after == tasks.c.id)
        old = ended & (tasks.c.finished_at < before)
        with self._database.write() as connection:
            oldest = select(tasks.c.id).where(old)
            connection.execute(delete(dependencies).where(dependencies.c.task.in_(oldest)))
            return connection.execute(delete(tasks).where(old, ~needed)).rowcount

    def _row(self, task: Task, told: Mapping[str, Any], digest: str) -> dict[str, Any]:
        empty = ("not_before", "token", "assigned_at", "lease_until", "until", "finished_at")
        return {
            **dict.fromkeys(empty, 0),
            "id": task.id,
            "key": task.key,
            "digest": digest,
            "kind": task.traits.kind,
            "told": told,
            "priority": task.priority,
            "deadline": FOREVER if task.deadline is None else task.deadline,
            "state": TaskState.WAITING,
            "submitted_at": self._clock(),
            "worker": "",
            "result": None,
            "reason": "",
        }


def _digest(task: Task) -> str:
    told = {name: value for name, value in task.told().items() if name != "id"}
    try:
        return content_hash(json.dumps(told, sort_keys=True, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"the body of the task {task.id} is no JSON: {error}") from error


def _same(found: Row[Any, Any, Any], task: Task, digest: str) -> Submitted:
    if found.key != task.key or found.digest != digest:
        raise InvalidInput(
            f"the key {task.key[:80]!r} or the id {task.id!r} is that of another task, {found.id}:"
            " give this one its own"
        )
    return Submitted(found.id, fresh=False)


def _check_after(connection: Connection, task: Task) -> None:
    wanted = list(dict.fromkeys(task.after))
    if len(wanted) > _MOST_AFTER:
        raise InvalidInput(f"a task waits for at most {_MOST_AFTER} others, not {len(wanted)}")
    known: set[str] = set()
    for at in range(0, len(wanted), _AT_ONCE):
        some: Sequence[str] = wanted[at : at + _AT_ONCE]
        known |= set(connection.execute(select(tasks.c.id).where(tasks.c.id.in_(some))).scalars())
    missing = [each for each in wanted if each not in known]
    if missing:
        raise InvalidInput(
            f"the task {task.id} is to wait for {missing[0][:80]!r}, and there is no such task:"
            " submit that one first"
        )


def _progress(row: Row[Any]) -> Progress:
    return Progress(
        read_task(row.told),
        TaskState(row.state),
        row.token,
        row.worker,
        Micros(row.assigned_at),
        Micros(row.not_before),
        Micros(row.submitted_at),
        Micros(row.finished_at),
        row.result,
        row.reason,
    )
