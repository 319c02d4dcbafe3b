"""Which documents say the same: from pairwise likeness and people's verdicts to groups.

Pure, and the same for every order of arrival: all ties are broken by source ids. What can be
merged with what is decided in two steps.

1. *Atoms.* Documents that a person called the same are joined, then those whose texts are equal.
   Only a verdict "different" keeps them apart, and it does so through third documents too.
2. *Groups.* The links at or above the merge threshold are taken from the strongest down. A link
   joins two groups unless a verdict forbids a pair across them, or some atom of the one is not
   like some atom of the other: less than the review threshold, or variants of one another.

The second condition of step 2 (complete linkage at the review threshold, single linkage at the
merge threshold) stops chains: without it the many states of one document, each like the next,
become one group whose ends have nothing in common, and of which only the canonical document's
passages are found. Its price: a document that arrives may take a member of a chain's end from one
group into another. What people say and what is equal is never subject to it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from foundation.errors import InvalidInput
from foundation.ids import DocumentId, Sha256
from knowledge.clusters import Clusters
from knowledge.likeness import Likeness, LikenessKind, Thresholds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

Pair = tuple[DocumentId, DocumentId]
"""Two different documents, the smaller id first: make it with `pair`."""


def pair(one: DocumentId, other: DocumentId) -> Pair:
    """Order two ids, so that a pair has one name.

    Raises:
        InvalidInput: they are the same.
    """
    if one == other:
        raise InvalidInput(f"document {one} cannot be compared with itself; name two documents")
    return (one, other) if one < other else (other, one)


@dataclass(frozen=True, slots=True)
class Item:
    """A document as grouping sees it.

    Attributes:
        source_id: breaks ties: unlike the id it does not depend on the order of arrival.
        exact: the hash that exact duplicates share.
        arrived: smaller for documents that came earlier; decides who is canonical.
    """

    id: DocumentId
    source_id: str
    exact: Sha256
    arrived: int


@dataclass(frozen=True, slots=True)
class Edge:
    """A verified likeness of two documents.

    For documents with equal texts one edge to one of them is enough: it counts for all.
    """

    documents: Pair
    likeness: Likeness


@dataclass(frozen=True, slots=True)
class Grouped:
    """A member of a group and its similarity to its nearest fellow (0 where none is known)."""

    id: DocumentId
    similarity: float


@dataclass(frozen=True, slots=True)
class Group:
    """Two or more documents that say the same, the canonical one first, then by arrival."""

    kind: LikenessKind
    members: tuple[Grouped, ...]

    @property
    def canonical(self) -> DocumentId:
        """The document whose passages are searched."""
        return self.members[0].id


@dataclass(frozen=True, slots=True)
class Grouping:
    """What was decided.

    Attributes:
        groups: ordered by the arrival of their canonical documents; documents in none stand alone.
        review: pairs for a person to look at, the most alike first.
        unmet: verdicts "same" that stand against a verdict "different", which prevails.
    """

    groups: tuple[Group, ...]
    review: tuple[Pair, ...]
    unmet: tuple[Pair, ...]


def regroup(
    items: Collection[Item],
    edges: Sequence[Edge],
    verdicts: Mapping[Pair, bool],
    thresholds: Thresholds,
    canonical: Collection[DocumentId] = (),
) -> Grouping:
    """Group documents: all of them, or just those that a change can touch.

    Groups grow along three kinds of links: equal `exact` hashes, verdicts "same", and edges that
    `thresholds.merges`. So regrouping the documents that can be reached along these from the
    changed ones, before or after the change, with all edges among them, gives what regrouping
    everything would.

    Args:
        items: the documents, in any order.
        edges: likenesses that `thresholds.keeps`; those that lead out of `items` are ignored.
        verdicts: what people decided, True for "same"; those that lead out are ignored.
        thresholds: where merging and review begin.
        canonical: the documents that are canonical now. They stay so while they are members,
            because changing the canonical document re-indexes passages; of several in one group
            the first that arrived stays. So groups do not depend on the order of arrival, but
            who speaks for them does: the first that came.
    """
    ordered = sorted(items, key=lambda item: (item.source_id, item.id))
    number = {item.id: index for index, item in enumerate(ordered)}
    known = {
        (number[one], number[other]): same
        for (one, other), same in verdicts.items()
        if one in number and other in number
    }
    inner = [edge for edge in edges if all(document in number for document in edge.documents)]
    apart = [numbers for numbers, same in known.items() if not same]
    atoms = Clusters(len(ordered), apart)
    unmet = _join_same(atoms, [numbers for numbers, same in known.items() if same])
    _join_exact(atoms, ordered)
    labels = _join_near(atoms, _links(atoms, inner, number), apart, thresholds)
    return Grouping(
        _describe(labels, ordered, inner, number, canonical),
        _review(labels, inner, number, known, thresholds),
        tuple(pair(ordered[one].id, ordered[other].id) for one, other in unmet),
    )


def _join_same(atoms: Clusters, same: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join what people called the same, in the order of source ids; answer what could not be."""
    return [
        (one, other)
        for one, other in sorted((min(numbers), max(numbers)) for numbers in same)
        if not atoms.join(one, other)
    ]


def _join_exact(atoms: Clusters, ordered: Sequence[Item]) -> None:
    """Join equal texts: each to the first of its equals that no verdict keeps from it."""
    leaders: dict[Sha256, list[int]] = defaultdict(list)
    for index, item in enumerate(ordered):
        if not any(atoms.join(leader, index) for leader in leaders[item.exact]):
            leaders[item.exact].append(index)


def _links(
    atoms: Clusters, edges: Iterable[Edge], number: Mapping[DocumentId, int]
) -> dict[tuple[int, int], float]:
    """Answer the best similarity between atoms; variants do not count."""
    best: dict[tuple[int, int], float] = defaultdict(float)
    first = {atom: min(members) for atom, members in atoms.members.items()}
    for edge in edges:
        one, other = sorted(first[atoms.of[number[document]]] for document in edge.documents)
        if one != other and edge.likeness.kind is not LikenessKind.VARIANT:
            best[one, other] = max(best[one, other], edge.likeness.similarity)
    return best


def _join_near(
    atoms: Clusters,
    links: Mapping[tuple[int, int], float],
    apart: Iterable[tuple[int, int]],
    thresholds: Thresholds,
) -> list[int]:
    """Join atoms along their links, the strongest first; answer each document's group's label."""
    first = {atom: min(members) for atom, members in atoms.members.items()}
    groups = Clusters(len(atoms.of), ((first[atoms.of[a]], first[atoms.of[b]]) for a, b in apart))

    def alike(one: int, other: int) -> bool:
        across = product(groups.members[groups.of[one]], groups.members[groups.of[other]])
        return all(links.get((min(p), max(p)), 0.0) >= thresholds.review for p in across)

    strong = [(-similarity, p) for p, similarity in links.items() if similarity >= thresholds.merge]
    for _, (one, other) in sorted(strong):
        if not groups.together(one, other) and groups.may_join(one, other) and alike(one, other):
            groups.join(one, other)
    return [groups.of[first[atom]] for atom in atoms.of]


def _describe(
    labels: Sequence[int],
    ordered: Sequence[Item],
    edges: Iterable[Edge],
    number: Mapping[DocumentId, int],
    canonical: Collection[DocumentId],
) -> tuple[Group, ...]:
    nearest: dict[DocumentId, float] = defaultdict(float)
    for edge in edges:
        one, other = edge.documents
        if labels[number[one]] == labels[number[other]]:
            nearest[one] = max(nearest[one], edge.likeness.similarity)
            nearest[other] = max(nearest[other], edge.likeness.similarity)
    found: dict[int, list[Item]] = defaultdict(list)
    for label, item in zip(labels, ordered, strict=True):
        found[label].append(item)
    current = frozenset(canonical)
    groups = [_group(members, nearest, current) for members in found.values() if len(members) > 1]
    arrived = {item.id: (item.arrived, item.source_id) for item in ordered}
    return tuple(sorted(groups, key=lambda group: arrived[group.canonical]))


def _group(
    members: Sequence[Item], nearest: Mapping[DocumentId, float], current: Collection[DocumentId]
) -> Group:
    texts = Counter(item.exact for item in members)
    by_arrival = sorted(members, key=lambda item: (item.arrived, item.source_id))
    speaker = min(by_arrival, key=lambda item: item.id not in current)
    return Group(
        LikenessKind.EXACT if len(texts) == 1 else LikenessKind.NEAR,
        tuple(
            Grouped(item.id, 1.0 if texts[item.exact] > 1 else nearest.get(item.id, 0.0))
            for item in sorted(by_arrival, key=lambda item: item is not speaker)
        ),
    )


def _review(
    labels: Sequence[int],
    edges: Iterable[Edge],
    number: Mapping[DocumentId, int],
    known: Collection[tuple[int, int]],
    thresholds: Thresholds,
) -> tuple[Pair, ...]:
    """Pick the pairs that are alike, not merged, and that nobody has judged yet."""
    judged = {(min(numbers), max(numbers)) for numbers in known}
    found = []
    for edge in edges:
        one, other = sorted(number[document] for document in edge.documents)
        apart = labels[one] != labels[other] and (one, other) not in judged
        if apart and thresholds.keeps(edge.likeness):
            found.append((-edge.likeness.similarity, one, other, edge.documents))
    return tuple(documents for *_, documents in sorted(found))
