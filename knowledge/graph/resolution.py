"""Which names are one entity: from links and people's decisions to clusters of skeletons.

Pure, and the same for every order of arrival. Spellings that share a skeleton are one name
already; here names join by evidence. What people keep apart stays apart, through third names too.
A name that could join several entities that are not one (an acronym with two expansions, "Mercury"
beside "Mercury (planet)" and "Mercury (element)") joins none: it has senses, and each document
that uses it decides which one it means.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from knowledge.clusters import Clusters
from knowledge.graph.model import EntityId, Link, LinkKind

_NUMBERED = re.compile(r"([a-z]{2,6})-?(\d+)")
"""One of a series ("pep8", "rfc2119"): the same as no other number of it, whatever titles say."""

_DIRECT = (LinkKind.DECIDED, LinkKind.ALSO_KNOWN_AS, LinkKind.TYPO, LinkKind.MEANING)


@dataclass(frozen=True, slots=True)
class Resolution:
    """What was decided.

    Attributes:
        entities: each skeleton that shares its entity with another, with the entity's id.
        senses: each ambiguous skeleton with the entities that it may mean, the best supported
            first.
        joined: the links that count.
    """

    entities: Mapping[str, EntityId] = field(default_factory=dict)
    senses: Mapping[str, Sequence[EntityId]] = field(default_factory=dict)
    joined: Sequence[Link] = ()

    def entity(self, skeleton: str) -> EntityId:
        """Answer the entity that a skeleton names by itself."""
        return self.entities.get(skeleton, EntityId(skeleton))


def resolve(
    links: Iterable[Link], apart: Iterable[tuple[str, str]], titled: Collection[str] = ()
) -> Resolution:
    """Join names: all of them, or one connected component (with the same result for it).

    Args:
        links: evidence, in any order.
        apart: pairs of skeletons that people said are not the same.
        titled: bare names that are a document's title, and so mean a thing of their own.
    """
    ordered = sorted(links, key=_strongest_first)
    kept_apart = list(apart)
    known = {end for link in ordered for end in (link.first, link.second)}
    known |= {end for pair in kept_apart for end in pair}
    skeletons = sorted(known)
    number = {skeleton: index for index, skeleton in enumerate(skeletons)}
    numbered = {n: (m[1], m[2]) for s, n in number.items() if (m := _NUMBERED.fullmatch(s))}
    clusters = Clusters(len(skeletons), [(number[a], number[b]) for a, b in kept_apart], numbered)
    joined = [
        link
        for link in ordered
        if link.kind in _DIRECT
        and clusters.join(
            number[link.first], number[link.second], forced=link.kind is LinkKind.DECIDED
        )
    ]
    ambiguous = _join_by_sense(clusters, number, ordered, frozenset(titled), joined)
    names = {
        cluster: EntityId(skeletons[min(members)]) for cluster, members in clusters.members.items()
    }
    return Resolution(
        entities={
            skeletons[member]: names[cluster]
            for cluster, members in clusters.members.items()
            if len(members) > 1
            for member in members
        },
        senses={
            first: tuple(dict.fromkeys(names[clusters.of[number[s]]] for s in seconds))
            for first, seconds in ambiguous.items()
        },
        joined=tuple(joined),
    )


def _strongest_first(link: Link) -> tuple[bool, float, int, str, str, str]:
    decided = link.kind is not LinkKind.DECIDED
    return (decided, -link.confidence, -link.support, link.first, link.second, link.kind)


def _join_by_sense(
    clusters: Clusters,
    number: Mapping[str, int],
    ordered: Iterable[Link],
    titled: frozenset[str],
    joined: list[Link],
) -> dict[str, list[str]]:
    """Join each acronym and bare name to the one entity it can mean; answer those with several."""
    by_first: dict[str, list[Link]] = defaultdict(list)
    for link in ordered:
        if link.kind not in _DIRECT:
            by_first[link.first].append(link)
    ambiguous: dict[str, list[str]] = {}
    for first, options in sorted(by_first.items()):
        own_title = first in titled
        meant = [o for o in options if not (own_title and o.kind is LinkKind.QUALIFIED)]
        own = clusters.of[number[first]]
        reached = {clusters.of[number[option.second]] for option in meant}
        decided = own in reached  # it is one of them already: the others stay what they are
        others = reached - {own}
        if len(others) == 1 and not decided:
            joined.extend(o for o in meant if clusters.join(number[first], number[o.second]))
        if len(others) > 1 or (others and decided) or len(meant) < len(options):
            by_support = sorted(options, key=lambda link: (-link.support, link.second))
            keeps_own = own_title or decided
            ambiguous[first] = [first] * keeps_own + [link.second for link in by_support]
    return ambiguous
