"""A thread that lives as long as there is work."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from foundation.errors import GuildError

_log = structlog.get_logger(__name__)


class Worker:
    """Takes step after step until nothing is left; what is to be done is known elsewhere.

    So nothing is lost when it ends: whoever begins again finds what is left.
    """

    def __init__(self, step: Callable[[], bool]) -> None:
        """Begin with nothing.

        Args:
            step: does some of the work, and answers whether there may be more.
        """
        self._step = step
        self._lock = threading.Lock()
        self._wanted = False
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def notify(self) -> None:
        """Say that there may be work."""
        with self._lock:
            self._wanted = True
            if self._thread is None and not self._stopping.is_set():
                self._thread = threading.Thread(target=self._run, name="attach", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """End after the step under way, for good; safe to call twice."""
        self._stopping.set()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while self._goes_on():
            try:
                while not self._stopping.is_set() and self._step():
                    pass
            except GuildError as error:  # the next who asks has it tried again
                _log.warning("attach.interrupted", reason=str(error))
            except Exception:  # noqa: BLE001 - a fault must not end the work for good
                _log.exception("attach.fault")

    def _goes_on(self) -> bool:
        with self._lock:
            goes_on = self._wanted and not self._stopping.is_set()
            self._wanted = False
            if not goes_on:
                self._thread = None
            return goes_on
