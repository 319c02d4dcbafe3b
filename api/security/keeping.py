"""What guards a server and may be lost for a minute: written down now and then, and at the end."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from foundation.errors import GuildError
from foundation.security.behaviour import Behaviour
from foundation.security.forgotten import Forgotten
from foundation.security.keyring import Keyring

_log = structlog.get_logger(__name__)

LEARNED: Final = "behaviour.json"
LEARNED_APART: Final = "behaviour-{}.json"
FORGOTTEN: Final = "behaviour.forgotten"

_EVERY_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 2.0


class Keeper:
    """Keeps what is learned of behaviour and when keys were used, and forgets what is to be.

    It has a thread of its own from the start until it is closed.
    """

    def __init__(
        self,
        keyring: Keyring,
        behaviour: Behaviour,
        home: Path,
        number: int = 0,
        *,
        look_seconds: float = _LOOK_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Go on from what was kept.

        Args:
            keyring: knows when keys were used.
            behaviour: learns.
            home: where its files lie.
            number: of several processes, each of which learns apart. A new one begins with what
                another learned: each sees about the same part of what a principal does.
            look_seconds: how long it takes at the most until is forgotten what is to be.
            monotonic: seconds from any start.

        Raises:
            InvalidInput: the file is damaged.
        """
        self._keyring = keyring
        self._behaviour = behaviour
        self._path = home / (LEARNED_APART.format(number) if number else LEARNED)
        self._forgotten = Forgotten(home / FORGOTTEN)
        self._look_seconds = look_seconds
        self._monotonic = monotonic
        self._ending = threading.Event()
        begun = self._path if self._path.is_file() else _newest(home) if number else None
        if begun is not None:
            behaviour.load(begun.read_text(encoding="utf-8"))
        self._forget()
        self._thread = threading.Thread(target=self._run, name="security", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write for the last time."""
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        kept_at = self._monotonic()
        while not self._ending.wait(self._look_seconds):
            self._forget()
            if self._monotonic() - kept_at >= _EVERY_SECONDS:
                self._keep()
                kept_at = self._monotonic()
        self._forget()
        self._keep()

    def _forget(self) -> None:
        try:
            for principal, at in self._forgotten.news().items():
                self._behaviour.forget(principal, at)
        except OSError as error:
            _log.warning("security.not_forgotten", error=type(error).__name__)

    def _keep(self) -> None:
        try:
            self._keyring.flush()
            aside = self._path.with_suffix(".tmp")
            aside.unlink(missing_ok=True)
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(self._behaviour.dump())
            aside.replace(self._path)
        except (GuildError, OSError) as error:
            _log.warning("security.not_kept", error=type(error).__name__)


def _newest(home: Path) -> Path | None:
    """Find what any process learned last."""
    found = home.glob(LEARNED_APART.format("*"))
    return max(found, key=lambda path: path.stat().st_mtime, default=None)
