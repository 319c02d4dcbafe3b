"""How the store's rows of tasks and workers are picked and read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Connection, Row, exists, func, insert, select, update

from elders.tasks.model import Assignment, Task, TaskState, Worker, read_task
from elders.tasks.tables import dependencies, tasks, workers
from foundation.clock import Micros
from foundation.errors import Forbidden, NotFound, Outdated

_PAGE: Final = 200


def mine(task_id: str, token: int) -> tuple[Any, ...]:
    """Pick out a task, as long as an attempt has it."""
    held = tasks.c.state == TaskState.ASSIGNED
    return (tasks.c.id == task_id, tasks.c.token == token, held)


def ready(
    connection: Connection, now: Micros, can_be_given: Callable[[Mapping[str, Any]], bool]
) -> Iterator[Task]:
    """List what may be given now, that first which goes first; read as it is needed.

    Args:
        connection: that reads.
        now: what time it is.
        can_be_given: tells of a task, as it was submitted, whether it is of any use to look at
            it; others are left out.
    """
    before = tasks.alias()
    unmet = exists().where(
        dependencies.c.task == tasks.c.id,
        dependencies.c.after == before.c.id,
        before.c.state != TaskState.DONE,
    )
    asked = (
        select(tasks.c.told)
        .where(tasks.c.state == TaskState.WAITING, tasks.c.not_before <= now, ~unmet)
        .order_by(tasks.c.priority.desc(), tasks.c.deadline, tasks.c.number)
        .execution_options(yield_per=_PAGE)
    )
    with connection.execute(asked) as found:
        for told in found.scalars():
            if can_be_given(told):
                yield read_task(told)


def fail_dependents(connection: Connection, now: Micros) -> None:
    """Have what waits for a failed task fail, and what waits for that."""
    failing = (
        update(tasks)
        .where(*_hopeless())
        .values(state=TaskState.FAILED, finished_at=now, reason="a task that it waits for failed")
    )
    while connection.execute(failing).rowcount:
        continue


def lost(now: Micros) -> Any:  # noqa: ANN401 - a condition
    """Pick out the tasks whose lease has run out."""
    return (tasks.c.state == TaskState.ASSIGNED) & (tasks.c.lease_until <= now)


def needs_tidying(connection: Connection, now: Micros, forgotten: Micros) -> bool:
    """Tell whether a task was lost or is hopeless, or a worker gave no sign since `forgotten`."""
    asked = (
        select(tasks.c.number).where(lost(now)),
        select(tasks.c.number).where(*_hopeless()),
        select(workers.c.name).where(workers.c.seen_at <= forgotten),
    )
    return any(connection.execute(each.limit(1)).first() for each in asked)


def _hopeless() -> tuple[Any, ...]:
    before = tasks.alias()
    failed = exists().where(
        dependencies.c.task == tasks.c.id,
        dependencies.c.after == before.c.id,
        before.c.state == TaskState.FAILED,
    )
    return (tasks.c.state == TaskState.WAITING, failed)


def known_workers(connection: Connection) -> list[Worker]:
    """List the workers, by name, with what they hold."""
    rows = connection.execute(
        select(tasks.c.worker, func.count())
        .where(tasks.c.state == TaskState.ASSIGNED)
        .group_by(tasks.c.worker)
    )
    counts: dict[str, int] = {name: number for name, number in rows}  # noqa: C416 - rows, not pairs
    return [
        Worker(
            row.name,
            dict(row.capabilities),
            row.slots,
            counts.get(row.name, 0),
            Micros(row.seen_at),
            Micros(row.used_at),
            row.draining,
            row.listens,
        )
        for row in connection.execute(select(workers).order_by(workers.c.name))
    ]


def held_resources(connection: Connection) -> list[Mapping[str, float]]:
    """List what each running task holds."""
    running = select(tasks.c.told).where(tasks.c.state == TaskState.ASSIGNED)
    return [told.get("resources", {}) for told in connection.execute(running).scalars()]


def keep_worker(connection: Connection, worker: Worker, now: Micros) -> None:
    """Write that a worker is there, and what it can do."""
    told = {
        "capabilities": dict(worker.capabilities),
        "slots": worker.slots,
        "seen_at": now,
        "draining": worker.draining,
        "listens": worker.listens,
    }
    known = update(workers).where(workers.c.name == worker.name).values(told)
    if not connection.execute(known).rowcount:
        connection.execute(insert(workers).values(name=worker.name, used_at=0, **told))


def current(connection: Connection, task_id: str) -> Row[Any]:
    """Read a task.

    Raises:
        NotFound: there is none with this id.
    """
    row = connection.execute(select(tasks).where(tasks.c.id == task_id)).first()
    if row is None:
        raise NotFound(f"there is no task {task_id[:80]!r}")
    return row


def check_mine(row: Row[Any], token: int, by: str | None) -> None:
    """Check that an attempt still has its task.

    Raises:
        Outdated: it has lost it.
        Forbidden: it is somebody else's than who says so.
    """
    if by is not None and row.token == token and row.worker != by:
        raise Forbidden(f"attempt {token} at the task {row.id} is not made by {by}: leave it")
    if row.state != TaskState.ASSIGNED or row.token != token:
        raise Outdated(
            f"attempt {token} at the task {row.id} has lost it (it is {row.state}, at attempt"
            f" {row.token}): nothing was changed, leave it"
        )


def assignment(row: Row[Any]) -> Assignment:
    """Read an assignment out of a task's row."""
    return Assignment(
        read_task(row.told),
        row.worker,
        row.token,
        Micros(row.assigned_at),
        Micros(row.lease_until),
        Micros(row.until),
    )
