"""Whose behaviour is to be learned anew: a file that every process of a home reads."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from foundation.clock import Micros
from foundation.errors import Unavailable


class Forgotten:
    """Principals, each with the moment before which nothing counts that was learned of it.

    Lines are only added, each at once, and a line that was cut off is none: so processes need not
    wait for one another, and reading all of it again does no harm.
    """

    def __init__(self, path: Path) -> None:
        """Take the file; it is made when it is first needed."""
        self._path = path
        self._known = 0, 0, 0

    def add(self, principal: str, at: Micros) -> None:
        """Write a principal down, onto the disk.

        Raises:
            Unavailable: the disk refuses.
        """
        line = json.dumps({"principal": principal, "at": at})
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(f"\n{line}\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise Unavailable(
                f"{self._path} can't be written: {error.strerror or error}"
            ) from error

    def news(self) -> Mapping[str, Micros]:
        """Answer all of it where the file changed since the last call, else nothing.

        Raises:
            OSError: it can't be read.
        """
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return {}
        state = found.st_ino, found.st_mtime_ns, found.st_size
        if state == self._known:
            return {}
        all_of_it: dict[str, Micros] = {}
        for line in self._path.read_text(encoding="utf-8").splitlines():
            with suppress(ValueError, KeyError, TypeError):
                told = json.loads(line)
                all_of_it[str(told["principal"])] = Micros(int(told["at"]))
        self._known = state
        return all_of_it
