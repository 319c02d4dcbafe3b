"""Short ways to write documents, likenesses and verdicts for the tests of grouping."""

from __future__ import annotations

from foundation.ids import DocumentId, Sha256
from knowledge.grouping import Edge, Grouping, Item, Pair, pair
from knowledge.likeness import Likeness, LikenessKind, Thresholds

THRESHOLDS = Thresholds()


def item(name: str, text: str = "", arrived: int = 0) -> Item:
    return Item(DocumentId(name), name, Sha256(text or name), arrived)


def items(names: str) -> list[Item]:
    return [item(name, arrived=number) for number, name in enumerate(names)]


def link(names: str) -> Pair:
    return pair(DocumentId(names[0]), DocumentId(names[1]))


def edge(names: str, similarity: float, containment: float = 0, *, variant: bool = False) -> Edge:
    kind = LikenessKind.VARIANT if variant else LikenessKind.NEAR
    return Edge(link(names), Likeness(kind, similarity, containment))


def verdicts(**given: bool) -> dict[Pair, bool]:
    return {link(names): same for names, same in given.items()}


def sets(grouping: Grouping) -> set[frozenset[str]]:
    return {frozenset(str(m.id) for m in group.members) for group in grouping.groups}
