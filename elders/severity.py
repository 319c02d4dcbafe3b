"""How bad something is: alerts and findings say so by the same four words."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """How bad it is, the worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """Number it: 0 is the worst."""
        return list(Severity).index(self)

    @property
    def lowered(self) -> Severity:
        """Answer the next milder one; of low it is low."""
        return list(Severity)[min(self.rank + 1, len(Severity) - 1)]
