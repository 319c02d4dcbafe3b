"""One owner for a home's derived state: who holds it, and waiting for one's turn."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from foundation.clock import Clock, system_clock, to_datetime
from foundation.errors import Conflict, Unavailable


class HomeLock:
    """An exclusive lock on a home; the system frees it when its process ends, however it ends."""

    def __init__(self, home: Path, *, purpose: str, clock: Clock = system_clock) -> None:
        from filelock import FileLock

        self._home = home
        self._purpose = purpose
        self._clock = clock
        self._lock = FileLock(home / "lock", thread_local=False)
        self._note = home / "lock.json"

    def acquire(self, *, timeout_seconds: float) -> None:
        """Take the lock, waiting for whoever holds it.

        Raises:
            Conflict: they still hold it after the timeout; the message says who.
            Unavailable: the home cannot be written to.
        """
        from filelock import Timeout

        try:
            self._lock.acquire(timeout=timeout_seconds, poll_interval=0.05)
        except Timeout as error:
            raise Conflict(
                f"{self._home} is held by {self.holder() or 'another process'}: wait until it ends,"
                " send your request to it, or wait longer with ELDERS_LOCK_TIMEOUT_SECONDS"
            ) from error
        except OSError as error:
            raise Unavailable(
                f"{self._home} cannot be locked ({error.strerror or error}): make it a folder that "
                "you may write to, or choose another by ELDERS_HOME"
            ) from error
        self._leave_note()

    def holder(self) -> str:
        """Describe who took the lock last; empty when nobody is known."""
        try:
            note = json.loads(self._note.read_text())
            return f"`{note['purpose']}` (process {note['pid']}, since {note['since']})"
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def release(self) -> None:
        """Give the lock back; safe to call twice."""
        if self._lock.is_locked:
            with suppress(OSError):
                self._note.unlink(missing_ok=True)
            self._lock.release()

    def _leave_note(self) -> None:
        """Say who holds the lock: a courtesy, so a full disk is no reason to give it back."""
        since = to_datetime(self._clock()).isoformat(timespec="seconds")
        note = {"pid": os.getpid(), "purpose": self._purpose, "since": since}
        with suppress(OSError):
            aside = self._note.with_suffix(".tmp")
            aside.write_text(json.dumps(note))
            aside.replace(self._note)

    def __enter__(self) -> Self:
        """Enter with the lock already taken by `acquire`."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Release."""
        self.release()
