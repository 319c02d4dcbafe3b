"""From the changes of a log to one timeline for each file: pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from foundation.clock import Micros

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingest.sources.git_log import FileChange

_ABSENT: Final = "000000"
_NOT_FILES: Final = {
    "120000": "a symbolic link: of a history, files only are read",
    "160000": "a submodule: ingest the history of its own repository",
}


class Kind(Enum):
    """What an event says of its file."""

    CONTENT = auto()
    DELETED = auto()
    REFUSED = auto()


@dataclass(frozen=True, slots=True)
class Event:
    """A file's new state and since when it holds; `reason` says why it was refused."""

    change: FileChange
    kind: Kind
    time: Micros
    reason: str = ""


@dataclass(slots=True)
class Timeline:
    """Drops what changes nothing and keeps each file's time from going back.

    It holds one id and one time for each path, whatever the number of commits. What a merge says
    of its parents is news only where it differs from the state reached so far; so after a commit
    all of whose predecessors were seen, every path is as that commit's tree has it.
    """

    _states: dict[bytes, tuple[bytes, Micros]] = field(default_factory=dict)

    def follow(self, change: FileChange) -> Iterator[Event]:
        """Take the next change of the log and say what it means."""
        before, earliest = self._states.get(change.path, (None, Micros(0)))
        now = _state(change)
        if now == before:
            return
        time = max(change.commit.committed, earliest)
        self._states[change.path] = (now, time)
        if change.mode == _ABSENT:
            if before != _OTHER:
                yield Event(change, Kind.DELETED, time)
        elif now == _OTHER:
            if before not in {None, _GONE}:
                yield Event(change, Kind.DELETED, time)
            reason = _NOT_FILES.get(change.mode, f"not a file (mode {change.mode})")
            yield Event(change, Kind.REFUSED, time, reason)
        else:
            yield Event(change, Kind.CONTENT, time)


_GONE: Final = b"gone"
_OTHER: Final = b"other"


def _state(change: FileChange) -> bytes:
    if change.mode == _ABSENT:
        return _GONE
    return bytes.fromhex(change.blob) if change.mode.startswith("100") else _OTHER
