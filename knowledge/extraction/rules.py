"""The default extractor: patterns and word lists, no model, the same answer every time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from knowledge.extraction.capitals import find_capitals
from knowledge.extraction.claims import find_claims
from knowledge.extraction.collecting import Collector
from knowledge.extraction.identifiers import Piece, find_code, find_values
from knowledge.extraction.japanese import JAPANESE, find_terms
from knowledge.extraction.markup import blank, find_blocks, find_declared, find_marked
from knowledge.extraction.model import (
    VALUE_KINDS,
    Claim,
    Excerpt,
    Extract,
    NameKind,
    Predicate,
    Role,
)
from knowledge.extraction.normalise import clean_surface, kind_of
from knowledge.extraction.terms import find_expansions
from knowledge.extraction.titles import count_short_forms, gather_above
from knowledge.sentences import split_sentences

_WIDE: Final = {0x3000: " ", **{point: chr(point - 0xFEE0) for point in range(0xFF10, 0xFF5B)}}
"""Full-width digits and letters to ASCII, one for one, so that offsets stay."""

_NAMING: Final = (Predicate.ALSO_KNOWN_AS, Predicate.STANDS_FOR)

_EXPANSION_CONFIDENCE: Final = 0.95


class RuleExtractor:
    """Reads names by how they are written and claims by how they are put."""

    @property
    def name(self) -> str:
        """Name the rules with their version."""
        return "rules/1"

    def extract(self, excerpts: Sequence[Excerpt]) -> list[Extract]:
        """Read each passage, in order: Latin text in about 0.3 ms."""
        return [_read(excerpt) for excerpt in excerpts]


def _read(excerpt: Excerpt) -> Extract:
    text = excerpt.text if excerpt.text.isascii() else excerpt.text.translate(_WIDE)
    sentences = split_sentences(text)
    found = Collector(sentences)
    claims = list(gather_above(excerpt, found))
    rest = _gather_marked(text, found)
    rest = _gather_identifiers(rest, found)
    _gather_capitals(rest, sentences, excerpt.title, found)
    if "(" in rest or "（" in rest:
        for start, end in sentences:
            claims += _expansions(rest, start, end, found)
    if JAPANESE.search(rest):
        for piece in find_terms(rest, sentences):
            found.add(rest[piece.start : piece.end], piece.kind, piece.start)
    count_short_forms(excerpt, found)
    return _with_claims(excerpt, found, claims, sentences)


def _gather_marked(text: str, found: Collector) -> str:
    """Note what markup sets apart; answer the text without it and without blocks of code."""
    blocks = find_blocks(text)
    for piece in find_declared(text, blocks):
        found.add(text[piece.start : piece.end], piece.kind, piece.start)
    rest = blank(text, blocks)
    spans = []
    for span, marked in find_marked(rest):
        spans.append(span)
        if marked:
            found.add(marked.surface, marked.kind, marked.start, marked.role)
    return blank(rest, spans)


def _gather_identifiers(text: str, found: Collector) -> str:
    """Note what has a form of its own; answer the text without it."""
    pieces: list[Piece] = [*find_values(text), *find_code(text)]
    for piece in pieces:
        found.add(text[piece.start : piece.end], piece.kind, piece.start)
    return blank(text, [(piece.start, piece.end) for piece in pieces])


def _gather_capitals(
    text: str, sentences: Sequence[tuple[int, int]], title: str, found: Collector
) -> None:
    """Note names by their capitals; a doubtful one only if it is found elsewhere."""
    doubtful = []
    for start, end in sentences:
        for piece in find_capitals(text, start, end, title):
            if piece.doubtful:
                doubtful.append(piece)
            else:
                found.add(text[piece.start : piece.end], piece.kind, piece.start)
    for piece in doubtful:
        surface = text[piece.start : piece.end]
        if surface in found.names:
            found.add(surface, piece.kind, piece.start)


def _expansions(text: str, start: int, end: int, found: Collector) -> Iterator[Claim]:
    for short, long in find_expansions(text, start, end):
        acronym = found.add(text[slice(*short)], NameKind.ACRONYM, short[0], Role.DEFINED)
        surface = text[slice(*long)]
        name = found.add(surface, kind_of(clean_surface(surface)), long[0], Role.DEFINED)
        if acronym and name and acronym != name:
            span = min(short[0], long[0]), max(short[1], long[1])
            yield Claim(
                acronym,
                Predicate.STANDS_FOR,
                name,
                start=span[0],
                end=span[1],
                confidence=_EXPANSION_CONFIDENCE,
            )


def _with_claims(
    excerpt: Excerpt,
    found: Collector,
    claims: list[Claim],
    sentences: Sequence[tuple[int, int]],
) -> Extract:
    """Add what other patterns say, each claim once, and mention all that they speak of."""
    once: dict[tuple[str, str, str | None, str | None], Claim] = {}
    for claim in (*claims, *find_claims(excerpt, found.mentions(), sentences)):
        subject = _named(excerpt, found, claim, claim.subject)
        other = None if claim.object is None else _named(excerpt, found, claim, claim.object)
        if subject and other != "" and not _names_a_value(claim.predicate, other):
            same = (subject, other) == (claim.subject, claim.object)
            named = claim if same else replace(claim, subject=subject, object=other)
            once.setdefault((subject, claim.predicate, other, claim.value), named)
    return Extract(found.mentions(), list(once.values()))


def _names_a_value(predicate: str, other: str | None) -> bool:
    """Tell whether a date or a quantity is taken for another name: "also known as X, 1950 –"."""
    return predicate in _NAMING and other is not None and kind_of(other) in VALUE_KINDS


def _named(excerpt: Excerpt, found: Collector, claim: Claim, surface: str) -> str:
    """Answer a claim's name as it is mentioned; mention it if it is not yet."""
    if surface in found.names:
        return surface
    start = excerpt.text.find(surface, claim.start, claim.end)
    return found.add(surface, kind_of(surface), start)
