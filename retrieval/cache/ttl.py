"""How long an answer is kept, by how often it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

OFTEN: Final = 50
VERY_OFTEN: Final = 100
_FOR_DYNAMIC: Final = 0.25
_JITTER: Final = 0.1


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """Seconds: `base` for an answer, `negative` at the most for one that nothing was found."""

    base: float = 3_600.0
    negative: float = 60.0

    def of(self, key: str, *, hits: int, dynamic: bool = False, empty: bool = False) -> float:
        """Answer how long an entry lives from the moment it was made.

        Twice as long above 50 hits, four times above 100, a quarter for what changes often; and
        10 % more or less by its key, so that what was made together does not end together.

        Args:
            key: hexadecimal digits.
        """
        factor = 4.0 if hits > VERY_OFTEN else 2.0 if hits > OFTEN else 1.0
        seconds = self.base * factor * (_FOR_DYNAMIC if dynamic else 1.0)
        if empty:
            seconds = min(seconds, self.negative)
        share = int(key[:8], 16) / 0xFFFFFFFF
        return seconds * (1.0 - _JITTER + 2.0 * _JITTER * share)

    def changes_at(self, hits: int) -> bool:
        """Tell whether with this hit an entry's life becomes longer."""
        return hits in (OFTEN + 1, VERY_OFTEN + 1)
