"""What the one process that works through the jobs writes down, so that another can go on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, select, true, update

from foundation.clock import Clock
from foundation.database.database import Database
from foundation.database.schema import job_items, jobs
from ingest.batching import Numbered
from ingest.jobs.model import OPEN, Item, Job, JobState, Stage
from ingest.jobs.store import change, end, forget, read_job
from knowledge.model import Outcome

KEPT_DAYS: Final = 30
"""How long a job is told of after it ended."""

_DAY_MICROS: Final = 86_400_000_000
_AT_ONCE: Final = 1_000

_ENDED: Final = jobs.c.state.not_in([state.value for state in OPEN])
_QUEUED: Final = jobs.c.state == JobState.QUEUED.value
_SERVED: Final = (
    select(jobs.c.principal, func.max(jobs.c.started_at).label("at"))
    .where(jobs.c.principal.in_(select(jobs.c.principal).where(_QUEUED)))
    .group_by(jobs.c.principal)
    .subquery()
)
_NEXT: Final = (
    select(jobs.c.id)
    .join(_SERVED, _SERVED.c.principal == jobs.c.principal)
    .where(_QUEUED)
    .order_by(_SERVED.c.at, jobs.c.number)
    .limit(1)
)
_SETTLE: Final = (
    update(job_items)
    .where(
        job_items.c.job == bindparam("of"),
        job_items.c.position == bindparam("at"),
        job_items.c.outcome == "",
    )
    .values(
        outcome=bindparam("became"),
        reason=bindparam("why"),
        attempts=job_items.c.attempts + 1,
    )
)


class Turns:
    """Takes jobs, those of each principal in their order, and accounts for each document once.

    Only the process that owns the home may use it: there are no leases.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def recover(self) -> Sequence[str]:
        """Queue what another process was at when it ended; answer the ids of files to keep."""
        with self._database.write() as connection:
            _requeue(connection, true())
            return list(connection.execute(select(jobs.c.id).where(jobs.c.bytes > 0)).scalars())

    def claim(self) -> Job | None:
        """Begin with the next job that is queued; None where there is none.

        It is the oldest of the principal who waits longest since a job of theirs was begun: so one
        of somebody's thousand jobs at the most comes before another's only one.
        """
        with self._database.read() as connection:
            if connection.execute(select(jobs.c.id).where(_QUEUED).limit(1)).first() is None:
                return None
        with self._database.write() as connection:
            job_id = connection.execute(_NEXT).scalar()
            if job_id is None:
                return None
            job = read_job(connection, job_id)
            change(
                connection, job.number, state=JobState.RUNNING.value, stage=Stage.PARSE.value,
                base=job.done, started_at=self._clock(), finished_at=0,
            )  # fmt: skip
            return read_job(connection, job_id)

    def cancelling(self, job: Job) -> bool:
        """Tell whether somebody wants it to end."""
        with self._database.read() as connection:
            query = select(jobs.c.cancelling).where(jobs.c.number == job.number)
            return bool(connection.scalar(query))

    def waiting(self, job: Job, limit: int) -> Sequence[Item]:
        """Answer the next documents of which it is not known yet what became of them."""
        i = job_items.c
        with self._database.read() as connection:
            rows = connection.execute(
                select(i.position, i.start)
                .where(i.job == job.number, i.outcome == "")
                .order_by(i.position)
                .limit(limit)
            )
            return [Item(*row) for row in rows]

    def settle(self, connection: Connection, job: Job, became: Numbered) -> None:
        """Account for documents by their positions, in the transaction that takes them in."""
        self._settle(connection, job, became, Stage.INDEX)

    def settled(self, job: Job, became: Numbered) -> None:
        """Account for those of these documents that are not accounted for: nothing was written."""
        with self._database.write() as connection:
            self._settle(connection, job, became, Stage.PARSE)

    def taken(self, job: Job) -> Sequence[tuple[int, int | None]]:
        """Answer which parts of a job's file nobody will read again, each with its end."""
        i = job_items.c
        query = select(i.start, i.outcome).where(i.job == job.number).order_by(i.position)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        ends = [*(row.start for row in rows[1:]), None]
        return [
            (row.start, end)
            for row, end in zip(rows, ends, strict=True)
            if row.outcome not in ("", Outcome.FAILED.value)
        ]

    def trying(self, job: Job, reason: str) -> None:
        """Say why a job can't go on at present."""
        with self._database.write() as connection:
            change(connection, job.number, reason=reason)

    def release(self, job: Job) -> None:
        """Queue a job again that nobody goes on with now."""
        with self._database.write() as connection:
            _requeue(connection, jobs.c.number == job.number)

    def finish(self, job: Job, state: JobState, reason: str = "") -> Job:
        """End a job; answer it as it is now, with no bytes where nothing can be tried again."""
        with self._database.write() as connection:
            end(connection, job.number, state, self._clock(), reason)
            ended = read_job(connection, job.id)
            if not ended.retryable:
                change(connection, job.number, bytes=0)
            return read_job(connection, job.id)

    def make_room(self, most: int) -> Sequence[str]:
        """Let the bytes of ended jobs go, the oldest first, until all take no more than `most`.

        Returns:
            The ids of the jobs whose files are to be removed.
        """
        size = func.coalesce(func.sum(jobs.c.bytes), 0)
        with self._database.read() as connection:
            if (connection.scalar(select(size)) or 0) <= most:
                return []
        gone: list[str] = []
        with self._database.write() as connection:
            excess = (connection.scalar(select(size)) or 0) - most
            kept = select(jobs.c.id, jobs.c.bytes).where(and_(_ENDED, jobs.c.bytes > 0))
            for job_id, held in connection.execute(kept.order_by(jobs.c.finished_at)).all():
                if excess > 0:
                    excess -= held
                    gone.append(job_id)
            connection.execute(update(jobs).where(jobs.c.id.in_(gone)).values(bytes=0))
        return gone

    def expire(self) -> Sequence[str]:
        """Forget jobs that ended long ago; answer whose files are to be removed."""
        before = self._clock() - KEPT_DAYS * _DAY_MICROS
        old = and_(_ENDED, jobs.c.finished_at < before)
        query = select(jobs.c.number, jobs.c.id).where(old).limit(_AT_ONCE)
        with self._database.read() as connection:
            if connection.execute(query).first() is None:
                return []
        with self._database.write() as connection:
            found = connection.execute(query).all()
            forget(connection, [row.number for row in found])
        return [row.id for row in found]

    def _settle(self, connection: Connection, job: Job, became: Numbered, stage: Stage) -> None:
        rows = [
            {"of": job.number, "at": at, "became": result.outcome.value, "why": result.reason}
            for at, result in became
        ]
        if rows:
            connection.execute(_SETTLE, rows)
        change(connection, job.number, stage=stage.value, reason="")


def _requeue(connection: Connection, which: ColumnElement[bool]) -> None:
    connection.execute(
        update(jobs)
        .where(which, jobs.c.state == JobState.RUNNING.value)
        .values(state=JobState.QUEUED.value, stage=Stage.WAITING.value, started_at=0)
    )
