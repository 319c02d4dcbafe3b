"""Tasks in workers' hands: by lease, lost when they die, done once whoever comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, case, delete, select, update

from elders.tasks.giving import Terms, free_workers, planned, stock_left
from elders.tasks.match import Rate, is_taking
from elders.tasks.model import MICROS, Assignment, Task, TaskState, Worker
from elders.tasks.outcomes import keep_outcome
from elders.tasks.rows import (
    assignment,
    check_mine,
    current,
    fail_dependents,
    keep_worker,
    known_workers,
    lost,
    mine,
    needs_tidying,
)
from elders.tasks.tables import tasks, workers
from foundation.clock import Clock, Micros
from foundation.database.database import Database

_LOST: Final = "the worker gave no sign until its lease ran out"
_TOO_LONG: Final = "it took longer than it may"

_FORGOTTEN_SECONDS: Final = 3_600.0
"""Of no sign, after which a worker that holds nothing is forgotten."""

_DEFAULTS: Final = Terms()


class Assigning:
    """Gives tasks to workers and takes them back. Threads and processes may share it.

    Each change is one write transaction, and a database has one at a time: however many assign at
    once, a task is in one worker's hands. What is to be given is looked for before it, so that a
    long backlog keeps nobody from writing. An attempt's token is the number of the attempt; only
    the latest one counts, so who has lost a task can't end it. A lease that ran out holds on for
    as long as nobody has taken the task back.
    """

    def __init__(self, database: Database, *, clock: Clock, terms: Terms = _DEFAULTS) -> None:
        self._database = database
        self._clock = clock
        self._terms = terms

    @property
    def capacity(self) -> Mapping[str, float]:
        """How much there is of resources; of those not named there is no end."""
        return self._terms.capacity

    def join(self, worker: Worker) -> None:
        """Take a worker in, or take its sign of life with what it can do now."""
        with self._database.write() as connection:
            keep_worker(connection, worker, self._clock())

    def drain(self, name: str) -> None:
        """Give a worker no more; what it has it may end."""
        with self._database.write() as connection:
            connection.execute(update(workers).where(workers.c.name == name).values(draining=True))

    def leave(self, name: str) -> int:
        """Forget a worker, and take back at once what it has: it is known to have ended.

        Returns:
            How many tasks were taken back.
        """
        with self._database.write() as connection:
            connection.execute(delete(workers).where(workers.c.name == name))
            held = (tasks.c.state == TaskState.ASSIGNED) & (tasks.c.worker == name)
            rows = connection.execute(select(tasks).where(held)).all()
            for row in rows:
                self._give_up(connection, row, "the worker ended")
        return len(rows)

    def workers(self) -> list[Worker]:
        """List the workers, by name."""
        with self._database.read() as connection:
            return known_workers(connection)

    def taking(self) -> list[Worker]:
        """List the workers that take tasks, busy or not."""
        now, patience = self._clock(), self._terms.dead_after_seconds
        known = self.workers()
        return [each for each in known if is_taking(each, now=now, dead_after_seconds=patience)]

    def assign(self, rate: Rate) -> list[Assignment]:
        """Take back what was lost, then give what is ready to whoever is fittest and free.

        Those of higher priority come first, then those with the nearer deadline, then the older
        ones. What waits for a task that failed, fails.

        Args:
            rate: how likely each worker succeeds.
        """
        now = self._clock()
        self._tidy(now)
        with self._database.read() as connection:
            pairs = planned(connection, rate, now, self._terms)
        return self._give_all(pairs, now) if pairs else []

    def _give_all(self, pairs: Sequence[tuple[Task, Worker]], now: Micros) -> list[Assignment]:
        """Give what was planned, as far as it still can be: others may have given meanwhile."""
        given = []
        with self._database.write() as connection:
            free = free_workers(connection, now, self._terms.dead_after_seconds)
            room = {each.name: each.slots - each.held for each in free}
            stock = stock_left(connection, self._terms.capacity)
            for task, to in pairs:
                if room.get(to.name, 0) <= 0 or not stock.take(task.resources):
                    continue
                if one := self._give(connection, task, to, now):
                    given.append(one)
                    room[to.name] -= 1
        return given

    def held(self, worker: str) -> list[Assignment]:
        """List what a worker has, the oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(tasks)
                .where(tasks.c.state == TaskState.ASSIGNED, tasks.c.worker == worker)
                .order_by(tasks.c.assigned_at, tasks.c.number)
            ).all()
        return [assignment(row) for row in rows]

    def beat(
        self, worker: str, tokens: Mapping[str, int], *, joining: Worker | None = None
    ) -> set[str]:
        """Take a worker's sign of life, and prolong its leases.

        Args:
            worker: whose.
            tokens: of the tasks that it is at, by id.
            joining: as what it joins again, if it was forgotten: it gave no sign for an hour.

        Returns:
            The ids of those that it has no more: it should stop.
        """
        now = self._clock()
        lease = Micros(now + int(self._terms.lease_seconds * MICROS))
        gone = set()
        with self._database.write() as connection:
            seen = update(workers).where(workers.c.name == worker).values(seen_at=now)
            if not connection.execute(seen).rowcount and joining is not None:
                keep_worker(connection, joining, now)
            for task_id, token in tokens.items():
                # Not beyond its limit: a worker that hangs gives signs for ever.
                until = case((tasks.c.until < lease, tasks.c.until), else_=lease)
                its_own = (*mine(task_id, token), tasks.c.worker == worker)
                prolonged = update(tasks).where(*its_own).values(lease_until=until)
                if not connection.execute(prolonged).rowcount:
                    gone.add(task_id)
        return gone

    def complete(
        self, task_id: str, token: int, result: object = None, *, by: str | None = None
    ) -> bool:
        """Have a task done, with its result; the one effect there is.

        Args:
            task_id: of the task.
            token: of the attempt.
            result: what JSON can say.
            by: who says so, if the attempt is to be theirs.

        Returns:
            False where this very attempt had ended it before: a message that came twice.

        Raises:
            Outdated: the task is somebody else's by now, or has ended otherwise.
            Forbidden: the attempt is not theirs.
            NotFound: there is no such task.
        """
        now = self._clock()
        with self._database.write() as connection:
            row = current(connection, task_id)
            if row.state == TaskState.DONE and row.token == token:
                return False
            check_mine(row, token, by)
            connection.execute(
                update(tasks)
                .where(tasks.c.id == task_id)
                .values(state=TaskState.DONE, result=result, finished_at=now, reason="")
            )
            keep_outcome(connection, row, succeeded=True, now=now)
        return True

    def fail(
        self,
        task_id: str,
        token: int,
        reason: str,
        *,
        for_good: bool = False,
        by: str | None = None,
    ) -> None:
        """Tell that an attempt failed: it is tried again, unless that was the last one.

        Args:
            task_id: of the task.
            token: of the attempt.
            reason: why; the first 500 characters are kept.
            for_good: another attempt would fail as well.
            by: who says so, if the attempt is to be theirs.

        Raises:
            Outdated: the task is somebody else's by now, or has ended.
            Forbidden: the attempt is not theirs.
            NotFound: there is no such task.
        """
        with self._database.write() as connection:
            row = current(connection, task_id)
            check_mine(row, token, by)
            self._give_up(connection, row, reason[:500], for_good=for_good)

    def _tidy(self, now: Micros) -> None:
        """Take back what was lost, forget who is long gone, and fail what is hopeless."""
        forgotten = Micros(now - int(_FORGOTTEN_SECONDS * MICROS))
        with self._database.read() as connection:
            if not needs_tidying(connection, now, forgotten):
                return
        with self._database.write() as connection:
            held = select(tasks).where(lost(now)).order_by(tasks.c.number)
            for row in connection.execute(held).all():
                self._give_up(connection, row, _TOO_LONG if row.until <= now else _LOST)
            connection.execute(delete(workers).where(workers.c.seen_at <= forgotten))
            fail_dependents(connection, now)

    def _give_up(
        self, connection: Connection, row: Row[Any], reason: str, *, for_good: bool = False
    ) -> None:
        now = self._clock()
        over = for_good or row.token >= self._terms.most_attempts
        pause = self._terms.pause_seconds * 2 ** (row.token - 1)
        connection.execute(
            update(tasks)
            .where(tasks.c.id == row.id)
            .values(
                state=TaskState.FAILED if over else TaskState.WAITING,
                not_before=now + int(pause * MICROS),
                finished_at=now if over else 0,
                reason=reason,
            )
        )
        keep_outcome(connection, row, succeeded=False, now=now)

    def _give(
        self, connection: Connection, task: Task, to: Worker, now: Micros
    ) -> Assignment | None:
        until = now + int(task.most_seconds * MICROS)
        row = connection.execute(
            update(tasks)
            .where(tasks.c.id == task.id, tasks.c.state == TaskState.WAITING)
            .values(
                state=TaskState.ASSIGNED,
                token=tasks.c.token + 1,
                worker=to.name,
                assigned_at=now,
                lease_until=min(until, now + int(self._terms.lease_seconds * MICROS)),
                until=until,
            )
            .returning(*tasks.c)
        ).first()
        if row is None:
            return None
        connection.execute(
            update(workers)
            .where(workers.c.name == to.name)
            .values(used_at=case((workers.c.used_at >= now, workers.c.used_at + 1), else_=now))
        )
        return assignment(row)
