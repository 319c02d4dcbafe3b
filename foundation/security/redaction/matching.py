"""A detector's parts: where a number may begin and end, and what is made of a candidate."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from foundation.patterns import deferred
from foundation.security.redaction.findings import Kind
from foundation.security.redaction.number_labels import label_pattern, labelled

_LABELS_WITHOUT_SPACE: Final = ("TEL", "Tel", "FAX", "Fax", "SSN", "DNI", "NIE", "CPF", "PAN")
"""Japanese text often writes a label right before its number."""

_STARTS: Final = deferred(
    "[0-9A-Z(+]"
    f"(?:(?<![0-9A-Za-z_].)|{'|'.join(f'(?<={word}.)' for word in _LABELS_WITHOUT_SPACE)})"
    "(?<![0-9A-Za-z_]-.)(?<![0-9][.:/*].)"
    "(?:(?<=[A-Z])(?=[A-Z]{0,5}[ -]?[0-9]{2})|(?<=[0-9(+])(?=(?:[^0-9\n]{0,3}[0-9]){5}))",
    re.ASCII,
)
"""Not within a word, a decimal, a UUID, a time or a formula; and digits enough stand there.

The character set comes first, because the engine skips to it quickly.
"""

END: Final = r"(?![0-9A-Za-z_])(?![-.:/*][0-9])"
"""Where a number may end."""

_SEPARATORS: Final = str.maketrans("", "", " -./()")


class Match(NamedTuple):
    """A candidate that passed: `start` and `end` in the folded text."""

    kind: Kind
    start: int
    end: int
    reason: str


Detector = Callable[[str], Iterator[Match]]
"""Finds its kinds in a folded text, in time that grows with its length and no faster."""

NumberTest = Callable[[str, int], Iterable[Match]]
"""Tells what the number is that begins at an index; it reads a bounded piece of the text."""


def find_numbers(text: str, tests: Iterable[NumberTest]) -> Iterator[Match]:
    """Run tests wherever a number could begin."""
    for found in _STARTS.finditer(text):
        for test in tests:
            yield from test(text, found.start())


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to write a number, and what makes it one: a `NumberTest`.

    Attributes:
        shape: of the whole candidate; what it takes is bounded.
        valid: given the candidate as it is written and whether a label names it, answers why it
            is one, or nothing.
        labels: what may stand before it.
        label_needed: its shape and check digits alone would take too many innocents.
        within: how many characters before it the label may begin.
    """

    kind: Kind
    shape: re.Pattern[str]
    valid: Callable[[str, bool], str]
    labels: re.Pattern[str]
    label_needed: bool = False
    within: int = 40

    def __call__(self, text: str, start: int) -> Iterator[Match]:
        """Yield the number that begins there, if it passes."""
        found = self.shape.match(text, start)
        if found is None:
            return
        named = labelled(text, start, self.labels, self.within)
        if named is False or (self.label_needed and not named):
            return
        reason = self.valid(found.group(), bool(named))
        if reason:
            yield Match(self.kind, start, found.end(), reason)


def rule(
    kind: Kind,
    shape: str,
    valid: Callable[[str, bool], str],
    labels: str,
    *,
    label_needed: bool = False,
    others: str = "(?!)",
    within: int = 40,
) -> Rule:
    """Write a rule.

    Args:
        kind, valid, label_needed, within: as in `Rule`.
        shape: a regular expression over ASCII.
        labels: one of what may stand before it.
        others: one of labels of other kinds of number, of which this one is none.
    """
    pattern = deferred(f"(?:{shape}){END}", re.ASCII)
    return Rule(kind, pattern, valid, label_pattern(labels, others), label_needed, within)


def compact(number: str) -> str:
    """Leave out what parts the groups of a number."""
    return number.translate(_SEPARATORS)
