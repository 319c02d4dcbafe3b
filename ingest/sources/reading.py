"""Bytes from the file system, with a limit, and from regular files only."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from foundation.clock import Micros, to_datetime
from foundation.errors import InvalidInput
from ingest.model import Record
from ingest.sources.naming import file_uri, readable

DEFAULT_MAX_BYTES: Final = 64 * 1024 * 1024
"""Larger documents are refused unless the caller raises the limit."""

_STEP: Final = 1024 * 1024
_KINDS: Final = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


@dataclass(frozen=True, slots=True)
class FileReader:
    """Turns one path into one record; whatever goes wrong becomes the record's error.

    Attributes:
        max_bytes: a larger file is not read.
        dated: take the modification time as the time at which the content became true.
    """

    max_bytes: int = DEFAULT_MAX_BYTES
    dated: bool = False

    def read(
        self, path: str, source_id: str, *, shown: str | None = None, follow: bool = True
    ) -> Record:
        """Read a file.

        Args:
            path: where its bytes are.
            shown: the path to cite, where it differs (a link whose target was resolved).
            follow: whether `path` itself may be a symbolic link.
        """
        at = shown or path
        uri, name = file_uri(at), readable(Path(at).name)
        try:
            with open_regular(path, follow=follow) as stream:
                facts = os.fstat(stream.fileno())
                check_size(facts.st_size, self.max_bytes)
                data = read_capped(stream, self.max_bytes)
        except OSError as error:
            return Record(source_id, uri=uri, name=name, error=explain(error))
        except InvalidInput as error:
            return Record(source_id, uri=uri, name=name, error=str(error))
        modified = Micros(facts.st_mtime_ns // 1000)
        return Record(
            source_id,
            data=data,
            uri=uri,
            name=name,
            metadata={"size": len(data), **_modified(modified)},
            time=modified if self.dated else None,
        )


def open_regular(path: str, *, follow: bool = True) -> BinaryIO:
    """Open a regular file and nothing else, never waiting for a pipe's other end.

    Raises:
        InvalidInput: the path is a folder, pipe, socket or device.
        OSError: the system refuses.
    """
    _refuse_irregular(Path(path).stat(follow_symlinks=follow).st_mode)
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK
    descriptor = os.open(path, flags if follow else flags | os.O_NOFOLLOW)
    try:
        # Asked again of what was opened: the path may have been exchanged since.
        _refuse_irregular(os.fstat(descriptor).st_mode)
    except InvalidInput:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb")


def read_capped(stream: BinaryIO, max_bytes: int) -> bytes:
    """Read to the end, but never more than `max_bytes` and a step.

    Raises:
        InvalidInput: there is more.
    """
    parts: list[bytes] = []
    total = 0
    while part := stream.read(min(_STEP, max_bytes - total + 1)):
        parts.append(part)
        total += len(part)
        check_size(total, max_bytes)
    return b"".join(parts)


def check_size(size: int, max_bytes: int) -> None:
    """Refuse what is too large.

    Raises:
        InvalidInput: `size` is over `max_bytes`.
    """
    if size > max_bytes:
        raise InvalidInput(
            f"more than the {max_bytes:,} bytes allowed for one document: "
            "split it, or raise max_bytes"
        )


def explain(error: OSError) -> str:
    """Say what the system said, without the path (the record names it)."""
    reason = error.strerror or str(error) or type(error).__name__
    return f"cannot be read ({reason}): mend its path or permissions, or have it ignored"


def iso(micros: int) -> str:
    """Write a time for metadata; empty where it lies outside the years 1 to 9999."""
    try:
        return to_datetime(micros).isoformat()
    except OverflowError:
        return ""


def _modified(micros: int) -> dict[str, str]:
    written = iso(micros)
    return {"modified": written} if written else {}


def _refuse_irregular(mode: int) -> None:
    if stat.S_ISREG(mode):
        return
    kind = next((name for test, name in _KINDS if test(mode)), "not a regular file")
    raise InvalidInput(f"{kind}, and only regular files are read: copy its content into a file")
