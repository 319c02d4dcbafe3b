"""Turns spans that a model marked into mentions, and texts into windows that a model can read."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from knowledge.extraction.collecting import Collector
from knowledge.extraction.model import LONGEST_NAME, Mention, NameKind
from knowledge.extraction.normalise import clean_surface
from knowledge.sentences import split_sentences

_BEFORE: Final = re.compile(r"(?:[\s\"'“”‘’«»「『（(\[]|(?:the|a|an)\s)+")
_AFTER: Final = re.compile(r"(?:['’]s|[\s\"'“”‘«»」』,;:、。])+\Z")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text that a model took for a name: offsets as Python counts."""

    start: int
    end: int
    kind: NameKind


def mentions_of(text: str, spans: Iterable[Span]) -> list[Mention]:
    """Unite spans of the same surface, in the order of their first occurrences.

    Articles in lower case, quotes and a possessive "'s" at a span's edge are no part of a name. Of
    several kinds the most frequent one stands, of equally frequent ones the first.
    """
    found: defaultdict[str, dict[int, NameKind]] = defaultdict(dict)
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        start, end = trimmed(text, span.start, span.end)
        surface = clean_surface(text[start:end])
        if surface and end - start <= LONGEST_NAME:
            found[surface].setdefault(start, span.kind)
    names = Collector(split_sentences(text))
    for surface, at in found.items():
        kind = Counter(at.values()).most_common(1)[0][0]
        for start in at:
            names.add(surface, kind, start)
    return names.mentions()


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Leave out what is no part of a name: articles in lower case, quotes, a possessive."""
    before = _BEFORE.match(text, start, end)
    start = before.end() if before else start
    after = _AFTER.search(text[start:end])
    return start, start + after.start() if after else end


def windows(text: str, longest: int) -> Iterator[tuple[int, str]]:
    """Cut a text that is too long for a model: pairs of an offset and what begins there.

    It is cut between sentences, and within one only where that alone is longer than `longest`
    characters. What cannot be encoded (a lone surrogate) becomes a "?", so that offsets hold.
    """
    clean = text.encode("utf-8", "replace").decode()
    starts = [0, *(start for start, _ in split_sentences(clean))]
    begin = 0
    while begin < len(clean):
        fits = starts[bisect_right(starts, begin + longest) - 1]
        end = fits if fits > begin else begin + longest
        if begin + longest >= len(clean):
            end = len(clean)
        yield begin, clean[begin:end]
        begin = end
