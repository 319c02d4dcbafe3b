"""What waits for people, as it is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from api.cli.entities import reason
from api.cli.printing import say

if TYPE_CHECKING:
    from api.knowledge_base import KnowledgeBase
    from knowledge.graph.model import Link
    from knowledge.labelling import Labelled
    from knowledge.patterns.model import Pattern

_INDENT: Final = 3
_MOST: Final = 1_000
"""What waits is counted up to here."""


@dataclass(frozen=True, slots=True)
class Todo:
    """What waits for people.

    Attributes:
        held: those of `same` that the machine holds for one entity already.
        spelled: the names in `same`, by their skeletons.
    """

    same: Sequence[Link]
    held: frozenset[Link]
    spelled: Mapping[str, str]
    contradictions: Sequence[Pattern]
    poor: Sequence[Labelled]
    orphans: Sequence[str]


def read_todo(base: KnowledgeBase, *, meaning: bool, shown: int) -> Todo:
    """Look at what waits; of the first `shown` pairs of names also whether they are joined."""
    same = base.curation.duplicate_entities(limit=_MOST, meaning=meaning)
    return Todo(
        same=same,
        held=frozenset(link for link in same[:shown] if _one(base, link)),
        spelled=base.graph.spellings(end for link in same for end in (link.first, link.second)),
        contradictions=base.curation.contradictions(),
        poor=base.curation.low_quality(limit=_MOST),
        orphans=base.curation.orphans(limit=_MOST),
    )


def todo_out(found: Todo) -> dict[str, Any]:
    """Lay out for JSON what waits, as over HTTP, with the spellings of names."""
    from api import rendering_learning as out

    return {
        "duplicate_entities": out.links_out(found.same),
        "contradictions": [out.pattern_out(pattern) for pattern in found.contradictions],
        "low_quality": [out.labelled_out(each) for each in found.poor],
        "orphans": found.orphans,
        "names": found.spelled,
    }


def print_todo(found: Todo, limit: int) -> None:
    """Print how much waits, the first of each, and what to do about it."""
    _waits(
        "names that may be one entity: `elders curation merge` or `apart`",
        [_suggested(link, found) for link in found.same[:limit]],
        len(found.same),
    )
    _waits(
        "contradictions: `elders patterns show KEY`, then `elders curation settle KEY`",
        [f"{each.statement} — {each.key}" for each in found.contradictions[:limit]],
        len(found.contradictions),
    )
    _waits(
        "documents that say little: `elders documents show` or `elders curation label`",
        [
            f"{each.source_id}: {each.label.value} ({each.label.confidence:.2f})"
            for each in found.poor[:limit]
        ],
        len(found.poor),
    )
    _waits(
        "entities that nothing is named with: `elders graph show`",
        found.orphans[:limit],
        len(found.orphans),
    )


def _one(base: KnowledgeBase, link: Link) -> bool:
    return base.graph.entity(link.first).id == base.graph.entity(link.second).id


def _suggested(link: Link, found: Todo) -> str:
    held = ", held for one now" if link in found.held else ""
    return f"{reason(link, found.spelled)} ({link.confidence:.2f}{held})"


def _waits(what: str, first: Sequence[str], number: int) -> None:
    many = f"{number:,} or more" if number >= _MOST else f"{number:,}"
    say(f"{many} {what}" if number else f"no {what.partition(':')[0]}")
    for text in first:
        say(text, indent=_INDENT)
