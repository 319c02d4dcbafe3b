"""Where a home lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Home:
    """Where everything of one home lies."""

    path: Path

    @property
    def followers(self) -> Path:
        """Derived state, which may be deleted whenever nobody holds the home."""
        return self.path / "followers"

    @property
    def guild(self) -> Path:
        """What the guild keeps here, and tells of its health."""
        return self.path / "guild"
