"""Which of several things a document means by an ambiguous name: one sense a document.

Source: Gale, Church & Yarowsky, "One sense per discourse", HLT 1992.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, select

from foundation.database.schema import chunks, mentions, names
from foundation.ids import DocumentId
from knowledge.extraction.model import VALUE_KINDS, Role
from knowledge.graph.model import EntityId
from knowledge.log import AsOf
from knowledge.passages import batches

_MARGIN: Final = 1.5
"""How much better than the second the best sense must fit where a document names neither."""

Context = frozenset[str]
"""The skeletons that a document mentions."""


def choose(
    senses: Mapping[EntityId, Collection[str]],
    context: Context,
    profiles: Mapping[EntityId, Mapping[str, float]],
) -> EntityId | None:
    """Decide what one document means: the sense that it names itself, else the one that fits.

    Args:
        senses: each sense with the skeletons that name it and nothing else, the best supported
            sense first.
        context: what the document mentions.
        profiles: for each sense the skeletons that go with it, with weights.

    Returns:
        None where nothing tells.
    """
    named = [sense for sense, skeletons in senses.items() if not context.isdisjoint(skeletons)]
    if len(named) == 1:
        return named[0]
    fits = sorted(
        (-_fit(profiles.get(sense, {}), context), place, sense)
        for place, sense in enumerate(named or senses)
    )
    best, second = -fits[0][0], -fits[1][0] if len(fits) > 1 else 0.0
    if best > _MARGIN * second:
        return fits[0][2]
    return named[0] if named else None


def _fit(profile: Mapping[str, float], context: Context) -> float:
    return sum(profile[skeleton] for skeleton in sorted(context & profile.keys()))


def document_senses(
    connection: Connection,
    ambiguous: str,
    senses: Mapping[EntityId, Collection[str]],
    at: AsOf,
) -> dict[DocumentId, EntityId]:
    """Decide for every document that uses an ambiguous name; undecided ones are absent.

    Where the bare name is a title, it means that thing of its own, unless a document names one of
    the others. Where it is nobody's title, what else a document mentions may tell.
    """
    users = documents_with(connection, [ambiguous], at)
    own = next((sense for sense, skeletons in senses.items() if ambiguous in skeletons), None)
    naming = {
        sense: documents_with(connection, skeletons, at)
        for sense, skeletons in senses.items()
        if sense != own
    }
    if own is not None:
        users -= documents_with(connection, [ambiguous], at, Role.TITLE)
        named = {d: [s for s, who in naming.items() if d in who] for d in users}
        return {document: found[0] for document, found in named.items() if found}
    contexts = _contexts(connection, users.union(*naming.values()), at)
    profiles = {
        sense: _profile([contexts[d] for d in sorted(who)], contexts)
        for sense, who in naming.items()
    }
    decided = {
        document: choose(senses, contexts[document] - {ambiguous}, profiles) for document in users
    }
    return {document: sense for document, sense in decided.items() if sense is not None}


def documents_with(
    connection: Connection, skeletons: Collection[str], at: AsOf, role: Role | None = None
) -> set[DocumentId]:
    """List the documents that use any of these names (in a role) at a moment."""
    query = (
        select(chunks.c.document_id)
        .join(mentions, mentions.c.chunk_id == chunks.c.id)
        .join(names, names.c.id == mentions.c.name_id)
        .where(names.c.skeleton.in_(sorted(skeletons)), at.keeps(chunks))
        .where(mentions.c.role != Role.WORDS.value)
    )
    if role is not None:
        query = query.where(mentions.c.role == role.value)
    return set(connection.execute(query.distinct()).scalars())


def _contexts(
    connection: Connection, documents: Collection[DocumentId], at: AsOf
) -> dict[DocumentId, Context]:
    found: dict[DocumentId, set[str]] = defaultdict(set)
    for group in batches(sorted(documents)):
        query = (
            select(chunks.c.document_id, names.c.skeleton)
            .join(mentions, mentions.c.chunk_id == chunks.c.id)
            .join(names, names.c.id == mentions.c.name_id)
            .where(chunks.c.document_id.in_(group), at.keeps(chunks))
            .where(mentions.c.kind.not_in([kind.value for kind in VALUE_KINDS]))
            .where(mentions.c.role != Role.WORDS.value)
        )
        for row in connection.execute(query.distinct()):
            found[row.document_id].add(row.skeleton)
    return {document: frozenset(found[document]) for document in documents}


def _profile(mine: Sequence[Context], everyone: Mapping[DocumentId, Context]) -> dict[str, float]:
    """Weigh what goes with a sense: its share here, less where all documents have it."""
    here = Counter(skeleton for context in mine for skeleton in context)
    total = Counter(skeleton for context in everyone.values() for skeleton in context)
    return {skeleton: count / len(mine) / total[skeleton] for skeleton, count in here.items()}
