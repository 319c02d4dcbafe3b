"""All detectors over one text: what they find, with overlaps settled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from foundation.patterns import deferred
from foundation.security.redaction.assignments import find_assignments
from foundation.security.redaction.cards import CARD_TESTS
from foundation.security.redaction.contacts import PHONE_TESTS, find_emails
from foundation.security.redaction.credentials import (
    find_authorisations,
    find_private_keys,
    find_tokens,
)
from foundation.security.redaction.findings import Finding, Kind
from foundation.security.redaction.folding import fold
from foundation.security.redaction.ibans import find_ibans
from foundation.security.redaction.matching import Detector, Match, find_numbers
from foundation.security.redaction.national_ids import NATIONAL_TESTS
from foundation.security.redaction.told import find_told

_DETECTORS: Final[tuple[Detector, ...]] = (
    find_private_keys,
    find_tokens,
    find_authorisations,
    find_assignments,
    find_told,
    find_emails,
    find_ibans,
)
_NUMBERS: Final = (*CARD_TESTS, *NATIONAL_TESTS, *PHONE_TESTS)
_DIGITS: Final = deferred(r"[0-9](?:[^0-9\n]{0,3}[0-9]){5}")
_RANKS: Final = {kind: rank for rank, kind in enumerate(Kind)}

MARKER: Final = deferred(
    r"\[(?:REDACTED:[a-z_]{2,20}|(?:ENCRYPTED|PSEUDONYM):[a-z_]{2,20}:[A-Za-z0-9_=-]{26,})\]"
)
"""What stands in the place of a value that was found before."""

_LONGEST_LABEL: Final = 200
"""Characters: a label is read again with every value below it."""


def find(
    text: str, label: str = "", kept: Callable[[Kind], bool] = lambda _: False
) -> list[Finding]:
    """Find the sensitive values in a text, in their order and without overlaps.

    Where findings overlap, they are one, from the first character to the last, and of the kind
    that is named first in `Kind`. Time grows with the length of the text and no faster.

    Args:
        text: at any width: offsets are of the text as it was given.
        label: what it is called where it comes from (a column, a key), read as if it stood
            before it; of a long one the end.
        kept: of which kinds values stay as they are: such a finding never hides another.
    """
    folded = fold(text)
    offset = 0
    searched = folded.text
    if label:
        prefix = f"{label[-_LONGEST_LABEL:]}: "
        searched, offset = prefix + searched, len(prefix)
    matches = [match for detector in _DETECTORS for match in detector(searched)]
    if _DIGITS.search(searched):
        matches += find_numbers(searched, _NUMBERS)
    if not matches:
        return []
    marked = [found.span() for found in MARKER.finditer(searched)]
    settled = _settled(matches, marked, kept)
    return [
        Finding(match.kind, *folded.span(match.start - offset, match.end - offset), match.reason)
        for match in settled
        if match.start >= offset
    ]


def _settled(
    matches: Iterable[Match], masked: Iterable[tuple[int, int]], kept: Callable[[Kind], bool]
) -> list[Match]:
    free = _outside(sorted(matches, key=lambda match: (match.start, -match.end)), list(masked))
    settled: list[Match] = []
    for match in free:
        if settled and match.start < settled[-1].end:
            settled[-1] = _union(settled[-1], match, kept)
        else:
            settled.append(match)
    return settled


def _outside(matches: list[Match], masked: list[tuple[int, int]]) -> list[Match]:
    """Leave out what touches a marker; both are in order."""
    kept, at = [], 0
    for match in matches:
        while at < len(masked) and masked[at][1] <= match.start:
            at += 1
        if at == len(masked) or match.end <= masked[at][0]:
            kept.append(match)
    return kept


def _union(one: Match, other: Match, kept: Callable[[Kind], bool]) -> Match:
    first = min((one, other), key=lambda match: (kept(match.kind), _RANKS[match.kind]))
    return Match(first.kind, one.start, max(one.end, other.end), first.reason)
