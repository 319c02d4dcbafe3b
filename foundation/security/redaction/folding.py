"""One way to write each character, so that a full-width or disguised number is read as a number."""

from __future__ import annotations

import unicodedata
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from foundation.patterns import deferred

INVISIBLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff"
)
"""Of a character class: what takes no room, and could stand within a number or a word unseen."""

_INVISIBLE: Final = deferred(f"[{INVISIBLE}]")
_DASHES: Final = "‐‑‒–—―⁃−─━﹣－"
_LONG_VOWEL: Final = deferred("(?<=[0-9])ー(?=[0-9])")


@dataclass(frozen=True, slots=True)
class Folded:
    """A text that is easy to search, and the way back to the one that was given.

    Attributes:
        text: as long as the given one, less the invisible characters.
        origins: by index in `text`, the index in what was given; None where they are the same.
    """

    text: str
    origins: Sequence[int] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Answer where a piece (not an empty one) stands in the text that was given."""
        if self.origins is None:
            return start, end
        return self.origins[start], self.origins[end - 1] + 1


def fold(text: str) -> Folded:
    """Write width, digits, dashes and spaces in one way, and leave out what cannot be seen.

    A character becomes its NFKC form where that is one character (a superscript stays: it is a
    footnote's mark more often than a digit), a digit of any script an ASCII one.
    """
    if text.isascii():
        return Folded(text)
    origins = None
    if _INVISIBLE.search(text):
        hidden = {found.start() for found in _INVISIBLE.finditer(text)}
        origins = array("L", (index for index in range(len(text)) if index not in hidden))
        text = _INVISIBLE.sub("", text)
    folded = text.translate(_FOLDS)
    return Folded(_LONG_VOWEL.sub("-", folded) if "ー" in folded else folded, origins)


class _Folds(dict[int, int]):
    """Folds each character once: `str.translate` asks it."""

    def __missing__(self, code: int) -> int:
        self[code] = folded = _folded(chr(code))
        return folded


def _folded(character: str) -> int:
    if character in _DASHES:
        return ord("-")
    category = unicodedata.category(character)
    if category == "Nd":
        return ord(str(unicodedata.digit(character)))
    if category == "Zs":
        return ord(" ")
    plain = unicodedata.normalize("NFKC", character)
    return ord(plain) if len(plain) == 1 and category != "No" else ord(character)


_FOLDS: Final = _Folds()
