"""Which node a mention is of: names resolved, senses decided, addresses known."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from foundation.ids import DocumentId
from knowledge.graph.identities import evidence_around
from knowledge.graph.model import EntityId
from knowledge.graph.resolution import Resolution
from knowledge.graph.scope import Reaches
from knowledge.log import NOW, AsOf

Senses = Mapping[DocumentId, EntityId]


@dataclass(slots=True)
class Meaning:
    """What decides where mentions belong; it moves with the log, a step at a time.

    Attributes:
        entities: the entity of each skeleton that shares it with another.
        decided: what documents mean by each ambiguous name.
        watched: the names whose mentions can change what documents mean by ambiguous ones.
        naming: how many current mentions make each name (by its number) known.
        places: the documents at each address (the skeleton of their source ids), with what orders
            them: the first one counts.
    """

    entities: dict[str, EntityId] = field(default_factory=dict)
    decided: dict[str, Senses] = field(default_factory=dict)
    watched: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    naming: Counter[int] = field(default_factory=Counter)
    places: dict[str, dict[DocumentId, str]] = field(default_factory=dict)

    def entity(self, skeleton: str, document: DocumentId) -> EntityId:
        """Answer what a name means in a document."""
        found = self.decided.get(skeleton, {}).get(document)
        return self.plain(skeleton) if found is None else found

    def plain(self, skeleton: str) -> EntityId:
        """Answer what a name means by itself."""
        return self.entities.get(skeleton, EntityId(skeleton))

    def at_address(self, skeleton: str) -> DocumentId | None:
        """Answer the document at an address."""
        here = self.places.get(skeleton)
        return min(here, key=lambda document: (here[document], document)) if here else None


@dataclass(frozen=True, slots=True)
class Change:
    """What will be different in the meaning of names.

    Attributes:
        covered: skeletons whose entities were worked out anew.
        entities, decided: what holds for them now.
        naming: mentions that make names known, more and less.
        moved: documents that came to an address (with their order), or left it (None).
    """

    covered: frozenset[str] = frozenset()
    entities: Mapping[str, EntityId] = field(default_factory=dict)
    decided: Mapping[str, Senses] = field(default_factory=dict)
    senses: Mapping[str, frozenset[str]] = field(default_factory=dict)
    naming: Mapping[int, int] = field(default_factory=dict)
    moved: Mapping[tuple[str, DocumentId], str | None] = field(default_factory=dict)

    def affected(self, meaning: Meaning, skeletons: Mapping[int, str]) -> set[str]:
        """List the names whose mentions belong elsewhere once this is applied."""
        found = {s for s in self.covered if meaning.plain(s) != self.entities.get(s, s)}
        for name in self.decided.keys() | (self.covered & meaning.decided.keys()):
            if meaning.decided.get(name) != self.decided.get(name):
                found.add(name)
        for number, more in self.naming.items():
            if (meaning.naming[number] > 0) != (meaning.naming[number] + more > 0):
                found.add(skeletons[number])
        return found | {address for address, _ in self.moved}

    def apply(self, meaning: Meaning) -> None:
        """Let it hold."""
        for name in self.covered:
            meaning.entities.pop(name, None)
            meaning.decided.pop(name, None)
        meaning.entities.update(self.entities)
        meaning.decided.update(self.decided)
        for name, watched in self.senses.items():
            for skeleton in watched:
                meaning.watched[skeleton].add(name)
        for number, more in self.naming.items():
            meaning.naming[number] += more
            if not meaning.naming[number]:
                del meaning.naming[number]
        for (address, document), order in self.moved.items():
            here = meaning.places.setdefault(address, {})
            if order is None:
                here.pop(document, None)
            else:
                here[document] = order


def identify(
    connection: Connection,
    meaning: Meaning,
    skeletons: Iterable[str],
    met: Collection[str],
    at: AsOf = NOW,
) -> Change:
    """Work out anew which names are one, as far as some names reach.

    Args:
        connection: a read transaction.
        meaning: what held before.
        skeletons: names that evidence joins or parts now, or did before.
        met: names that changed documents mention: they may say what ambiguous names mean there.
        at: now, as it is to who looks.
    """
    again = {name for skeleton in met for name in meaning.watched.get(skeleton, ())}
    wanted = set(skeletons) | again
    if not wanted:
        return Change()
    evidence = evidence_around(connection, wanted, at)
    return describe(connection, evidence.resolution(), wanted | evidence.ends(), at)


def describe(
    connection: Connection, resolution: Resolution, covered: Iterable[str], at: AsOf = NOW
) -> Change:
    """Put a resolution into the form of a change, with every ambiguous name decided."""
    reaches = Reaches(connection, resolution, at)
    decided = {name: reaches.decide(name) for name in resolution.senses}
    senses = {
        name: frozenset({name, *(s for sense in meant for s in reaches.members(sense))})
        for name, meant in resolution.senses.items()
    }
    return Change(frozenset(covered), resolution.entities, decided, senses)
