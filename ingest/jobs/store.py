"""Jobs in the database: what any process may ask of them and tell them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, and_, delete, func, select, update

from foundation.clock import Clock, Micros
from foundation.database.bulk import bulk_insert
from foundation.database.database import Database
from foundation.database.schema import job_items, jobs
from foundation.errors import Conflict, NotFound, QuotaExceeded
from foundation.security.policy import Access
from ingest.jobs.model import OPEN, OUTCOMES, Asked, Failure, Job, JobState, Limits, Stage
from ingest.jobs.spool import Spooled
from ingest.sources.naming import cleaned
from knowledge.model import Outcome

_LONGEST: Final = 4_096
_SOON_SECONDS: Final = 5
_LATE_SECONDS: Final = 300


@dataclass(frozen=True, slots=True)
class Load:
    """What waits: jobs of one principal, and the bytes of all; when it is worth asking again."""

    jobs: int
    bytes: int
    retry_seconds: int


class JobStore:
    """The rows of jobs. Threads may share it; every call is one transaction.

    Whoever looks is named by `viewer`: a principal, or None for who sees everything. What they
    may not see is to them as if it did not exist.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def insert(
        self, job_id: str, asked: Asked, collection: str, spooled: Spooled, limits: Limits | None
    ) -> Job:
        """Queue a job.

        Raises:
            QuotaExceeded: the principal has too many, or too much waits altogether.
        """
        with self._database.write() as connection:
            if limits is not None:
                refuse_beyond(limits, self._load(connection, asked.principal), spooled.size)
            number = (connection.scalar(select(func.max(jobs.c.number))) or 0) + 1
            row: dict[str, Any] = {
                "number": number,
                "id": job_id,
                "principal": asked.principal,
                **asked.access.as_json(),
                "actor": asked.actor,
                "collection": collection,
                "state": JobState.QUEUED.value,
                "stage": Stage.WAITING.value,
                "cancelling": False,
                "reason": "",
                "total": len(spooled.starts),
                "base": 0,
                "bytes": spooled.size,
                "created_at": self._clock(),
                "started_at": 0,
                "finished_at": 0,
            }
            bulk_insert(connection, jobs, [row])
            bulk_insert(connection, job_items, list(_items(number, spooled)))
            return read_job(connection, job_id)

    def get(self, job_id: str, viewer: str | None = None) -> Job:
        """Answer a job.

        Raises:
            NotFound: there is none that the viewer may see.
        """
        with self._database.read() as connection:
            return read_job(connection, job_id, viewer)

    def list(
        self, viewer: str | None = None, *, after: str | None = None, limit: int = 100
    ) -> Sequence[Job]:
        """List jobs, the newest first; those that are older than the job `after`.

        Raises:
            NotFound: there is no job `after` that the viewer may see.
        """
        query = select(jobs).order_by(jobs.c.number.desc()).limit(limit)
        if viewer is not None:
            query = query.where(jobs.c.principal == viewer)
        with self._database.read() as connection:
            if after is not None:
                query = query.where(jobs.c.number < read_job(connection, after, viewer).number)
            rows = connection.execute(query).all()
            counts = _counts(connection, [row.number for row in rows])
            return [_job(row, counts[row.number]) for row in rows]

    def failures(
        self, job_id: str, viewer: str | None = None, *, after: int = -1, limit: int = 100
    ) -> Sequence[Failure]:
        """List the documents of a job that failed, in its order, after a position.

        Raises:
            NotFound: there is no such job that the viewer may see.
        """
        i = job_items.c
        with self._database.read() as connection:
            number = read_job(connection, job_id, viewer).number
            rows = connection.execute(
                select(i.position, i.source_id, i.reason, i.attempts)
                .where(i.job == number, i.outcome == Outcome.FAILED.value, i.position > after)
                .order_by(i.position)
                .limit(limit)
            )
            return [Failure(*row) for row in rows]

    def cancel(self, job_id: str, viewer: str | None = None) -> Job:
        """End a job: at once where it was not begun, else after what it is at.

        What was taken in stays.

        Raises:
            NotFound: there is no such job that the viewer may see.
            Conflict: it has ended already.
        """
        with self._database.write() as connection:
            job = read_job(connection, job_id, viewer)
            if job.ended:
                raise Conflict(f"job {job_id} has ended already: it is {job.state}")
            if job.state is JobState.RUNNING or job.done:  # the worker must blank what it took in
                change(connection, job.number, cancelling=True)
            else:
                end(connection, job.number, JobState.CANCELLED, self._clock())
            return read_job(connection, job_id, viewer)

    def retry(self, job_id: str, viewer: str | None = None, *, limits: Limits | None = None) -> Job:
        """Queue a job again, for the documents that failed and those that it never came to.

        Raises:
            NotFound: there is no such job that the viewer may see.
            Conflict: it has not ended, nothing is left to do, or its bytes are gone.
            QuotaExceeded: the principal has too many jobs.
        """
        with self._database.write() as connection:
            job = read_job(connection, job_id, viewer)
            if not job.ended:
                raise Conflict(f"job {job_id} is {job.state}: wait until it ends, or cancel it")
            if not job.retryable:
                gone = "what was uploaded is kept no more" if job.unfinished else "nothing failed"
                raise Conflict(f"job {job_id} can't be tried again: {gone}")
            if limits is not None:
                refuse_beyond(limits, self._load(connection, job.asked.principal), job.bytes)
            connection.execute(
                update(job_items)
                .where(job_items.c.job == job.number, job_items.c.outcome == Outcome.FAILED.value)
                .values(outcome="", reason="")
            )
            change(
                connection, job.number, state=JobState.QUEUED.value, stage=Stage.WAITING.value,
                reason="", cancelling=False, started_at=0, finished_at=0,
            )  # fmt: skip
            return read_job(connection, job_id, viewer)

    def load(self, principal: str) -> Load:
        """Tell how much waits."""
        with self._database.read() as connection:
            return self._load(connection, principal)

    def _load(self, connection: Connection, principal: str) -> Load:
        waiting = jobs.c.state.in_([state.value for state in OPEN])
        own = and_(waiting, jobs.c.principal == principal)
        count = connection.scalar(select(func.count()).select_from(jobs).where(own)) or 0
        held = connection.scalar(select(func.sum(jobs.c.bytes)).where(waiting)) or 0
        running = connection.execute(
            select(jobs.c.id).where(jobs.c.state == JobState.RUNNING.value).limit(1)
        ).scalar()
        left = read_job(connection, running).seconds_left(self._clock()) if running else None
        seconds = _SOON_SECONDS if left is None else min(max(1, round(left)), _LATE_SECONDS)
        return Load(count, int(held), seconds)


def refuse_beyond(limits: Limits, load: Load, size: int) -> None:
    """Refuse one more job of a size where it would be too much.

    Raises:
        QuotaExceeded: it would.
    """
    if load.jobs >= limits.quota:
        raise QuotaExceeded(
            f"{load.jobs} of your jobs are queued or running, which is all you may have: wait for"
            " one, or cancel it",
            retry_seconds=load.retry_seconds,
        )
    if load.bytes + size > limits.bytes:
        raise QuotaExceeded(
            "too much is waiting to be taken in: try again later", retry_seconds=load.retry_seconds
        )


def end(
    connection: Connection, number: int, state: JobState, now: Micros, reason: str = ""
) -> None:
    """Write that a job has ended."""
    change(
        connection, number, state=state.value, stage=Stage.ENDED.value, cancelling=False,
        reason=reason, finished_at=now,
    )  # fmt: skip


def forget(connection: Connection, numbers: Sequence[int]) -> None:
    """Remove jobs."""
    connection.execute(delete(job_items).where(job_items.c.job.in_(numbers)))
    connection.execute(delete(jobs).where(jobs.c.number.in_(numbers)))


def change(connection: Connection, number: int, **values: object) -> None:
    """Write columns of a job."""
    connection.execute(update(jobs).where(jobs.c.number == number).values(**values))


def _items(number: int, spooled: Spooled) -> list[dict[str, Any]]:
    return [
        {
            "job": number,
            "position": position,
            "source_id": cleaned(source_id)[:_LONGEST],
            "start": start,
            "outcome": "",
            "reason": "",
            "attempts": 0,
        }
        for position, (source_id, start) in enumerate(spooled.starts)
    ]


def read_job(connection: Connection, job_id: str, viewer: str | None = None) -> Job:
    """Read a job that the viewer may see.

    Raises:
        NotFound: there is none.
    """
    query = select(jobs).where(jobs.c.id == cleaned(job_id))
    if viewer is not None:
        query = query.where(jobs.c.principal == viewer)
    row = connection.execute(query).first()
    if row is None:
        raise NotFound(f"there is no job {job_id[:40]!r}")
    return _job(row, _counts(connection, [row.number])[row.number])


def _counts(connection: Connection, numbers: Sequence[int]) -> Mapping[int, dict[str, int]]:
    found = {number: dict.fromkeys(OUTCOMES, 0) for number in numbers}
    i = job_items.c
    rows = connection.execute(
        select(i.job, i.outcome, func.count())
        .where(i.job.in_(numbers), i.outcome != "")
        .group_by(i.job, i.outcome)
    )
    for number, outcome, count in rows:
        found[number][outcome] = count
    return found


def _job(row: Any, counts: Mapping[str, int]) -> Job:  # noqa: ANN401 - a row of jobs
    rights = Access.of_json(row._mapping)  # noqa: SLF001 - public, as SQLAlchemy says
    return Job(
        row.id,
        row.number,
        Asked(row.principal, rights, row.actor),
        row.collection,
        JobState(row.state),
        Stage(row.stage),
        row.cancelling,
        row.reason,
        counts,
        row.total,
        row.base,
        row.bytes,
        row.created_at,
        row.started_at,
        row.finished_at,
    )
