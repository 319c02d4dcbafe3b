"""What `git log --raw -z` prints, as changes to files: a pure parser."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from foundation.clock import Micros
from foundation.errors import InvalidInput

LOG_COMMAND: Final = (
    "log",
    "--reverse",
    "--date-order",
    "--raw",
    "-z",
    "-m",
    "--root",
    "-r",
    "--full-history",
    "--no-renames",
    "--no-abbrev",
    "--no-ext-diff",
    "--no-textconv",
    "--no-show-signature",
    "--no-color",
    "-O/dev/null",
    "--no-notes",
    "--no-mailmap",
    "--encoding=UTF-8",
    "--format=tformat:%H%x00%ct%x00%at%x00%an <%ae>%x00%B",
)
"""Oldest first, no commit before its parents, by committer date where that leaves a choice."""

MAX_FIELD_BYTES: Final = 64 * 1024
"""A message (or path) is cut after so many bytes."""

_STEP: Final = 256 * 1024
_LAST_SECOND: Final = 253_402_300_799  # of the year 9999
_OBJECT_ID: Final = re.compile(rb"[0-9a-f]{40}|[0-9a-f]{64}")
_CHANGE: Final = re.compile(
    rb"\n?:[0-7]{6} ([0-7]{6}) (?:[0-9a-f]{40}|[0-9a-f]{64}) ([0-9a-f]{40}|[0-9a-f]{64}) [A-Z]\d*"
)


class Readable(Protocol):
    """Where bytes come from."""

    def read(self, size: int, /) -> bytes:
        """Give so many bytes, fewer only at the end, none after it."""
        ...


@dataclass(frozen=True, slots=True)
class Commit:
    """Who recorded what, when: the times are those of the committer and the author."""

    id: str
    committed: Micros
    authored: Micros
    author: str
    message: str


@dataclass(frozen=True, slots=True)
class FileChange:
    """What a path is after a commit.

    Attributes:
        path: as git keeps it: bytes, from the top of the tree, with slashes.
        mode: six octal digits; 000000 where the path is gone.
        blob: the id of its content.
    """

    commit: Commit
    path: bytes
    mode: str
    blob: str


def split_fields(stream: Readable, max_bytes: int = MAX_FIELD_BYTES) -> Iterator[bytes]:
    """Cut a stream at its NULs, holding no more than a step and one field."""
    field = bytearray()
    while part := stream.read(_STEP):
        *ended, rest = part.split(b"\0")
        for piece in ended:
            field += piece
            yield bytes(field[:max_bytes])
            field.clear()
        field += rest
        del field[max_bytes:]
    if field:
        yield bytes(field)


def changes(fields: Iterable[bytes]) -> Iterator[FileChange]:
    """Read commits and, of each, the changes; a merge speaks once for each of its parents.

    Raises:
        InvalidInput: this is not what git prints.
    """
    rest = iter(fields)
    commit: Commit | None = None
    for field in rest:
        change = _CHANGE.fullmatch(field)
        if change is None:
            commit = _commit(field, rest)
            continue
        path = next(rest, b"")
        if commit is None or not path:
            raise InvalidInput("git printed a change without its commit or its path")
        yield FileChange(commit, path, change[1].decode(), change[2].decode())


def _commit(first: bytes, rest: Iterator[bytes]) -> Commit:
    fields = [next(rest, None) for _ in range(4)]
    if not _OBJECT_ID.fullmatch(first) or None in fields:
        raise InvalidInput(f"git printed {first[:60]!r} where a commit was expected")
    committed, authored, author, message = (field or b"" for field in fields)
    return Commit(
        id=first.decode(),
        committed=_moment(committed),
        authored=_moment(authored),
        author=author.decode("utf-8", "replace"),
        message=message.decode("utf-8", "replace").strip(),
    )


def _moment(seconds: bytes) -> Micros:
    """Read a time; a malformed one is 1970, one that no calendar holds the nearest that does."""
    value = int(seconds) if re.fullmatch(rb"-?\d{1,18}", seconds) else 0
    return Micros(min(max(value, 0), _LAST_SECOND) * 1_000_000)
