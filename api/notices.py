"""What one process tells the others of its home: that a file was written again."""

from __future__ import annotations

from pathlib import Path

from foundation.ids import new_id


class Notice:
    """A file that one process writes and others look at now and then."""

    def __init__(self, path: Path) -> None:
        """Take what it is now as known."""
        self._path = path
        self._known = self._state()

    def mark(self) -> None:
        """Have others see that it changed.

        Raises:
            OSError: the file can't be written.
        """
        aside = self._path.with_name(f"{self._path.name}.{new_id()}")  # others may mark it too
        aside.touch()
        aside.replace(self._path)
        self._known = self._state()

    def changed(self) -> bool:
        """Tell whether it was written since it was last looked at."""
        state = self._state()
        known, self._known = self._known, state
        return state != known

    def _state(self) -> tuple[int, int]:
        try:
            found = self._path.stat()
        except OSError:
            return 0, 0
        return found.st_ino, found.st_mtime_ns
