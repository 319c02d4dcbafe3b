"""Show entities, relations, paths and communities to people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from api.cli.citing import cite
from api.cli.printing import say, show_table

if TYPE_CHECKING:
    from knowledge.graph.answers import Companion, Route, Step
    from knowledge.graph.model import Entity, Link, Relation
    from knowledge.graph.themes import Community
    from knowledge.model import Chunk

_INDENT: Final = 3
_MOST: Final = 8
"""Other names, and reasons for them, that are shown; --json has all."""

_STATED: Final = 2
"""Relations that a step of a path shows; --json has all."""

_REASONS: Final = {
    "decided": "was said to be",
    "also known as": "is also known as",
    "stands for": "stands for",
    "qualified": "is short for",
    "typo": "is spelled much like",
    "meaning": "means the same as",
}


def print_entity(entity: Entity, senses: Sequence[str]) -> None:
    """Print an entity's names, and why they are one."""
    say(
        f"{entity.label} ({entity.kind}), in {count(entity.passages, 'passage')}"
        f" of {count(entity.documents, 'document')}"
    )
    if also := others(entity):
        say("also called: " + listed(also), indent=_INDENT)
    surfaces = {alias.skeleton: alias.surface for alias in entity.aliases}
    for link in entity.because[:_MOST]:
        say("because " + reason(link, surfaces), indent=_INDENT)
    if senses:
        say(f"may mean {', '.join(senses)}: each document decides", indent=_INDENT)


def others(entity: Entity) -> list[str]:
    """List an entity's other names."""
    return [alias.surface for alias in entity.aliases if alias.surface != entity.label]


def reason(link: Link, names: Mapping[str, str]) -> str:
    """Say why two names are one; `names` has them by their skeletons."""
    first, second = (names.get(end, end) for end in (link.first, link.second))
    return f"“{first}” {_REASONS[link.kind.value]} “{second}”"


def print_relations(relations: Sequence[Relation]) -> None:
    """Print what passages state."""
    if relations:
        rows = [(_statement(r), len(r.proofs), f"{r.confidence:.2f}") for r in relations]
        show_table("What passages state", ["statement", "proofs", "confidence"], rows)


def print_neighbours(near: Sequence[Companion]) -> None:
    """Print what an entity is named with."""
    if near:
        say("Named with")
        named = ", ".join(f"{other.label} ({other.passages})" for other in near)
        say(named, indent=_INDENT)


def print_route(route: Route, cited: Mapping[Any, Chunk]) -> None:
    """Print a path, and under each step what proves it."""
    labels = {entity.id: entity.label for entity in route.entities}
    say(" → ".join(entity.label for entity in route.entities))
    for step in route.steps:
        _print_step(step, (labels[step.source], labels[step.target]), cited)


def _print_step(step: Step, ends: tuple[str, str], cited: Mapping[Any, Chunk]) -> None:
    for relation in step.relations[:_STATED]:
        say(_statement(relation), indent=_INDENT)
        proof = relation.proofs[0]
        if proof.chunk_id in cited:
            cite(cited[proof.chunk_id], ends, at=proof.start, indent=2 * _INDENT)
    if not step.relations:
        say(f"{ends[0]} is named with {ends[1]}", indent=_INDENT)
        for chunk in step.passages[:1]:
            if chunk in cited:
                cite(cited[chunk], ends, indent=2 * _INDENT)


def print_community(found: Community) -> None:
    """Print a community's summary."""
    within = "" if found.parent is None else f", a part of {found.parent}"
    say(f"{found.title}: {count(found.size, 'entity', 'entities')}, level {found.level}{within}")
    if found.summary:
        say(" ".join(found.summary.split()), indent=_INDENT)
    say("Most named")
    say(", ".join(f"{e.label} ({e.score:.0f})" for e in found.entities), indent=_INDENT)


def count(number: int, one: str, many: str = "") -> str:
    """Write a number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(names: Sequence[str]) -> str:
    """Write the first names, and how many there are beyond them."""
    more = len(names) - _MOST
    return ", ".join(names[:_MOST]) + (f" and {more:,} more" if more > 0 else "")


def _statement(relation: Relation) -> str:
    return f"{relation.source_label} {relation.predicate} {relation.target_label or relation.value}"
