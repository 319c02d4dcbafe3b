"""Jobs, for Python: uploads that are accepted now and taken in by and by."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from api.admitting import admission
from api.targets import Target, source_of
from foundation.errors import InvalidInput
from foundation.ids import new_id
from ingest.batching import Within
from ingest.jobs.model import Asked, Failure, Job, Limits
from ingest.jobs.spool import Spool
from ingest.jobs.store import JobStore, Load, refuse_beyond
from ingest.jobs.turns import Turns
from ingest.jobs.worker import Worker
from ingest.model import Record
from knowledge.model import Result

if TYPE_CHECKING:
    from api.knowledge_base import KnowledgeBase

FOLDER: Final = "jobs"
_LOOK_SECONDS: Final = 0.25


class Jobs:
    """The jobs of a home: accept, look, cancel, try again, wait.

    The process that owns the home works through them, one at a time, after `start` or in `wait`;
    others may look, cancel and ask for another try. `viewer` names a principal that may see its
    own alone.
    """

    def __init__(
        self, base: KnowledgeBase, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Stand in the door of a knowledge base; nothing runs before `start`."""
        parts = base.platform.parts
        self._base = base
        self._store = JobStore(parts.database, parts.clock)
        self._spool = Spool(parts.home.path / FOLDER)
        self._turns = Turns(parts.database, parts.clock)
        self._worker = Worker(self._turns, self._spool, self._ingest, monotonic=monotonic)
        self._monotonic = monotonic
        self._arriving: dict[str, tuple[str, int]] = {}
        self._lock = threading.Lock()

    def submit(
        self,
        target: Target,
        *,
        collection: str = "default",
        asked: Asked | None = None,
        limits: Limits | None = None,
        **options: Any,
    ) -> Job:
        """Accept documents: when this returns they are on the disk, and will be taken in.

        Args:
            target: as for `ingest`.
            collection: where they go.
            asked: who asks, with which rights; by default this machine's owner.
            limits: what may wait; without them it is not limited.
            **options: as for `ingest`.

        Raises:
            Conflict: opened read-only.
            InvalidInput: there is no such target, nothing in it, or a bad option or collection.
            NotFound: the collection is none that the asker may see.
            QuotaExceeded: too much waits already.
            Unavailable: the disk or the database refuses.
        """
        platform = self._base.platform
        platform.require_ownership()
        asked = asked or Asked("owner", platform.access, "ingest")
        admission(platform.seen_by(asked.access), collection)
        most = platform.parts.max_document_bytes
        source = source_of(target, options, max_bytes=most, hosts=platform.hosts)
        job_id = new_id()
        spooled = self._spool.write(job_id, source.records())
        if not spooled.starts:
            self._spool.remove(job_id)
            raise InvalidInput("there is no document in it: a job needs one or more")
        try:
            job = self._store.insert(job_id, asked, collection, spooled, limits)
        except BaseException:
            self._spool.remove(job_id)
            raise
        self._spool.settled(job_id)
        if limits is not None:
            for gone in self._turns.make_room(limits.bytes):
                self._spool.remove(gone)
        self._worker.wake()
        return job

    @contextmanager
    def arriving(self, principal: str, size: int, limits: Limits) -> Iterator[None]:
        """Keep room for an upload while it is read, so that many at once fill no memory.

        Args:
            principal: whose it is.
            size: bytes, as far as it was said.
            limits: what may wait.

        Raises:
            QuotaExceeded: there is none.
        """
        load = self._store.load(principal)
        ticket = new_id()
        with self._lock:
            own = sum(1 for whose, _ in self._arriving.values() if whose == principal)
            held = sum(held for _, held in self._arriving.values())
            seen = Load(load.jobs + own, load.bytes + held, load.retry_seconds)
            refuse_beyond(limits, seen, size)
            self._arriving[ticket] = (principal, size)
        try:
            yield
        finally:
            with self._lock:
                del self._arriving[ticket]

    def get(self, job_id: str, *, viewer: str | None = None) -> Job:
        """Answer a job as it is now.

        Raises:
            NotFound: there is none that the viewer may see.
        """
        return self._store.get(job_id, viewer)

    def list(
        self, *, viewer: str | None = None, after: str | None = None, limit: int = 100
    ) -> Sequence[Job]:
        """List jobs, the newest first; with `after` those older than that job."""
        return self._store.list(viewer, after=after, limit=limit)

    def errors(
        self, job_id: str, *, viewer: str | None = None, after: int = -1, limit: int = 100
    ) -> Sequence[Failure]:
        """List the documents of a job that failed, after a position in it."""
        return self._store.failures(job_id, viewer, after=after, limit=limit)

    def cancel(self, job_id: str, *, viewer: str | None = None) -> Job:
        """End a job after what it is at; what was taken in stays.

        Raises:
            NotFound: there is none that the viewer may see.
            Conflict: it has ended already.
        """
        return self._store.cancel(job_id, viewer)

    def retry(self, job_id: str, *, viewer: str | None = None, limits: Limits | None = None) -> Job:
        """Queue a job again, for what failed in it and what it never came to.

        Raises:
            NotFound: there is none that the viewer may see.
            Conflict: it has not ended, or there is nothing to try again.
            QuotaExceeded: too many jobs wait already.
        """
        job = self._store.retry(job_id, viewer, limits=limits)
        self._worker.wake()
        return job

    def wait(
        self,
        job_id: str,
        *,
        timeout_seconds: float | None = None,
        on_progress: Callable[[Job], None] = lambda _: None,
    ) -> Job:
        """Wait until a job has ended; works on it, and on those before it, where nothing else does.

        Args:
            job_id: which.
            timeout_seconds: how long, to the end of the documents that are on their way then.
            on_progress: called with the job, now and then and at the end.

        Returns:
            The job; it has not ended where the time ran out, and is queued where it was worked on.
        """
        until = self._monotonic() + (float("inf") if timeout_seconds is None else timeout_seconds)
        alone = self._base.platform.follows and not self._worker.runs
        if alone:
            self._worker.recover()
        proceed = self._watching(job_id, until, on_progress)
        while not (job := self.get(job_id)).ended and (left := until - self._monotonic()) > 0:
            on_progress(job)
            if not (alone and self._worker.work(proceed)):
                time.sleep(min(_LOOK_SECONDS, left))
        on_progress(job)
        return job

    def start(self) -> None:
        """Work through the jobs in the background, going on where an earlier process was.

        Raises:
            Conflict: opened read-only.
        """
        self._base.platform.require_ownership()
        self._worker.start()

    def stop(self) -> None:
        """End after the documents that are on their way; the next process goes on."""
        self._worker.stop()

    def _watching(
        self, job_id: str, until: float, on_progress: Callable[[Job], None]
    ) -> Callable[[], bool]:
        """Make what tells of a job now and then, and whether there is time left."""
        told = self._monotonic()

        def proceed() -> bool:
            nonlocal told
            now = self._monotonic()
            if now - told >= _LOOK_SECONDS:
                told = now
                on_progress(self.get(job_id))
            return now < until

        return proceed

    def _ingest(
        self,
        records: Iterator[Record],
        asked: Asked,
        collection: str,
        *,
        within: Within,
        on_result: Callable[[Result], None],
    ) -> None:
        from api.restricted import seen_by

        seen_by(self._base, asked.access).ingest(
            records, collection=collection, actor=asked.actor, within=within, on_result=on_result
        )
