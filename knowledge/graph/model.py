"""What the graph speaks of: entities under all their names, and relations with their proofs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType

from foundation.ids import ChunkId, DocumentId

EntityId = NewType("EntityId", str)
"""The smallest skeleton of an entity's names: the same in every base that holds the same."""

CO_OCCURS: Final = "co-occurs"
"""The relation of entities named within a sentence of each other."""


class LinkKind(StrEnum):
    """Why two names are held for one entity, the strongest reason first."""

    DECIDED = "decided"
    ALSO_KNOWN_AS = "also known as"
    STANDS_FOR = "stands for"
    QUALIFIED = "qualified"
    TYPO = "typo"
    MEANING = "meaning"


@dataclass(frozen=True, slots=True)
class Link:
    """Evidence that two skeletons name one entity.

    Of an acronym and its expansion the acronym comes first; of a bare and a qualified name
    ("Mercury", "Mercury (planet)") the bare one.

    Attributes:
        confidence: 0 to 1.
        support: documents that say so (1 for a decision or a machine's guess).
    """

    first: str
    second: str
    kind: LinkKind
    confidence: float = 1.0
    support: int = 1


@dataclass(frozen=True, slots=True)
class Alias:
    """One of an entity's names: its most used spelling, and in how many passages it stands."""

    surface: str
    skeleton: str
    passages: int


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing that documents speak of.

    Attributes:
        label: what people renamed it to, else its most used spelling.
        aliases: all its names, the most used first.
        because: the links that made its names one.
        senses: where the name means several things, their ids; documents decide which one.
    """

    id: EntityId
    label: str
    kind: str
    passages: int
    documents: int
    aliases: Sequence[Alias] = ()
    because: Sequence[Link] = ()
    senses: Sequence[EntityId] = ()


@dataclass(frozen=True, slots=True)
class Proof:
    """A passage that proves a relation: offsets into the chunk's text.

    The relation holds by it from `valid_from` until `valid_to` (change seqs).
    """

    chunk_id: ChunkId
    document_id: DocumentId
    start: int
    end: int
    confidence: float
    origin: str
    valid_from: int
    valid_to: int


@dataclass(frozen=True, slots=True)
class Relation:
    """What passages say of an entity: another entity stands at the other end, or a value.

    Attributes:
        source, target: entities; the target is None where `value` says it.
        proofs: the passages, the most confident first; the relation goes with the last of them.
        confidence: that at least one of the proofs is right (noisy or).
    """

    source: EntityId
    predicate: str
    target: EntityId | None
    value: str | None
    source_label: str
    target_label: str
    confidence: float
    proofs: Sequence[Proof]

    @property
    def valid_from(self) -> int:
        """The seq since which a proof that holds has held."""
        return min(proof.valid_from for proof in self.proofs)

    @property
    def valid_to(self) -> int:
        """The seq at which the last of the proofs ends."""
        return max(proof.valid_to for proof in self.proofs)
