"""Let the truth hold what the machine takes for one entity, and end what it takes so no more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import Connection, select, update

from foundation.database.bulk import bulk_insert
from foundation.database.schema import chunks, documents, identities, mentions, names
from foundation.ids import FOREVER
from knowledge.extraction.model import VALUE_KINDS, Role
from knowledge.graph.identities import all_evidence
from knowledge.graph.lookalikes import CERTAIN, Embed, NameUse, lookalikes
from knowledge.graph.model import Link, LinkKind
from knowledge.log import NOW, Ledger

_MOST_MENTIONS: Final = 2_000_000
"""Of a larger base the documents whose names come first are compared."""

Joined = tuple[list[Link], list[Link]]


def join_lookalikes(ledger: Ledger, embed: Embed | None = None) -> Joined:
    """Join names that are certainly one, each with its evidence, as changes of their own.

    Returns:
        The links that are new, and those that hold no more.
    """
    connection = ledger.connection
    found = {
        (link.first, link.second): link
        for link in suggestions(connection, embed)
        if link.confidence >= CERTAIN
    }
    query = select(identities).where(identities.c.valid_to == FOREVER)
    known = {(row.first, row.second): row for row in connection.execute(query)}
    fresh = [link for pair, link in found.items() if pair not in known]
    gone = [
        Link(row.first, row.second, LinkKind(row.kind), row.confidence)
        for pair, row in known.items()
        if pair not in found
    ]
    _end(ledger, gone)
    _begin(ledger, fresh)
    return fresh, gone


def _end(ledger: Ledger, links: Iterable[Link]) -> None:
    for link in links:
        seq = _note(ledger, "entities.unlinked", link)
        ledger.connection.execute(
            update(identities)
            .where(identities.c.first == link.first, identities.c.second == link.second)
            .where(identities.c.valid_to == FOREVER)
            .values(valid_to=seq)
        )


def _begin(ledger: Ledger, links: Iterable[Link]) -> None:
    rows = [
        {
            "first": link.first,
            "second": link.second,
            "valid_from": _note(ledger, "entities.linked", link),
            "valid_to": FOREVER,
            "kind": link.kind.value,
            "confidence": link.confidence,
            "evidence": {"support": link.support},
        }
        for link in links
    ]
    bulk_insert(ledger.connection, identities, rows)


def suggestions(connection: Connection, embed: Embed | None = None) -> list[Link]:
    """Find names that may be one entity, the surest first.

    Those that the machine joined itself are among them; those that other evidence joins, or that
    people keep apart, are not.
    """
    evidence = all_evidence(connection, NOW)
    evidence.links = {
        link for link in evidence.links if link.kind not in (LinkKind.TYPO, LinkKind.MEANING)
    }
    resolution = evidence.resolution()
    apart = evidence.apart | {(b, a) for a, b in evidence.apart}
    found = lookalikes(_uses(connection), embed)
    return [
        link
        for link in found
        if resolution.entity(link.first) != resolution.entity(link.second)
        and (link.first, link.second) not in apart
    ]


def _uses(connection: Connection) -> list[NameUse]:
    """Read how names are used now: by their skeletons, with documents and company."""
    query = (
        select(
            mentions.c.chunk_id,
            mentions.c.kind,
            names.c.skeleton,
            names.c.surface,
            documents.c.collection,
            documents.c.source_id,
        )
        .join(names, names.c.id == mentions.c.name_id)
        .join(chunks, chunks.c.id == mentions.c.chunk_id)
        .join(documents, documents.c.id == chunks.c.document_id)
        .where(chunks.c.valid_to == FOREVER, mentions.c.role != Role.WORDS.value)
        .where(mentions.c.kind.not_in([kind.value for kind in VALUE_KINDS]))
        .order_by(documents.c.collection, documents.c.source_id, names.c.surface)
        .limit(_MOST_MENTIONS)
    )
    rows = connection.execute(query).all()
    together: dict[int, set[str]] = defaultdict(set)
    for row in rows:
        together[row.chunk_id].add(row.skeleton)
    seen: dict[str, dict[str, Any]] = {}
    for row in rows:
        use = seen.setdefault(
            row.skeleton,
            {"label": row.surface, "kind": row.kind, "documents": set(), "company": set()},
        )
        use["documents"].add(f"{row.collection}/{row.source_id}")
        use["company"] |= together[row.chunk_id]
    return [_use(skeleton, use) for skeleton, use in seen.items()]


def _use(skeleton: str, use: Mapping[str, Any]) -> NameUse:
    return NameUse(
        skeleton,
        use["label"],
        use["kind"],
        frozenset(use["documents"]),
        frozenset(use["company"] - {skeleton}),
    )


def _note(ledger: Ledger, kind: str, link: Link) -> int:
    return ledger.note(
        kind,
        collection="",
        subject=link.first,
        details={
            "object": link.second,
            "names": [link.first, link.second],
            "kind": link.kind.value,
            "confidence": link.confidence,
        },
    )
