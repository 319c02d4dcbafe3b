"""The audit trail: what happened, who did it and how it ended, in a log that shows every change."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

import structlog
from sqlalchemy import Connection

from foundation.clock import Clock, system_clock
from foundation.database.engine import Database
from foundation.errors import GuildError, InvalidInput, Unavailable
from foundation.security.audit_backlog import Backlog, TrailLimits, TrailState, Waiting
from foundation.security.audit_chain import Chain
from foundation.security.audit_checkpoints import CheckpointFile
from foundation.security.audit_entry import Entry, Sanitise, prepare
from foundation.security.audit_keys import Keyring
from foundation.security.audit_metadata import without_secrets
from foundation.security.audit_signing import Checkpoint

log = structlog.get_logger(__name__)


class AuditTrail:
    """Records operations. Threads may share it; close it, so that what waits is written.

    An entry is queued and written within a second, with others; a critical one is on the disk
    before `record` returns. One thread writes: critical entries of several callers share a
    transaction, and entries stand in the order in which they came. Any number of processes may
    append to one log.
    """

    def __init__(
        self,
        database: Database,
        keys: Keyring,
        checkpoints: CheckpointFile,
        *,
        sanitise: Sanitise = without_secrets,
        limits: TrailLimits = TrailLimits(),  # noqa: B008 - frozen
        clock: Clock = system_clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._checkpoints = checkpoints
        self._sanitise = sanitise
        self._limits = limits
        self._monotonic = monotonic
        self._chain = Chain(database, keys, clock)
        self._backlog = Backlog(limits, clock=clock, monotonic=monotonic)
        self._starting = threading.Lock()
        self._writer: threading.Thread | None = None
        self._uncovered = 0
        self._uncovered_since = math.inf
        self._joined = False

    def record(self, entry: Entry, *, critical: bool = False) -> None:
        """Take an entry into the log.

        Args:
            entry: what happened; secrets are taken out of it.
            critical: return when it is on the disk.

        Raises:
            Unavailable: the trail is closed, or a critical entry was not written: refuse what it
                tells of. (Where the connection was lost during the commit it may be there.)
            InvalidInput: a critical entry within a `write()` would wait for itself.
        """
        if critical and self._database.is_writing:
            raise InvalidInput(
                f"the critical audit entry {entry.operation!r} would wait for the write() it is"
                " in: record it before or afterwards"
            )
        prepared = prepare(entry, self._sanitise)
        self._start()
        done = self._backlog.admit(prepared, critical=critical)
        if done is not None:
            try:
                done.result()
            except Exception as error:
                raise Unavailable(
                    f"{entry.operation} can't be recorded in the audit log: {error}"
                ) from error

    def record_within(self, connection: Connection, entry: Entry) -> None:
        """Take an entry into the log in a `write()` of the caller's.

        So there is no entry without what it tells of, nor the other way round. It stands before
        those that wait.

        Args:
            connection: of the log's own database.
            entry: what happens; secrets are taken out of it.

        Raises:
            Unavailable: the database did not answer, or the key can't be had.
        """
        self._chain.append(connection, [prepare(entry, self._sanitise)])
        self._joined = True
        self._start()

    def flush(self) -> None:
        """Return when everything recorded so far is on the disk.

        Raises:
            Unavailable: it can't be written; what is not critical is tried again.
        """
        self._start()
        if not self._backlog.flush():
            raise Unavailable(f"the audit log can't be written: {self.state().problem}")

    def checkpoint(self) -> Checkpoint | None:
        """Write what waits and sign where the log stands; None while it is empty.

        Raises:
            Unavailable: the database or the checkpoint file can't be written.
        """
        self.flush()
        signed = self._chain.commit([], checkpoint=True)
        if signed:
            self._checkpoints.append(signed)
        return signed

    def state(self) -> TrailState:
        """Say how many entries wait, were written, were lost, and what is wrong."""
        return self._backlog.state()

    def close(self) -> None:
        """Write what waits and sign where the log stands; may be called twice.

        What can't be written within the time that the limits name is lost, which is logged.
        """
        self._backlog.close()
        with self._starting:
            writer = self._writer
        if writer is not None:
            writer.join(self._limits.drain_seconds + 1)
        left = self.state()
        if left.waiting:
            log.error("audit.not_drained", entries=left.waiting, problem=left.problem)

    def _start(self) -> None:
        if self._writer is None:
            with self._starting:
                if self._writer is None:
                    self._writer = threading.Thread(target=self._run, name="audit", daemon=True)
                    self._writer.start()

    def _run(self) -> None:
        while (batch := self._backlog.take(until=self._checkpoint_due())) is not None:
            self._write(batch, checkpoint=False)
        if self._uncovered or self._joined:
            self._write([], checkpoint=True)

    def _checkpoint_due(self) -> float:
        return self._uncovered_since + self._limits.checkpoint_seconds

    def _write(self, batch: list[Waiting], *, checkpoint: bool) -> None:
        """Commit a batch; what goes wrong is told to those who wait, and the thread lives on."""
        now = self._monotonic()
        checkpoint = (
            checkpoint
            or self._uncovered + len(batch) >= self._limits.checkpoint_entries
            or self._checkpoint_due() <= now
        )
        try:
            signed = self._chain.commit([each.prepared for each in batch], checkpoint=checkpoint)
        except Exception as error:
            trace = not isinstance(error, GuildError)
            log.warning("audit.not_written", entries=len(batch), error=str(error), exc_info=trace)
            self._backlog.fail(error)
            return
        self._uncovered_since = min(self._uncovered_since, now)
        self._uncovered += len(batch)
        self._backlog.settle(batch)
        if checkpoint:
            self._uncovered, self._uncovered_since = 0, math.inf
        if signed:
            self._keep(signed)

    def _keep(self, signed: Checkpoint) -> None:
        """Write a checkpoint outside too; where that fails the next one stands for it."""
        try:
            self._checkpoints.append(signed)
        except GuildError as error:
            log.warning("audit.checkpoint_not_kept", seq=signed.seq, error=str(error))
