"""What entities are called, what they look like, and how often they are named."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, func, select

from foundation.database.schema import chunks, decisions, mentions, names
from knowledge.extraction.model import NameKind, Role
from knowledge.graph.identities import RENAMED, at_seq
from knowledge.graph.model import Alias, EntityId
from knowledge.graph.seen import Seen
from knowledge.log import AsOf
from knowledge.passages import batches

_MODELS: Final = frozenset(
    {
        NameKind.PERSON.value,
        NameKind.ORGANISATION.value,
        NameKind.PLACE.value,
        NameKind.EVENT.value,
        NameKind.PRODUCT.value,
    }
)
"""Kinds that only somebody who knows the thing can tell: they beat what a name looks like."""


@dataclass(slots=True)
class Usage:
    """How one skeleton is used: passages by surface and by kind."""

    surfaces: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)

    def alias(self, skeleton: str) -> Alias:
        """Show the skeleton by its most used spelling (of equals, the first of the alphabet)."""
        return Alias(_most(self.surfaces), skeleton, self.surfaces.total())


def usages(connection: Connection, skeletons: Collection[str], at: AsOf) -> dict[str, Usage]:
    """Count how names are used at a moment; those that no passage has are absent."""
    found: dict[str, Usage] = defaultdict(Usage)
    for group in batches(sorted(skeletons)):
        query = (
            select(
                names.c.skeleton, names.c.surface, mentions.c.kind, func.count().label("passages")
            )
            .join(mentions, mentions.c.name_id == names.c.id)
            .join(chunks, chunks.c.id == mentions.c.chunk_id)
            .where(names.c.skeleton.in_(group), at.keeps(chunks))
            .where(mentions.c.role != Role.WORDS.value)
            .group_by(names.c.skeleton, names.c.surface, mentions.c.kind)
        )
        for row in connection.execute(query):
            found[row.skeleton].surfaces[row.surface] += row.passages
            found[row.skeleton].kinds[row.kind] += row.passages
    return dict(found)


def aliases(used: Mapping[str, Usage], skeletons: Iterable[str]) -> list[Alias]:
    """List an entity's names, the most used first; of equals the longer, which says more."""
    found = [used[skeleton].alias(skeleton) for skeleton in skeletons if skeleton in used]
    return sorted(found, key=lambda alias: (-alias.passages, -len(alias.surface), alias.surface))


def kind_of_entity(used: Mapping[str, Usage], skeletons: Iterable[str]) -> str:
    """Choose the kind that most passages give it; an acronym is what it stands for, if known."""
    kinds: Counter[str] = Counter()
    for skeleton in skeletons:
        kinds.update(used[skeleton].kinds if skeleton in used else {})
    told = Counter({kind: count for kind, count in kinds.items() if kind in _MODELS})
    long = Counter({kind: n for kind, n in kinds.items() if kind != NameKind.ACRONYM.value})
    return _most(told or long or kinds) or NameKind.NAME.value


def renamed(connection: Connection, at: AsOf) -> dict[str, str]:
    """Read the labels that people gave, by skeleton, the newest first.

    To who sees only some documents they are not told: people may have them from any document.
    """
    if isinstance(at, Seen):
        return {}
    query = select(decisions.c.subject, decisions.c.object).where(
        decisions.c.kind == RENAMED, at_seq(decisions, at, decisions.c.seq)
    )
    rows = connection.execute(query.order_by(decisions.c.seq.desc()))
    return {row.subject: row.object for row in rows}


def label_of(
    entity: EntityId,
    skeletons: Iterable[str],
    used: Mapping[str, Usage],
    given: Mapping[str, str],
) -> str:
    """Answer what to call an entity: people's word, else its most used spelling, else its id."""
    own = frozenset(skeletons)
    for skeleton, label in given.items():
        if skeleton in own:
            return label
    found = aliases(used, own)
    return found[0].surface if found else entity


def _most(counts: Mapping[Any, int]) -> str:
    return str(min(counts, key=lambda item: (-counts[item], item))) if counts else ""
