"""The one thread that works through the jobs of a home."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Final, Protocol

import structlog

from foundation.errors import Conflict, GuildError, Unavailable
from foundation.operations.tracing import span
from ingest.batching import Within
from ingest.jobs.model import Asked, Item, Job, JobState
from ingest.jobs.spool import Spool
from ingest.jobs.turns import Turns
from ingest.model import Record
from knowledge.model import Result

_log = structlog.get_logger(__name__)

_DOCUMENTS: Final = 300
_SECONDS: Final = 2.0
_LOOK_SECONDS: Final = 1.0
_TRIES: Final = 6

Proceed = Callable[[], bool]
"""Tells whether to go on."""


class Ingest(Protocol):
    """Takes records in as somebody may."""

    def __call__(
        self,
        records: Iterator[Record],
        asked: Asked,
        collection: str,
        *,
        within: Within,
        on_result: Callable[[Result], None],
    ) -> None:
        """Take them in, in order; `within` and `on_result` as the pipeline has them."""
        ...


class Worker:
    """Takes one job after the other, a slice of its documents at a time.

    What became of documents is written with them, in one transaction. So whenever the process
    ends, the next one goes on with those that are not accounted for.
    """

    def __init__(
        self,
        turns: Turns,
        spool: Spool,
        ingest: Ingest,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        backoff_seconds: float = 1.0,
    ) -> None:
        """Take what it needs.

        Args:
            turns: what is to be done, and where it is written what was.
            spool: the documents.
            ingest: takes them in.
            monotonic: seconds from any start.
            backoff_seconds: the wait after the first of the failures that may pass; doubled by
                each. The sixth in a row ends the job.
        """
        self._turns = turns
        self._spool = spool
        self._ingest = ingest
        self._monotonic = monotonic
        self._backoff = backoff_seconds
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._alone = threading.Lock()

    @property
    def runs(self) -> bool:
        """Tell whether it works in the background."""
        return self._thread is not None

    def start(self) -> None:
        """Work in the background until `stop`; going on where an earlier process was."""
        with self._starting:
            if self._thread is None and not self._stop.is_set():
                self.recover()
                self._thread = threading.Thread(target=self._loop, name="jobs", daemon=True)
                self._thread.start()

    def wake(self) -> None:
        """Say that there is something to do."""
        self._wake.set()

    def stop(self) -> None:
        """End after the documents that are on their way; safe to call twice."""
        self._stop.set()
        self._wake.set()
        with self._starting:
            if self._thread is not None:
                self._thread.join()

    def recover(self) -> None:
        """Queue what was cut off, and remove files that nobody knows."""
        with self._alone:
            self._spool.sweep(self._turns.recover)

    def work(self, proceed: Proceed = lambda: True) -> bool:
        """Work through one job, here and now; answer whether there was one.

        Args:
            proceed: asked before each slice and after each document; once it says no, what is on
                its way is committed, and the job is queued again.
        """
        with self._alone:
            return self._work(proceed)

    def _work(self, proceed: Proceed) -> bool:
        for gone in self._turns.expire():
            self._spool.remove(gone)
        job = self._turns.claim()
        if job is None:
            return False
        _log.info("job.started", job=job.id, documents=job.total - job.done)
        ended = self._run(job, proceed)
        if ended is None:
            self._turns.release(job)
            return True
        if not ended.bytes:
            self._spool.remove(ended.id)
        _log.info("job.ended", job=job.id, state=ended.state.value, done=ended.done)
        return True

    def _loop(self) -> None:
        cut_off = False
        while not self._stop.is_set():
            try:
                if cut_off:
                    self.recover()
                busy, cut_off = self.work(), False
            except GuildError as error:  # the database can't be asked: it may come back
                _log.warning("jobs.waiting", reason=str(error))
                busy, cut_off = False, True
            except Exception:  # noqa: BLE001 - the thread must live: nobody else would work
                _log.exception("jobs.failed")
                busy, cut_off = False, True
            if not busy:
                self._wake.wait(_LOOK_SECONDS)
                self._wake.clear()

    def _run(self, job: Job, proceed: Proceed) -> Job | None:
        """Take a job's documents in; None where it is to be left before it ends."""
        tries = 0
        while not self._stop.is_set() and proceed():
            try:
                over = self._step(job, proceed)
                tries = 0
            except (Conflict, Unavailable) as error:
                tries += 1
                over = (JobState.FAILED, str(error)) if tries >= _TRIES else None
                if over is None:
                    self._patience(job, error, self._backoff * 2 ** (tries - 1), proceed)
            except GuildError as error:
                over = JobState.FAILED, str(error)
            except Exception as error:  # noqa: BLE001 - one strange job must not end the others
                _log.exception("job.failed", job=job.id)
                over = JobState.FAILED, f"a fault of the program ({type(error).__name__})"
            if over is not None:
                self._spool.blank(job.id, self._turns.taken(job))
                return self._turns.finish(job, *over)
        return None

    def _step(self, job: Job, proceed: Proceed) -> tuple[JobState, str] | None:
        """Take a slice in; answer how the job ended, with the reason, where it has."""
        if self._turns.cancelling(job):
            return JobState.CANCELLED, ""
        items = self._turns.waiting(job, _DOCUMENTS)
        if not items:
            return JobState.DONE, ""
        if not self._spool.holds(job.id):
            return JobState.FAILED, "what was uploaded is not in this home: upload it again"
        self._slice(job, items, proceed)
        return None

    def _patience(self, job: Job, error: GuildError, seconds: float, proceed: Proceed) -> None:
        with suppress(GuildError):
            self._turns.trying(job, f"waits to try again: {error}")
        until = self._monotonic() + seconds
        while (left := until - self._monotonic()) > 0 and proceed():
            if self._stop.wait(min(left, _LOOK_SECONDS)):
                return

    def _slice(self, job: Job, items: Sequence[Item], proceed: Proceed) -> None:
        results: list[Result] = []
        with span("ingest.slice", job_id=job.id, documents=len(items)):
            self._ingest(
                self._records(job, items, proceed),
                job.asked,
                job.collection,
                within=lambda connection, numbered: self._turns.settle(
                    connection, job, [(items[index].position, result) for index, result in numbered]
                ),
                on_result=results.append,
            )
        taken = zip((item.position for item in items), results, strict=False)
        self._turns.settled(job, list(taken))

    def _records(self, job: Job, items: Sequence[Item], proceed: Proceed) -> Iterator[Record]:
        """Yield records until it has taken a while: then what there is gets committed."""
        until = self._monotonic() + _SECONDS
        for record in self._spool.read(job.id, (item.start for item in items)):
            yield record
            if self._stop.is_set() or self._monotonic() >= until or not proceed():
                return
