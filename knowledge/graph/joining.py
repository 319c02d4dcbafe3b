"""Let the truth hold what the machine takes for one entity, and end what it takes so no more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from sqlalchemy import Connection, func, select, update

from foundation.database.bulk import bulk_insert
from foundation.database.schema import chunks, documents, identities, mentions, names
from foundation.ids import FOREVER
from knowledge.extraction.model import VALUE_KINDS, Role
from knowledge.graph.identities import all_evidence
from knowledge.graph.lookalikes import CERTAIN, Called, Embed, Use, candidates, weigh
from knowledge.graph.model import Link, LinkKind
from knowledge.graph.recording import LINKED
from knowledge.log import NOW, Ledger
from knowledge.passages import batches

Joined = tuple[list[Link], list[Link]]


def join_lookalikes(ledger: Ledger, suggested: Iterable[Link]) -> Joined:
    """Join names that are certainly one, each with its evidence, as changes of their own.

    Args:
        ledger: the open transaction.
        suggested: the surest first. A name is joined with one other only: guesses make no chains.

    Returns:
        The links that are new, and those that hold no more.
    """
    connection = ledger.connection
    found: dict[tuple[str, str], Link] = {}
    taken: set[str] = set()
    for link in suggested:
        if link.confidence >= CERTAIN and taken.isdisjoint((link.first, link.second)):
            found[link.first, link.second] = link
            taken |= {link.first, link.second}
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
        seq = _note(ledger, LINKED[1], link)
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
            "valid_from": _note(ledger, LINKED[0], link),
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
    pairs = [
        pair
        for pair in candidates(_called(connection), embed)
        if resolution.entity(pair.first) != resolution.entity(pair.second)
        and (pair.first, pair.second) not in apart
    ]
    return weigh(pairs, _uses(connection, {end for p in pairs for end in (p.first, p.second)}))


def _called(connection: Connection) -> dict[str, Called]:
    """Read the names that are used now: each skeleton with its first spelling."""
    query = (
        select(
            names.c.skeleton,
            func.min(names.c.surface).label("surface"),
            func.min(mentions.c.kind).label("kind"),
        )
        .join(mentions, mentions.c.name_id == names.c.id)
        .join(chunks, chunks.c.id == mentions.c.chunk_id)
        .where(NOW.keeps(chunks), mentions.c.role != Role.WORDS.value)
        .where(mentions.c.kind.not_in([kind.value for kind in VALUE_KINDS]))
        .group_by(names.c.skeleton)
        .order_by(names.c.skeleton)
    )
    return {row.skeleton: Called(row.surface, row.kind) for row in connection.execute(query)}


def _uses(connection: Connection, skeletons: Collection[str]) -> dict[str, Use]:
    """Read where names stand, and what stands in the same passages."""
    places: dict[str, set[int]] = defaultdict(set)
    where: dict[str, set[str]] = defaultdict(set)
    for group in batches(sorted(skeletons)):
        query = (
            select(
                names.c.skeleton, mentions.c.chunk_id, documents.c.collection, documents.c.source_id
            )
            .join(mentions, mentions.c.name_id == names.c.id)
            .join(chunks, chunks.c.id == mentions.c.chunk_id)
            .join(documents, documents.c.id == chunks.c.document_id)
            .where(names.c.skeleton.in_(group), NOW.keeps(chunks))
            .where(mentions.c.role != Role.WORDS.value)
        )
        for row in connection.execute(query):
            places[row.skeleton].add(row.chunk_id)
            where[row.skeleton].add(f"{row.collection}/{row.source_id}")
    together = _together(connection, {chunk for own in places.values() for chunk in own})
    return {
        skeleton: Use(
            frozenset(where[skeleton]),
            frozenset(name for chunk in own for name in together[chunk]) - {skeleton},
        )
        for skeleton, own in places.items()
    }


def _together(connection: Connection, ids: Collection[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for group in batches(sorted(ids)):
        query = (
            select(mentions.c.chunk_id, names.c.skeleton)
            .join(names, names.c.id == mentions.c.name_id)
            .where(mentions.c.chunk_id.in_(group), mentions.c.role != Role.WORDS.value)
            .where(mentions.c.kind.not_in([kind.value for kind in VALUE_KINDS]))
        )
        for row in connection.execute(query):
            found[row.chunk_id].append(row.skeleton)
    return found


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
