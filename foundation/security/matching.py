"""A detector's parts: where a number may begin and end, and what is made of a candidate."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from foundation.patterns import deferred
from foundation.security.findings import Kind
from foundation.security.labels import label_pattern, labelled

_WORD_BEGIN: Final = "|".join(
    ("(?<![0-9A-Za-z_])", *(f"(?<={word})" for word in "TEL Tel FAX Fax SSN DNI NIE CPF PAN".split()))
)
"""Japanese text often writes a label right before its number."""

BEGIN: Final = rf"(?:{_WORD_BEGIN})(?<![0-9A-Za-z_]-)(?<![0-9][.:/+*])"
"""Not within a word, a decimal, a UUID, a time or a formula. Put before the first digit."""

END: Final = r"(?![0-9A-Za-z_])(?![-.:/*][0-9])"

_SEPARATORS: Final = str.maketrans("", "", " -./()")


class Match(NamedTuple):
    """A candidate that passed: `start` and `end` in the folded text."""

    kind: Kind
    start: int
    end: int
    reason: str


Detector = Callable[[str], Iterator[Match]]
"""Finds its kinds in a folded text, in time that grows with its length and no faster."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to write a number, and what makes it one.

    Attributes:
        shape: of the whole candidate; what it takes at one place is bounded.
        valid: given the candidate without separators and whether a label names it, answers why it
            is one, or nothing.
        labels: what may stand before it.
        label_needed: its shape and check digits alone would take too many innocents.
    """

    kind: Kind
    shape: re.Pattern[str]
    valid: Callable[[str, bool], str]
    labels: re.Pattern[str]
    label_needed: bool = False

    def find(self, text: str) -> Iterator[Match]:
        """Yield what passes."""
        for found in self.shape.finditer(text):
            named = labelled(text, found.start(), self.labels)
            if named is False or (self.label_needed and not named):
                continue
            reason = self.valid(compact(found.group()), bool(named))
            if reason:
                yield Match(self.kind, found.start(), found.end(), reason)


def rule(
    kind: Kind,
    shape: str,
    valid: Callable[[str, bool], str],
    labels: str,
    *,
    label_needed: bool = False,
    others: str = "(?!)",
) -> Rule:
    """Write a rule; `shape` is ASCII and gets the ends of a number around it.

    Args:
        kind, shape, valid, labels, label_needed: as in `Rule`; labels are regular expressions.
        others: labels of other kinds of number, of which this one is none.
    """
    bounded = deferred(f"{BEGIN}(?:{shape}){END}", re.ASCII)
    return Rule(kind, bounded, valid, label_pattern(labels, others), label_needed)


def compact(number: str) -> str:
    """Leave out what parts the groups of a number."""
    return number.translate(_SEPARATORS)
