"""How alike two texts are, compared exactly once the bands have made them candidates."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import xxhash

from foundation.errors import InvalidInput
from foundation.ids import Sha256, normalised_hash
from knowledge.signatures import (
    MIN_SHINGLES,
    Shingles,
    characters_of,
    containment,
    jaccard,
    shingles,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

# A word within a sentence: where it is capitalised it is taken for a name.
_INNER_WORD: Final = re.compile(r"(?<=[^\s.!?])\s\w+")

# Words with a digit, however many follow each other ("1.2.1" is three): one hole in the frame.
# Tried at the start of words alone, so that a word of a megabyte takes linear time.
_NUMBERS: Final = re.compile(r"(?:(?<![^ ])[^\W\d]*\d[^ ]* )+")


class LikenessKind(StrEnum):
    """In what way two texts are alike.

    VARIANT: they differ in numbers alone, or in names of which each stands in for another.
    "Release 1.2" and "Release 1.3", two invoices, the same notice for two counties say different
    things in the same words, and no threshold tells them from true near duplicates: in a long
    text one word changes the similarity as little as one likes. So such a pair is shown for
    review and never merged by the machine. docs/duplicates.md has the figures for what this rule
    saves and what it costs.
    """

    EXACT = "exact"
    NEAR = "near"
    VARIANT = "variant"


@dataclass(frozen=True, slots=True)
class Likeness:
    """The verified likeness of two texts.

    Attributes:
        kind: exact, near, or near but for numbers and names.
        similarity: Jaccard similarity of their shingles, 0 to 1.
        containment: the share of the smaller one's shingles that the larger one holds, 0 to 1.
    """

    kind: LikenessKind
    similarity: float
    containment: float


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where merging, review and containment begin (0 to 1, inclusive).

    Raises:
        InvalidInput: they are not in order: 0 < review <= merge <= 1, 0 < containment <= 1.
    """

    merge: float = 0.85
    review: float = 0.6
    containment: float = 0.9

    def __post_init__(self) -> None:
        if not (0 < self.review <= self.merge <= 1 and 0 < self.containment <= 1):
            raise InvalidInput(
                f"duplicate thresholds must satisfy 0 < review <= merge <= 1 and "
                f"0 < containment <= 1, but are {self}"
            )

    def merges(self, likeness: Likeness) -> bool:
        """Tell whether this likeness alone would merge two documents."""
        return likeness.kind is not LikenessKind.VARIANT and likeness.similarity >= self.merge

    def keeps(self, likeness: Likeness) -> bool:
        """Tell whether this likeness is worth storing: it may merge, or a person should look."""
        return likeness.similarity >= self.review or likeness.containment >= self.containment


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """What the comparison needs of one text, so that a text met by many is prepared once.

    Attributes:
        exact: hash of the normalised text; equal for exact duplicates.
        shingles: sorted hashes, shape (n,).
        frame: hash of the text with its numbers and names left open.
    """

    exact: Sha256
    shingles: Shingles
    frame: int

    @classmethod
    def of(cls, text: str) -> Fingerprint:
        """Prepare a text."""
        return cls(normalised_hash(text), shingles(text), _frame(text))


def _frame(text: str) -> int:
    digest = xxhash.xxh3_64()
    for part in _frame_parts(unicodedata.normalize("NFKC", text)):
        digest.update(part.encode())
    return digest.intdigest()


def _frame_parts(text: str) -> Iterator[str]:
    nameless = _INNER_WORD.sub(_without_name, text).casefold()
    for words in words_of(nameless):
        yield _NUMBERS.sub("0 ", " ".join(words) + " ")
    yield "\0"
    yield characters_of(nameless)


def _without_name(inner: re.Match[str]) -> str:
    return " _" if inner[0][1].isupper() else inner[0]


def compare(first: Fingerprint, second: Fingerprint) -> Likeness | None:
    """Compare two texts exactly; None where one of them is too short for anything but equality."""
    if first.exact == second.exact:
        return Likeness(LikenessKind.EXACT, 1.0, 1.0)
    if min(len(first.shingles), len(second.shingles)) < MIN_SHINGLES:
        return None
    similarity = jaccard(first.shingles, second.shingles)
    variant = similarity < 1 and first.frame == second.frame
    return Likeness(
        LikenessKind.VARIANT if variant else LikenessKind.NEAR,
        similarity,
        containment(first.shingles, second.shingles),
    )
