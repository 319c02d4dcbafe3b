"""Jobs as they go out, over HTTP and from commands alike."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from api import examples_jobs as examples


class CountsOut(BaseModel):
    """Documents by what became of them."""

    added: int
    updated: int
    unchanged: int
    merged: int
    deleted: int
    failed: int


class JobOut(BaseModel):
    """A job as it is now.

    `rate` is in documents a second of its present run; it and `seconds_left` are null while nothing
    can be said. `retryable`: documents of it can be tried again.
    """

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.JOB))

    id: str
    state: Literal["queued", "running", "done", "cancelled", "failed"]
    stage: Literal["waiting", "parse", "index", "ended"]
    cancelling: bool
    retryable: bool
    reason: str
    collection: str
    principal: str
    total: int
    done: int
    counts: CountsOut
    rate: float | None
    seconds_left: float | None
    bytes: int
    created_at: str
    started_at: str | None
    finished_at: str | None


class JobsOut(BaseModel):
    """Jobs, the newest first; `next` is the `after` of the following page, null at the end."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.JOBS))

    jobs: list[JobOut]
    next: str | None


class FailureOut(BaseModel):
    """A document that failed, by its position in the job, from 0."""

    position: int
    source_id: str
    reason: str
    attempts: int


class FailuresOut(BaseModel):
    """Documents that failed; `next` is the `after` of the following page, null at the end."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.ERRORS))

    errors: list[FailureOut]
    next: int | None
