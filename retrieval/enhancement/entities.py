"""Which known things a question speaks of."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from knowledge.graph.linking import Linked, NameIndex, link
from retrieval.enhancement.model import LinkedEntity

_MOST: Final = 16


def link_entities(question: str, index: NameIndex) -> list[LinkedEntity]:
    """Find the things that a question names, from left to right, each span once."""
    if not index.surfaces:
        return []
    found = [
        _entity(list(meanings))
        for _, meanings in groupby(link(question, index), key=lambda each: (each.start, each.end))
    ]
    return found[:_MOST]


def _entity(meanings: list[Linked]) -> LinkedEntity:
    best = meanings[0]
    return LinkedEntity(
        surface=best.surface,
        start=best.start,
        end=best.end,
        names=tuple(each.name_id for each in meanings),
        confidence=best.confidence,
        how=best.how,
    )
