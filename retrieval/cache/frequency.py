"""How often keys were asked for lately, in a few bytes each."""

from __future__ import annotations

from typing import Final

_ROWS: Final = 4
_MOST: Final = 15
_SAMPLES_PER_SLOT: Final = 10


class Frequencies:
    """A count-min sketch that forgets: all counts are halved after ten times its size of calls.

    Source: Einziger, Friedman & Manes, TinyLFU: A Highly Efficient Cache Admission Policy, 2017.
    """

    def __init__(self, entries: int) -> None:
        """Make room for the keys of a cache of so many entries."""
        size = 1 << max(6, (entries - 1).bit_length())
        self._mask = size - 1
        self._rows = [bytearray(size) for _ in range(_ROWS)]
        self._due = size * _SAMPLES_PER_SLOT
        self._seen = 0

    def note(self, key: str) -> None:
        """Count one call."""
        for row, slot in zip(self._rows, self._slots(key), strict=True):
            if row[slot] < _MOST:
                row[slot] += 1
        self._seen += 1
        if self._seen >= self._due:
            self._seen //= 2
            self._rows = [bytearray(count >> 1 for count in row) for row in self._rows]

    def of(self, key: str) -> int:
        """Answer about how often a key was called, 15 at the most; rarely too high."""
        return min(row[slot] for row, slot in zip(self._rows, self._slots(key), strict=True))

    def _slots(self, key: str) -> list[int]:
        bits = int(key, 16)
        return [(bits >> (32 * row)) & self._mask for row in range(_ROWS)]
