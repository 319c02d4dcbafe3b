"""Checkpoints outside the database: lines that are only ever appended."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from foundation.errors import NotFound, Unavailable
from foundation.security.audit_signing import Checkpoint, read_line

FILE_NAME: Final = "audit.checkpoints"
_LONGEST_LINE: Final = 1_000


class CheckpointFile:
    """A file of checkpoints as JSON lines; several processes may append to it at once.

    It makes a cut or a rewrite of the whole log visible, as far as who did that could not write to
    the file too: keep it on another machine, or where lines can be appended but not changed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, checkpoint: Checkpoint) -> None:
        """Write a line, on the disk when this returns.

        Raises:
            Unavailable: it can't be written.
        """
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                end = os.lseek(descriptor, 0, os.SEEK_END)
                torn = end > 0 and os.pread(descriptor, 1, end - 1) != b"\n"
                line = ("\n" if torn else "") + checkpoint.line() + "\n"
                os.write(descriptor, line.encode())
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise Unavailable(
                f"the checkpoint file {self.path} can't be written ({error.strerror or error}):"
                " mend it, or name another by ELDERS_AUDIT_CHECKPOINTS"
            ) from error

    def read(self) -> Iterator[Checkpoint | None]:
        """Yield the lines in turn; None for one that is no checkpoint, such as a torn one.

        Raises:
            NotFound: there is no such file.
            Unavailable: it can't be read.
        """
        try:
            with self.path.open(encoding="utf-8", errors="replace") as file:
                while line := file.readline(_LONGEST_LINE):
                    if line.strip():
                        yield read_line(line)
        except FileNotFoundError as error:
            raise NotFound(f"there is no checkpoint file {self.path}") from error
        except OSError as error:
            raise Unavailable(
                f"the checkpoint file {self.path} can't be read ({error.strerror or error})"
            ) from error
