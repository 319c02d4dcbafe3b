"""Finds which known names a question speaks of."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from knowledge.extraction.english import FUNCTION, is_common
from knowledge.extraction.gazetteer import Gazetteer
from knowledge.extraction.model import VALUE_KINDS, Excerpt
from knowledge.extraction.normalise import clean_surface, skeleton
from knowledge.extraction.rules import RuleExtractor

_QUALIFIED: Final = re.compile(r"(?P<bare>\S.*?)\s*[(（][^()（）]+[)）]\Z")
_WORD: Final = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_POSSESSIVE: Final = re.compile(r"['’]s?\Z")
_CAPITAL: Final = re.compile(r"\b[A-Z]")
_DIGITS: Final = re.compile(r"\d+")
_MOST_MEANINGS: Final = 24
"""Things that share one bare name and are still told apart by what else the question says."""

_SHORTEST_TYPO: Final = 5
_SIMILAR: Final = 3
_TYPO_SIMILARITY: Final = 0.82
_MOST_TYPOS: Final = 3
_LONGEST_WINDOW: Final = 4
_EXACT, _CASE, _SPELLING, _QUALIFIER, _INITIALS = 1.0, 0.9, 0.9, 0.8, 0.5


@dataclass(frozen=True, slots=True)
class Linked:
    """A name that a question speaks of: `question[start:end] == surface`.

    `how` is exact, spelling (case, hyphens, plural), qualifier (the bare form of "Mercury
    (planet)"), acronym or typo; `confidence` is 0 to 1.
    """

    surface: str
    name_id: int
    start: int
    end: int
    confidence: float
    how: str


class NameIndex:
    """Known names, made ready to be found: build it once for a state of the graph."""

    def __init__(self, names: Iterable[tuple[int, str]]) -> None:
        self.surfaces: dict[int, str] = {}
        self.by_skeleton: defaultdict[str, list[int]] = defaultdict(list)
        self.by_bare: defaultdict[str, list[int]] = defaultdict(list)
        self.by_initials: defaultdict[str, list[int]] = defaultdict(list)
        self._blocks: defaultdict[str, list[str]] = defaultdict(list)
        bare_forms: list[str] = []
        for name_id, surface in names:
            self.surfaces[name_id] = surface
            self.by_skeleton[skeleton(surface)].append(name_id)
            if qualified := _QUALIFIED.match(surface):
                bare_forms.append(qualified["bare"])
                self.by_bare[skeleton(qualified["bare"])].append(name_id)
            initials = "".join(_CAPITAL.findall(surface))
            if len(initials) > 2:
                self.by_initials[initials.lower()].append(name_id)
        for known in (*self.by_skeleton, *self.by_bare):
            for block in _blocks_of(known):
                self._blocks[block].append(known)
        self.gazetteer = Gazetteer([*self.surfaces.items(), *((-1, form) for form in bare_forms)])

    def like(self, text: str) -> list[tuple[str, float]]:
        """Answer the skeletons that a misspelt one may mean, with their similarity (0 to 1).

        Compared are those that begin or end alike and are about as long (blocking), by the
        Damerau-Levenshtein distance: one slip in five to eight letters, two in more.
        """
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        choices = {
            known
            for block in _blocks_of(text, _slips(text))
            for known in self._blocks.get(block, ())
        }
        numbers = _DIGITS.findall(text)
        found = process.extract(
            text, sorted(choices), scorer=OSA.distance, score_cutoff=_slips(text), limit=8
        )
        close = [
            (known, 1 - distance / max(len(known), len(text)))
            for known, distance, _ in found
            if distance and _DIGITS.findall(known) == numbers
        ]
        best = [(known, score) for known, score in close if score >= _TYPO_SIMILARITY]
        return sorted(best, key=lambda pair: (-pair[1], pair[0]))[:_MOST_TYPOS]


def _blocks_of(text: str, slips: int = 0) -> list[str]:
    """Name the blocks of a skeleton: how it begins and how it ends, by about its length."""
    if len(text) < _SHORTEST_TYPO - 1:
        return []
    lengths = range((len(text) - slips) // _SIMILAR, (len(text) + slips) // _SIMILAR + 1)
    edges = (f"^{text[:2]}", f"${text[-2:]}")
    return [f"{edge}{length}" for edge in edges for length in lengths]


def _slips(text: str) -> int:
    return 1 if len(text) <= 8 else 2


def link(question: str, names: NameIndex) -> list[Linked]:
    """Find the names that a question speaks of, from left to right, the surest of a span first.

    Known names are matched at any case, the longest first. A longer span that looks like a name
    is looked up by its skeleton, so that "page-rank's" finds PageRank. Bare forms find all
    their qualified names. Only where nothing matched is a slip of the pen assumed.
    """
    found: list[Linked] = []
    taken: list[tuple[int, int]] = []
    spans = [*_named_spans(question), *((f.start, f.end) for f in names.gazetteer.find(question))]
    for start, end in sorted(set(spans), key=lambda span: (span[0] - span[1], span[0])):
        if any(start < right and left < end for left, right in taken):
            continue
        if meanings := _meanings(question, start, end, names):
            found += meanings
            taken.append((start, end))
    for start, end in _windows(question, taken):
        if any(start < right and left < end for left, right in taken):
            continue
        meanings = _meanings(question, start, end, names) or _typos(question, start, end, names)
        if meanings:
            found += meanings
            taken.append((start, end))
    return sorted(found, key=lambda linked: (linked.start, -linked.confidence, linked.name_id))


def _named_spans(question: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of a question that look like names, also without their possessive."""
    (read,) = RuleExtractor().extract([Excerpt("", (), question)])
    for mention in read.mentions:
        if mention.kind in VALUE_KINDS or mention.start < 0:
            continue
        start = question.find(mention.surface, mention.start)
        while start >= 0:
            yield start, start + len(mention.surface)
            start = question.find(mention.surface, start + 1)


def _meanings(question: str, start: int, end: int, names: NameIndex) -> list[Linked]:
    """Answer the names that a span spells; those that are written so come first."""
    surface = question[start:end]
    key = skeleton(clean_surface(surface))
    if not key:
        return []
    found: dict[int, tuple[float, str]] = {}
    for name_id in names.by_skeleton.get(key, ()):
        known = names.surfaces[name_id]
        if known == surface:
            found[name_id] = _EXACT, "exact"
        else:
            same = known.casefold() == surface.casefold()
            found[name_id] = (_CASE, "exact") if same else (_SPELLING, "spelling")
    meanings = names.by_bare.get(key, ())[:_MOST_MEANINGS]
    for name_id in meanings:
        found.setdefault(name_id, (_QUALIFIER / len(meanings) ** 0.5, "qualifier"))
    if not found and surface.isupper():
        for name_id in names.by_initials.get(key, ())[:_MOST_MEANINGS]:
            found[name_id] = _INITIALS, "acronym"
    return [
        Linked(surface, name_id, start, end, confidence, how)
        for name_id, (confidence, how) in found.items()
    ]


def _windows(question: str, taken: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """List runs of up to four uncommon words in which nothing was found, the longest first."""
    words = [word.span() for word in _WORD.finditer(question)]
    spans = []
    for first in range(len(words)):
        for last in range(first, min(first + _LONGEST_WINDOW, len(words))):
            start = words[first][0]
            end = start + len(_POSSESSIVE.sub("", question[start : words[last][1]]))
            if any(start < right and left < end for left, right in taken):
                break
            inside = [question[slice(*word)].lower() for word in words[first : last + 1]]
            if inside[0] in FUNCTION or inside[-1] in FUNCTION:
                continue
            if not all(map(is_common, inside)):
                spans.append((start, end))
    return sorted(spans, key=lambda span: (span[0] - span[1], span[0]))


def _typos(question: str, start: int, end: int, names: NameIndex) -> list[Linked]:
    surface = question[start:end]
    key = skeleton(surface)
    if len(key) < _SHORTEST_TYPO:
        return []
    return [
        Linked(surface, name_id, start, end, round(score * 0.8, 3), "typo")
        for known, score in names.like(key)
        for name_id in (*names.by_skeleton.get(known, ()), *names.by_bare.get(known, ()))
    ]
