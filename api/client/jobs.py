"""Jobs: push now, have it taken in by and by, and see how it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from api.client.calls import Sent, asks, streams
from api.client.documents import push
from api.client.events import Event
from api.schemas import NewDocument
from api.schemas_jobs import FailuresOut, JobOut, JobsOut


@asks("POST", "/v1/jobs", JobOut.model_validate_json, statuses=(202,), once=True)
def submit(
    documents: Sequence[NewDocument | Mapping[str, Any]], *, collection: str | None = None
) -> Sent:
    """Push texts to be taken in by and by; when it is answered they are on the server's disk."""
    return push.build(documents, collection=collection)


@asks("GET", "/v1/jobs", JobsOut.model_validate_json)
def jobs(*, after: str | None = None, limit: int | None = None) -> Sent:
    """List jobs, the newest first; the last one's id as `after` brings the next page."""
    return Sent(query={"after": after, "limit": limit})


@asks("GET", "/v1/jobs/{job_id}", JobOut.model_validate_json)
def job(job_id: str) -> Sent:
    """Tell how a job is."""
    return Sent(path={"job_id": job_id})


@asks("GET", "/v1/jobs/{job_id}/errors", FailuresOut.model_validate_json)
def job_errors(job_id: str, *, after: int | None = None, limit: int | None = None) -> Sent:
    """List the documents of a job that failed, and why."""
    return Sent(path={"job_id": job_id}, query={"after": after, "limit": limit})


@asks("POST", "/v1/jobs/{job_id}/cancel", JobOut.model_validate_json, repeatable=True)
def cancel_job(job_id: str) -> Sent:
    """End a job after what it is at; what was taken in stays."""
    return Sent(path={"job_id": job_id})


@asks("POST", "/v1/jobs/{job_id}/retry", JobOut.model_validate_json, once=True)
def retry_job(job_id: str) -> Sent:
    """Queue a job again, for the documents that failed and those that it never came to."""
    return Sent(path={"job_id": job_id})


def _progress(event: Event) -> JobOut:
    return JobOut.model_validate_json(event.data)


@streams("GET", "/v1/jobs/{job_id}/events", _progress)
def follow_job(job_id: str) -> Sent:
    """Follow a job until it ends: how it is at each change."""
    return Sent(path={"job_id": job_id})
