"""The search for duplicates as the store does it, with dictionaries where it has tables."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from foundation.ids import DocumentId
from knowledge.grouping import Edge, Grouping, Item, Pair, pair, regroup
from knowledge.likeness import Fingerprint, Thresholds, compare
from knowledge.signatures import Signer, band_keys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Filed:
    """A document with what is stored of it: its fingerprint and the keys of its bands."""

    id: DocumentId
    fingerprint: Fingerprint
    keys: Sequence[int]


@dataclass(frozen=True, slots=True)
class Found:
    """The outcome of a search: how many candidates there were, which were alike, what followed."""

    candidates: int
    edges: Sequence[Edge]
    grouping: Grouping

    def merged(self) -> set[Pair]:
        """Answer all pairs that share a group."""
        return {
            pair(one.id, other.id)
            for group in self.grouping.groups
            for one, other in combinations(group.members, 2)
        }


def file_all(texts: Mapping[str, str], signer: Signer) -> list[Filed]:
    """Prepare texts by id: fingerprints, signatures and bands."""
    prepared = {DocumentId(name): Fingerprint.of(text) for name, text in texts.items()}
    return [
        Filed(name, fingerprint, band_keys(signer.sign_shingles(fingerprint.shingles)))
        for name, fingerprint in prepared.items()
    ]


def search(filed: Sequence[Filed], thresholds: Thresholds) -> Found:
    """Find candidates by their bands, compare them exactly, and group."""
    bands: dict[int, list[int]] = defaultdict(list)
    for number, document in enumerate(filed):
        for key in document.keys:
            bands[key].append(number)
    candidates = {two for numbers in bands.values() for two in combinations(numbers, 2)}
    edges = []
    for one, other in candidates:
        likeness = compare(filed[one].fingerprint, filed[other].fingerprint)
        if likeness is not None and thresholds.keeps(likeness):
            edges.append(Edge(pair(filed[one].id, filed[other].id), likeness))
    items = [
        Item(document.id, document.id, document.fingerprint.exact, number)
        for number, document in enumerate(filed)
    ]
    return Found(len(candidates), edges, regroup(items, edges, {}, thresholds))
