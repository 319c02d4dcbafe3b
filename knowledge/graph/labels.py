"""Labels and kinds of many entities at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from knowledge.graph.identities import all_evidence, evidence_around
from knowledge.graph.model import EntityId
from knowledge.graph.naming import Usage, kind_of_entity, label_of, renamed, usages
from knowledge.log import NOW, AsOf

_MANY = 5_000


@dataclass(frozen=True, slots=True)
class Labels:
    """What entities are called."""

    members: Mapping[EntityId, set[str]]
    used: Mapping[str, Usage]
    given: Mapping[str, str]

    def label(self, entity: EntityId) -> str:
        """Answer an entity's label."""
        return label_of(entity, self.members[entity], self.used, self.given)

    def kind(self, entity: EntityId) -> str:
        """Answer an entity's kind."""
        return kind_of_entity(self.used, self.members[entity])


def labels_of(connection: Connection, entities: Iterable[EntityId], at: AsOf = NOW) -> Labels:
    """Read the labels and kinds of entities."""
    wanted = list(dict.fromkeys(entities))
    evidence = (
        all_evidence(connection, at)
        if len(wanted) > _MANY
        else evidence_around(connection, wanted, at)
    )
    members: dict[EntityId, set[str]] = defaultdict(set)
    for name, entity in evidence.resolution().entities.items():
        members[entity].add(name)
    own = {entity: members.get(entity) or {str(entity)} for entity in wanted}
    used = usages(connection, {name for group in own.values() for name in group}, at)
    return Labels(own, used, renamed(connection, at))
