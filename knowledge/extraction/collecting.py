"""Gathers what the steps of extraction find in one passage, each surface once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from knowledge.extraction.model import MOST_SENTENCES, Mention, NameKind, Role
from knowledge.extraction.normalise import clean_surface

_RANK = {role: rank for rank, role in enumerate(Role)}


@dataclass(slots=True)
class Gathered:
    """A name and the offsets at which it stands; none if only the title or a heading has it."""

    kind: NameKind
    role: Role
    starts: set[int] = field(default_factory=set)


class Collector:
    """Names of one passage by surface, in the order in which they were found."""

    def __init__(self, sentences: Sequence[tuple[int, int]]) -> None:
        self.names: dict[str, Gathered] = {}
        self._starts = [start for start, _ in sentences]

    def add(self, surface: str, kind: NameKind, start: int, role: Role = Role.TEXT) -> str:
        """Note an occurrence (start -1: above the text); answer the name as it is kept, or ""."""
        if not (surface.isascii() and surface.isalnum()):
            surface = clean_surface(surface)
        if not surface:
            return ""
        known = self.names.get(surface)
        if known is None:
            known = self.names[surface] = Gathered(kind, role)
        elif _RANK[role] < _RANK[known.role]:
            known.role = role
        if start >= 0:
            known.starts.add(start)
        return surface

    def move(self, surface: str, other: str, starts: Iterable[int]) -> None:
        """Count occurrences of a name for another one; a name without any is dropped."""
        known = self.names[surface]
        moved = set(starts)
        self.names[other].starts |= moved
        known.starts -= moved
        if not known.starts and known.role is Role.TEXT:
            del self.names[surface]

    def mentions(self) -> list[Mention]:
        """Answer all names, those above the text first, then as the text has them."""
        return [self._mention(surface, known) for surface, known in self.names.items()]

    def _mention(self, surface: str, known: Gathered) -> Mention:
        sentences = 0
        for start in known.starts:
            sentence = bisect_right(self._starts, start) - 1
            if sentence >= 0:
                sentences |= 1 << min(sentence, MOST_SENTENCES - 1)
        return Mention(
            surface,
            known.kind,
            known.role,
            max(len(known.starts), 1),
            sentences,
            min(known.starts, default=-1),
        )
