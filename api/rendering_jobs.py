"""From jobs to what goes out, over HTTP and from commands alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from api.schemas_jobs import CountsOut, FailureOut, FailuresOut, JobOut, JobsOut
from foundation.clock import Micros, to_datetime
from foundation.security.redaction.redacting import harmless
from ingest.jobs.model import Failure, Job


def job_out(job: Job, now: Micros) -> JobOut:
    """Render a job as of now."""
    rate, left = job.rate(now), job.seconds_left(now)
    return JobOut(
        id=job.id,
        state=job.state.value,
        stage=job.stage.value,
        cancelling=job.cancelling,
        retryable=job.retryable,
        reason=harmless(job.reason),
        collection=job.collection,
        principal=job.asked.principal,
        total=job.total,
        done=job.done,
        counts=CountsOut.model_validate(dict(job.counts)),
        rate=None if rate is None else round(rate, 3),
        seconds_left=None if left is None else round(left, 1),
        bytes=job.bytes,
        created_at=to_datetime(job.created_at).isoformat(),
        started_at=_moment(job.started_at),
        finished_at=_moment(job.finished_at),
    )


def jobs_out(jobs: Sequence[Job], limit: int, now: Micros) -> JobsOut:
    """Render a page of jobs that could have been `limit` long."""
    following = jobs[-1].id if len(jobs) == limit else None
    return JobsOut(jobs=[job_out(job, now) for job in jobs], next=following)


def failures_out(failures: Sequence[Failure], limit: int) -> FailuresOut:
    """Render a page of failures that could have been `limit` long."""
    following = failures[-1].position if len(failures) == limit else None
    errors = [FailureOut.model_validate(asdict(failure)) for failure in failures]
    return FailuresOut(errors=errors, next=following)


def _moment(micros: Micros) -> str | None:
    return to_datetime(micros).isoformat() if micros else None
