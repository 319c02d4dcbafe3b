"""Jobs over HTTP: push now, have it taken in by and by, and see how it goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi import Path as InPath
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from api import examples_jobs
from api.jobs import Jobs
from api.problems import responses
from api.rendering_jobs import failures_out, job_out, jobs_out
from api.routes.asking import actor_of, made, principal_of
from api.routes.bounds import Limit
from api.routes.once import ONCE, OnceRoute
from api.routes.pushing import REQUEST_BODY, pushed
from api.routes.watching import Watch
from api.schemas_jobs import FailuresOut, JobOut, JobsOut
from foundation.clock import system_clock
from foundation.errors import GuildError
from foundation.security.policy import Access
from ingest.jobs.model import Asked, Job, Limits
from ingest.model import Record

router = APIRouter(prefix="/v1/jobs", tags=["jobs"], route_class=OnceRoute)

_EVENTS: Final = "text/event-stream"
_LOOK_SECONDS: Final = 0.25
_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Server-sent events: `progress` at each change, then `end`.",
        "content": {_EVENTS: {"schema": {"type": "string"}, "example": examples_jobs.EVENTS}},
    }
}

JobInPath = Annotated[
    str, InPath(min_length=1, max_length=100, pattern=r"^[^\x00]+$", description="The job's id.")
]
AfterJob = Annotated[
    str | None, Query(min_length=1, max_length=100, description="Only jobs older than this one.")
]
AfterPosition = Annotated[
    int, Query(ge=-1, le=2**31 - 1, description="Only documents after this position.")
]


@router.post(
    "",
    status_code=202,
    responses=responses(404, 408, 409, 413, 415, 422, 429, 503),
    openapi_extra={"requestBody": REQUEST_BODY, "parameters": ONCE},
)
async def submit(request: Request, response: Response) -> JobOut:
    """Push documents in the forms of `POST /v1/documents`, to be taken in by and by.

    When it is answered they are on the disk. Beyond the quota it is 429: before the body is read
    where its length is said and no `Idempotency-Key`, by which it is one job, however often it is
    sent.
    """
    jobs, limits, asked = _jobs(request), _limits(request), _asked(request)
    size = _said(request)
    if size > limits.bytes:
        raise HTTPException(413, f"at most {limits.bytes:,} bytes can wait: send fewer documents")
    arriving = jobs.arriving(asked.principal, size, limits)
    await run_in_threadpool(arriving.__enter__)
    try:
        records, collection = await pushed(request)
        job = await run_in_threadpool(_submit, jobs, records, collection, asked, limits)
    finally:
        arriving.__exit__(None, None, None)
    made(request, job.id)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return job_out(job, system_clock())


@router.get("", responses=responses(404, 422, 503))
def list_jobs(request: Request, after: AfterJob = None, limit: Limit = 100) -> JobsOut:
    """List jobs, the newest first: your own, or all of them if you may see all documents."""
    found = _jobs(request).list(viewer=_viewer(request), after=after, limit=limit)
    return jobs_out(found, limit, system_clock())


@router.get("/{job_id}", responses=responses(404, 422, 503))
def show(request: Request, job_id: JobInPath) -> JobOut:
    """Tell how a job is: its stage, counts, rate and the time that is left."""
    return job_out(_jobs(request).get(job_id, viewer=_viewer(request)), system_clock())


@router.get("/{job_id}/errors", responses=responses(404, 422, 503))
def errors(
    request: Request, job_id: JobInPath, after: AfterPosition = -1, limit: Limit = 100
) -> FailuresOut:
    """List the documents of a job that failed, and why."""
    viewer = _viewer(request)
    return failures_out(
        _jobs(request).errors(job_id, viewer=viewer, after=after, limit=limit), limit
    )


@router.get(
    "/{job_id}/events",
    response_class=StreamingResponse,
    responses=_STREAM | responses(404, 422, 503),
)
async def events(request: Request, job_id: JobInPath) -> StreamingResponse:
    """Follow a job until it ends, as server-sent events."""
    job = await run_in_threadpool(_jobs(request).get, job_id, viewer=_viewer(request))
    return StreamingResponse(
        _told(request, job), media_type=_EVENTS, headers={"Cache-Control": "no-store"}
    )


@router.post("/{job_id}/cancel", responses=responses(404, 409, 422, 503))
def cancel(request: Request, job_id: JobInPath) -> JobOut:
    """End a job after what it is at; what was taken in stays."""
    return job_out(_jobs(request).cancel(job_id, viewer=_viewer(request)), system_clock())


@router.post(
    "/{job_id}/retry",
    responses=responses(404, 409, 422, 429, 503),
    openapi_extra={"parameters": ONCE},
)
def retry(request: Request, job_id: JobInPath) -> JobOut:
    """Queue a job again, for the documents that failed and those that it never came to."""
    jobs, viewer = _jobs(request), _viewer(request)
    return job_out(jobs.retry(job_id, viewer=viewer, limits=_limits(request)), system_clock())


async def _told(request: Request, job: Job) -> AsyncIterator[str]:
    """Write an event for each change; the rights to see the job are looked at each time."""
    watch: Watch = request.app.state.watch
    jobs, viewer = _jobs(request), _viewer(request)
    told, beat = "", watch.deadline(watch.heartbeat_seconds)
    try:
        while True:
            seen = f"{job.state} {job.stage} {job.done} {job.cancelling} {job.reason}"
            if seen != told or job.ended:
                name = "end" if job.ended else "progress"
                data = job_out(job, system_clock()).model_dump_json()
                yield f"event: {name}\ndata: {data}\n\n"
                told, beat = seen, watch.deadline(watch.heartbeat_seconds)
            elif watch.deadline(0) >= beat:
                yield ": still here\n\n"
                beat = watch.deadline(watch.heartbeat_seconds)
            if job.ended or await watch.over(request.is_disconnected):
                return
            await asyncio.sleep(_LOOK_SECONDS)
            job = await run_in_threadpool(jobs.get, job.id, viewer=viewer)
    except GuildError:
        return  # the client comes again, and is told the reason


def _submit(
    jobs: Jobs, records: list[Record], collection: str, asked: Asked, limits: Limits
) -> Job:
    return jobs.submit(records, collection=collection, asked=asked, limits=limits)


def _jobs(request: Request) -> Jobs:
    jobs: Jobs = request.app.state.base.jobs
    return jobs


def _limits(request: Request) -> Limits:
    limits: Limits = request.app.state.job_limits
    return limits


def _asked(request: Request) -> Asked:
    principal = principal_of(request)
    return Asked(principal.id, principal.access, actor_of(request))


def _viewer(request: Request) -> str | None:
    principal = principal_of(request)
    return None if principal.access == Access.everything else principal.id


def _said(request: Request) -> int:
    """Answer how long the body is said to be."""
    said = request.headers.get("content-length", "0")
    return int(said[:20]) if said.isdigit() else 0
