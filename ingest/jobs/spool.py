"""The bytes of documents that wait: a file for each job in the home, gone when it is done."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import IO, Any, Final

from foundation.errors import InvalidInput, Unavailable
from ingest.model import Record

_SUFFIX: Final = ".job"
_BLOCK: Final = 1 << 20
_TOLD: Final = tuple(each.name for each in fields(Record) if each.name != "data")


@dataclass(frozen=True, slots=True)
class Spooled:
    """What was written: of each record its source id and where it begins, and the file's size."""

    starts: list[tuple[str, int]]
    size: int


class Spool:
    """Files of records. What `write` answered with lasts through a loss of power."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when it is first needed."""
        self._folder = folder
        self._writing: set[str] = set()
        self._lock = threading.Lock()

    def write(self, name: str, records: Iterable[Record]) -> Spooled:
        """Write records into a new file, one in memory at a time; call `settled` or `remove` then.

        Raises:
            Unavailable: the disk refuses; nothing of it is left.
        """
        with self._lock:
            self._writing.add(name)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = self._path(name)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                starts = [(record.source_id, _put(file, record)) for record in records]
                file.flush()
                os.fsync(file.fileno())
                size = file.tell()
            _sync_folder(self._folder)
        except OSError as error:
            self.remove(name)
            raise Unavailable(
                f"{self._folder} can't take the upload ({error.strerror or error}): make room"
            ) from error
        except BaseException:
            self.remove(name)
            raise
        return Spooled(starts, size)

    def settled(self, name: str) -> None:
        """Say that the file is known elsewhere now, so that `sweep` is told to keep it."""
        with self._lock:
            self._writing.discard(name)

    def read(self, name: str, starts: Iterable[int]) -> Iterator[Record]:
        """Yield records of a file, one in memory at a time.

        Raises:
            Unavailable: the file is not there, or can't be read.
        """
        try:
            with self._path(name).open("rb") as file:
                for start in starts:
                    file.seek(start)
                    yield _get(file)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Unavailable(f"what was uploaded can't be read ({error}): upload it again") from (
                error
            )

    def holds(self, name: str) -> bool:
        """Tell whether there is such a file."""
        return self._path(name).is_file()

    def remove(self, name: str) -> None:
        """Remove a file; one that is not there is no error."""
        self._path(name).unlink(missing_ok=True)
        self.settled(name)

    def blank(self, name: str, ranges: Iterable[tuple[int, int | None]]) -> None:
        """Overwrite parts of a file, from a place to another (None: its end), where they stand.

        What was taken in must be kept once: a purge would not find it here.

        Raises:
            Unavailable: the disk refuses.
        """
        try:
            with self._path(name).open("r+b") as file:
                size = file.seek(0, os.SEEK_END)
                for start, end in ranges:
                    file.seek(start)
                    for place in range(start, end or size, _BLOCK):
                        file.write(bytes(min(_BLOCK, (end or size) - place)))
                file.flush()
                os.fsync(file.fileno())
        except FileNotFoundError:
            return
        except OSError as error:
            raise Unavailable(f"{self._folder} can't be written ({error.strerror})") from error

    def sweep(self, known: Callable[[], Collection[str]]) -> None:
        """Remove the files that nobody knows: a process that was killed left them.

        Args:
            known: answers which are to be kept. It is asked last: what was on the disk and is not
                being written any more is known by then.
        """
        found = list(self._folder.glob(f"*{_SUFFIX}"))
        with self._lock:
            writing = set(self._writing)
        kept = writing.union(known())
        for path in found:
            if path.stem not in kept:
                path.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{_SUFFIX}"


def _put(file: IO[bytes], record: Record) -> int:
    """Write a line that describes a record, then its bytes; answer where they begin."""
    start = file.tell()
    data = record.data
    told: dict[str, Any] = {name: getattr(record, name) for name in _TOLD}
    told |= {"metadata": dict(record.metadata), "size": None if data is None else len(data)}
    try:
        line = json.dumps(told, ensure_ascii=False).encode("utf-8", "surrogatepass")
    except (TypeError, ValueError, RecursionError) as error:
        name = record.source_id[:80]
        raise InvalidInput(f"{name!r}: its metadata is no JSON: {error}") from error
    file.write(line + b"\n")
    file.write(data or b"")
    return start


def _get(file: IO[bytes]) -> Record:
    told = json.loads(file.readline().decode("utf-8", "surrogatepass"))
    size = told.pop("size")
    data = None if size is None else file.read(size)
    if data is not None and len(data) != size:
        raise ValueError("it ends too soon")
    return Record(data=data, **told)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
