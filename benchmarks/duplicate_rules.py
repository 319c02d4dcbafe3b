"""What two rules of grouping save and cost: the one about variants and the one about chains."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from benchmarks.corpora import read_lines
from benchmarks.duplicate_search import Filed, Found, file_all, search
from knowledge.likeness import Fingerprint, LikenessKind, Thresholds, compare
from knowledge.signatures import jaccard

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from foundation.ids import DocumentId
    from knowledge.signatures import Signer

_HISTORY = ("peps", "history.jsonl")
_NUMBER = re.compile(r"(?<!\w)\d+(?!\w)")


def measure(peps: Mapping[str, str], signer: Signer) -> dict[str, Any]:
    """Measure both rules on the PEPs and on the history of sixty of them."""
    versions = {f"{row['doc']}@{row['version']:06}": row for row in read_lines(*_HISTORY)}
    filed = file_all({name: row["text"] for name, row in versions.items()}, signer)
    return {
        "variants": {**_renumbered(peps), **_consecutive(filed)},
        "chains": _chains(filed),
    }


def _renumbered(peps: Mapping[str, str]) -> dict[str, Any]:
    """Change each PEP's most frequent number everywhere: another record in the same words."""
    thresholds = Thresholds()
    total = alike = merged = 0
    for text in peps.values():
        numbers = Counter(_NUMBER.findall(text))
        if not numbers:
            continue
        number = numbers.most_common(1)[0][0]
        other = re.sub(rf"(?<!\w){number}(?!\w)", str(int(number) + 1), text)
        likeness = compare(Fingerprint.of(text), Fingerprint.of(other))
        total += 1
        if likeness is not None:
            alike += likeness.similarity >= thresholds.merge
            merged += thresholds.merges(likeness)
    return {"records": total, "records_above_merge": alike, "records_merged": merged}


def _consecutive(filed: Sequence[Filed]) -> dict[str, int]:
    """Count versions that follow each other and are variants, though of the same record."""
    thresholds = Thresholds()
    total = 0
    kinds: Counter[LikenessKind] = Counter()
    for one, other in pairwise(filed):
        if _document(one.id) == _document(other.id):
            total += 1
            likeness = compare(one.fingerprint, other.fingerprint)
            if likeness is not None and likeness.similarity >= thresholds.merge:
                kinds[likeness.kind] += 1
    return {
        "versions": total,
        "versions_above_merge": kinds.total(),
        "versions_for_review": kinds[LikenessKind.VARIANT],
    }


def _document(version: DocumentId) -> str:
    return version.partition("@")[0]


def _chains(filed: Sequence[Filed]) -> dict[str, Any]:
    """Group all versions of the sixty PEPs as if each were a document of its own."""
    thresholds = Thresholds()
    found = search(filed, thresholds)
    ours = [[member.id for member in group.members] for group in found.grouping.groups]
    return {
        "documents": len(filed),
        "candidates": found.candidates,
        "alike": len(found.edges),
        "components": _describe(_components(filed, found, thresholds), filed, thresholds),
        "groups": _describe(ours, filed, thresholds),
    }


def _components(
    filed: Sequence[Filed], found: Found, thresholds: Thresholds
) -> list[list[DocumentId]]:
    """Group by links alone: connected components, the first document speaking for each."""
    import networkx as nx

    order = {document.id: number for number, document in enumerate(filed)}
    graph = nx.Graph()
    graph.add_edges_from(edge.documents for edge in found.edges if thresholds.merges(edge.likeness))
    equal: dict[str, list[DocumentId]] = defaultdict(list)
    for document in filed:
        equal[document.fingerprint.exact].append(document.id)
    for names in equal.values():
        graph.add_edges_from(pairwise(names))
    return [sorted(part, key=order.__getitem__) for part in nx.connected_components(graph)]


def _describe(
    groups: Sequence[Sequence[DocumentId]], filed: Sequence[Filed], thresholds: Thresholds
) -> dict[str, Any]:
    values = {document.id: document.fingerprint.shingles for document in filed}
    alike = [
        jaccard(values[canonical], values[member])
        for canonical, *members in groups
        for member in members
    ]
    return {
        "groups": len(groups),
        "merged": len(alike),
        "merged_unlike": sum(similarity < thresholds.review for similarity in alike),
        "lowest": min(alike),
    }
