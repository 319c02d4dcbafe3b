"""What a job is: a batch of documents that was accepted and is taken in by and by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from foundation.clock import Micros
from foundation.security.policy import Access
from knowledge.model import Outcome

OUTCOMES = tuple(outcome.value for outcome in Outcome)


class JobState(StrEnum):
    """Where a job is in its life; `failed`: it could not go on. Documents fail one by one."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


OPEN = (JobState.QUEUED, JobState.RUNNING)
"""What counts against a quota."""


class Stage(StrEnum):
    """What is done for a job at present."""

    WAITING = "waiting"
    PARSE = "parse"
    INDEX = "index"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for a job: their rights as they are now hold for it when it runs."""

    principal: str
    access: Access
    actor: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What may wait at once.

    Attributes:
        quota: jobs of one principal that are queued or running.
        bytes: of what was uploaded and is not done, of all principals together.
    """

    quota: int = 10
    bytes: int = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it is at a moment.

    Attributes:
        id: a UUID.
        number: jobs in the order in which they came.
        asked: who asked for it, with which rights.
        counts: documents by outcome; every outcome is named.
        total: documents in it.
        cancelling: it was told to end, and will after what it is at.
        reason: why it failed, or waits to try again.
        base: documents that were done when its present run began.
        bytes: what is kept for it; 0 when nothing of it can be tried again.
        started_at, finished_at: of its present run; 0 where that is still to come.
    """

    id: str
    number: int
    asked: Asked
    collection: str
    state: JobState
    stage: Stage
    cancelling: bool
    reason: str
    counts: Mapping[str, int]
    total: int
    base: int
    bytes: int
    created_at: Micros
    started_at: Micros
    finished_at: Micros

    @property
    def done(self) -> int:
        """Count the documents of which it is known what became of them."""
        return sum(self.counts.values())

    @property
    def ended(self) -> bool:
        """Tell whether nothing more happens to it by itself."""
        return self.state not in OPEN

    @property
    def unfinished(self) -> bool:
        """Tell whether documents of it failed, or were never come to."""
        return self.done < self.total or self.counts[Outcome.FAILED.value] > 0

    @property
    def retryable(self) -> bool:
        """Tell whether documents of it can be tried again."""
        return self.ended and self.unfinished and self.bytes > 0

    def rate(self, now: Micros) -> float | None:
        """Documents a second in its present run; None before the first."""
        until = self.finished_at or now
        if not self.started_at or self.done <= self.base or until <= self.started_at:
            return None
        return (self.done - self.base) / (until - self.started_at) * 1e6

    def seconds_left(self, now: Micros) -> float | None:
        """Estimate when it will be done by its rate so far; None where nothing is known."""
        if self.ended:
            return 0.0
        rate = self.rate(now)
        return None if rate is None else (self.total - self.done) / rate


@dataclass(frozen=True, slots=True)
class Item:
    """A document of a job: `start` is where it begins in the job's file."""

    position: int
    start: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A document that failed, and why."""

    position: int
    source_id: str
    reason: str
    attempts: int
