"""Find what a reference means: an entity, all its names, and where ambiguous ones mean it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from foundation.database.schema import chunks, mentions, names
from foundation.errors import InvalidInput
from foundation.ids import DocumentId
from knowledge.extraction.model import NAMING, Role
from knowledge.extraction.normalise import clean_surface, skeleton
from knowledge.graph.identities import evidence_around
from knowledge.graph.model import EntityId
from knowledge.graph.naming import renamed
from knowledge.graph.resolution import Resolution
from knowledge.graph.senses import document_senses, documents_with
from knowledge.log import AsOf


@dataclass(frozen=True, slots=True)
class Reach:
    """An entity's names.

    Attributes:
        skeletons: names that mean it wherever they stand.
        partly: ambiguous names, with the documents in which they mean it.
    """

    entity: EntityId
    skeletons: frozenset[str]
    partly: Mapping[str, frozenset[DocumentId]] = field(default_factory=dict)
    senses: Sequence[EntityId] = ()

    @property
    def known(self) -> frozenset[str]:
        """All names that may mean it."""
        return self.skeletons | self.partly.keys()

    def holds(self) -> ColumnElement[bool]:
        """Make the condition that a mention (with `names` and `chunks` joined) is of it."""
        return or_(
            names.c.skeleton.in_(sorted(self.skeletons)),
            *(
                and_(names.c.skeleton == name, chunks.c.document_id.in_(sorted(where)))
                for name, where in sorted(self.partly.items())
            ),
        )


def reach(connection: Connection, reference: str, at: AsOf) -> Reach:
    """Find the entity that a name (or an entity's id) means.

    Of a name with several senses it is the bare name: what documents do not decide.

    Raises:
        InvalidInput: it is no name.
    """
    wanted = skeleton(clean_surface(reference) or reference)
    if not wanted.strip():
        raise InvalidInput(f"{reference[:80]!r} is no name: give an entity's name or id")
    wanted = _shown(connection, wanted, at)
    resolution = evidence_around(connection, [wanted], at).resolution()
    return Reaches(connection, resolution, at).of(resolution.entity(wanted))


def _shown(connection: Connection, wanted: str, at: AsOf) -> str:
    """Answer the name that people gave this label to, where no passage has the label itself."""
    known = select(names.c.id).where(names.c.skeleton == wanted).limit(1)
    if connection.execute(known).first():
        return wanted
    given = renamed(connection, at)
    return next((name for name, label in given.items() if skeleton(label) == wanted), wanted)


def counted(at: AsOf) -> ColumnElement[bool]:
    """Make the condition that a mention counts: a name's words alone do while it is known."""
    naming, elsewhere = mentions.alias("naming"), chunks.alias("elsewhere")
    known = (
        select(naming.c.name_id)
        .join(elsewhere, elsewhere.c.id == naming.c.chunk_id)
        .where(naming.c.name_id == mentions.c.name_id, naming.c.role.in_(NAMING))
        .where(at.keeps(elsewhere))
        .correlate(mentions)
        .exists()
    )
    found = mentions.c.role == Role.WORDS.value
    if at.seq is not None:
        return or_(~found, and_(known, mentions.c.since <= at.seq))
    return or_(~found, known)


class Reaches:
    """The names of every entity of a resolution; ambiguous ones are looked into when asked for."""

    def __init__(self, connection: Connection, resolution: Resolution, at: AsOf) -> None:
        self._connection = connection
        self._resolution = resolution
        self._at = at
        self._members: dict[EntityId, set[str]] = defaultdict(set)
        for name, entity in resolution.entities.items():
            self._members[entity].add(name)
        self._decided: dict[str, Mapping[DocumentId, EntityId]] = {}

    def members(self, entity: EntityId) -> set[str]:
        """List the skeletons that were resolved to an entity."""
        return self._members.get(entity) or {entity}

    def of(self, entity: EntityId) -> Reach:
        """Answer where an entity is named."""
        senses = self._resolution.senses
        own = self.members(entity)
        partly: dict[str, frozenset[DocumentId]] = {}
        for name in sorted(senses):
            if entity in senses[name] or name in own:
                partly[name] = self._documents(name, entity, own)
        meant = tuple(sense for name in sorted(own & senses.keys()) for sense in senses[name])
        return Reach(entity, frozenset(own - senses.keys()), partly, meant)

    def decide(self, name: str) -> Mapping[DocumentId, EntityId]:
        """Answer what each document means by an ambiguous name."""
        if name not in self._decided:
            options = {sense: self.members(sense) for sense in self._resolution.senses[name]}
            self._decided[name] = document_senses(self._connection, name, options, self._at)
        return self._decided[name]

    def _documents(
        self, name: str, entity: EntityId, own: Collection[str]
    ) -> frozenset[DocumentId]:
        decided = self.decide(name)
        mine = {document for document, sense in decided.items() if sense == entity}
        if name in own:
            mine |= documents_with(self._connection, [name], self._at) - decided.keys()
        return frozenset(mine)
