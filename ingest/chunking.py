"""Turns a text into passages with exact offsets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from foundation.errors import InvalidInput
from ingest.packing import Place, between, even_out, fit, overlapping, size_of, split, visible
from ingest.sections import Section, find_sections, is_prose, join_small
from ingest.tokens import UNITS_PER_TOKEN, estimate_units
from knowledge.model import Span

_LEAST_TARGET: Final = 16


@dataclass(frozen=True, slots=True)
class Chunker:
    """Cuts at headings, then packs whole blocks and sentences up to a target size.

    For every text: `text[span.start:span.end]` is the passage; spans come in order, begin and
    end with a visible character, and together cover all of these; none exceeds the maximum.
    Without overlap they are disjoint. Each section is cut by itself, so that an edit changes the
    chunks of its own section only (or of its run, where small sections were joined).

    Sizes are in tokens as `ingest.tokens` estimates them.

    Attributes:
        target: what a chunk is filled up to.
        maximum: what no chunk exceeds; the margin keeps a short end with what it ends.
        overlap: how much of the chunk before, in whole sentences or phrases, is repeated.
        small: sections below this size are joined with small neighbours.
    """

    target: int = 200
    maximum: int = 220
    overlap: int = 0
    small: int = 40

    def __post_init__(self) -> None:
        """Refuse sizes that contradict each other.

        Raises:
            InvalidInput: with the sizes that were given.
        """
        if not _LEAST_TARGET <= self.target <= self.maximum:
            raise InvalidInput(
                f"chunk target {self.target} and maximum {self.maximum} do not go together: "
                f"choose {_LEAST_TARGET} <= target <= maximum"
            )
        if not (0 <= self.overlap <= self.target // 2 and 0 <= self.small <= self.target):
            raise InvalidInput(
                f"chunk overlap {self.overlap} and small size {self.small} do not go with target "
                f"{self.target}: choose an overlap of at most half of it, a small size below it"
            )

    def chunk(self, text: str, media_type: str) -> list[Span]:
        """Cut a text whose headings are written as `media_type` has them.

        Markdown headings are read in `text/markdown` and in what is parsed to it (HTML, PDF,
        office formats, mail), section titles in `text/x-rst`; other types have none. A text
        without a visible character has no spans.
        """
        kind = media_type.partition(";")[0].strip().lower()
        sections = join_small(
            text,
            find_sections(text, kind),
            small=self.small * UNITS_PER_TOKEN,
            target=self.target * UNITS_PER_TOKEN,
        )
        prose = is_prose(kind)
        spans: list[Span] = []
        for section in sections:
            for start, end in self._places(text, section, prose=prose):
                spans.append(Span(len(spans), start, end, section.path))
        return spans

    def _places(self, text: str, section: Section, *, prose: bool) -> list[Place]:
        """Cut one section.

        Headings go with the passage below them, so they are kept out of the packing, unless they
        would fill a chunk by themselves.
        """
        whole = visible(text, section.start, section.end)
        maximum = self.maximum * UNITS_PER_TOKEN
        if whole is None or size_of(text, whole) <= maximum:
            return [whole] if whole else []
        target = self.target * UNITS_PER_TOKEN
        leads = estimate_units(text[section.start : section.body]) <= target
        body = section.body if leads else section.start
        starts = split(text, body, section.end, target=target, prose=prose)
        places = between(text, (section.start, *starts[1:], section.end))
        places = [part for place in places for part in fit(text, place, limit=maximum, prose=prose)]
        small = self.small * UNITS_PER_TOKEN
        places = even_out(text, places, small=small, maximum=maximum, prose=prose)
        if not self.overlap:
            return places
        overlap = self.overlap * UNITS_PER_TOKEN
        return overlapping(text, places, overlap=overlap, maximum=maximum, prose=prose)
