"""Recall and precision of the search for near duplicates, by how much of the words was edited.

    ELDERS_DATA=… python -m benchmarks.near_duplicates [--json] [--write]

`--write` puts the tables and the plot into docs/. Everything is seeded: a second run gives the
same figures.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from benchmarks import duplicate_rules, duplicate_tables
from benchmarks.corpora import machine, read_lines, read_table, read_texts
from benchmarks.duplicate_search import Filed, Found, file_all, search
from benchmarks.edits import edited
from foundation.ids import DocumentId, normalised_hash
from knowledge.grouping import Pair, pair
from knowledge.likeness import Thresholds
from knowledge.signatures import MIN_SHINGLES, Signer, jaccard

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

DEGREES = (0.01, 0.02, 0.05, 0.10, 0.15, 0.20, 0.30, 0.40)
COPY = "-copy"
JAPANESE = 500
"""Japanese paragraphs that are taken."""


@dataclass(frozen=True, slots=True)
class Planted:
    """Merged pairs against the pairs that were planted in a corpus."""

    documents: int
    candidates: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Degree:
    """What became of copies with this share of their words edited.

    Attributes:
        jaccard: mean similarity of original and copy.
        merged: share of the copies in one group with their originals.
        found: share of the copies merged or put up for review with their originals.
        merged_pairs: how many pairs with a copy in them were merged.
        precision: share of these that are right: one document, or one family of documents.
        planted_precision: share of these that are a document and its own copy.
        review_pairs: how many pairs with a copy in them were put up for review.
        review_precision: share of these that are right.
    """

    degree: float
    copies: int
    jaccard: float
    merged: float
    found: float
    merged_pairs: int
    precision: float | None
    planted_precision: float | None
    review_pairs: int
    review_precision: float | None


def planted(name: str, signer: Signer) -> Planted:
    """Search a corpus with planted pairs."""
    filed = file_all(read_texts(name), signer)
    found = search(filed, Thresholds())
    truth = {
        pair(DocumentId(one), DocumentId(other)) for one, other, *_ in read_table(name, "pairs.tsv")
    }
    merged = found.merged()
    right = len(merged & truth)
    precision, recall = right / max(len(merged), 1), right / len(truth)
    f1 = 2 * right / (len(merged) + len(truth))
    return Planted(len(filed), found.candidates, precision, recall, f1)


def families() -> dict[str, str]:
    """Name the PEPs that are one thing under several numbers.

    Those are PEPs of one title, and PEPs whose headers say that one replaces the other.
    """
    import networkx as nx

    graph = nx.Graph()
    for row in read_lines("peps", "corpus.jsonl"):
        graph.add_edge(row["_id"], row["title"].partition(" – ")[2])
    for head, relation, tail, *_ in read_table("peps", "relations.tsv"):
        if relation in {"replaces", "superseded_by"}:
            graph.add_edge(head, tail)
    return {name: min(part) for part in nx.connected_components(graph) for name in part}


def same_texts(texts: Mapping[str, str]) -> dict[str, str]:
    """Name each document by the first with the same text."""
    first: dict[str, str] = {}
    return {name: first.setdefault(normalised_hash(text), name) for name, text in texts.items()}


def by_degree(
    texts: Mapping[str, str],
    family: Mapping[str, str],
    signer: Signer,
    *,
    by_character: bool = False,
) -> list[Degree]:
    """Search the corpus with one edited copy of each document, once for each degree of edit."""
    originals = [
        document
        for document in file_all(texts, signer)
        if len(document.fingerprint.shingles) >= MIN_SHINGLES
    ]
    unit = r"\w" if by_character else r"\w+"
    words = [word for text in texts.values() for word in re.findall(unit, text)]
    rows = []
    for degree in DEGREES:
        rng = random.Random(round(1000 * degree))
        changed = {
            o.id + COPY: edited(texts[o.id], degree, words, rng, by_character=by_character)
            for o in originals
        }
        copies = file_all(changed, signer)
        found = search([*originals, *copies], Thresholds())
        rows.append(_score(degree, originals, copies, found, family))
    return rows


def _score(
    degree: float,
    originals: Sequence[Filed],
    copies: Sequence[Filed],
    found: Found,
    family: Mapping[str, str],
) -> Degree:
    def right(two: Pair) -> bool:
        one, other = (family[document.removesuffix(COPY)] for document in two)
        return one == other

    pairs = [pair(o.id, c.id) for o, c in zip(originals, copies, strict=True)]
    merged = {two for two in found.merged() if _holds_copy(two)}
    review = {two for two in found.grouping.review if _holds_copy(two)}
    alike = [
        jaccard(o.fingerprint.shingles, c.fingerprint.shingles)
        for o, c in zip(originals, copies, strict=True)
    ]
    return Degree(
        degree=degree,
        copies=len(pairs),
        jaccard=statistics.fmean(alike),
        merged=len(merged.intersection(pairs)) / len(pairs),
        found=len((merged | review).intersection(pairs)) / len(pairs),
        merged_pairs=len(merged),
        precision=_share(merged, right),
        planted_precision=_share(merged, set(pairs).__contains__),
        review_pairs=len(review),
        review_precision=_share(review, right),
    )


def _holds_copy(two: Pair) -> bool:
    return any(document.endswith(COPY) for document in two)


def _share(pairs: Collection[Pair], right: Callable[[Pair], bool]) -> float | None:
    return sum(map(right, pairs)) / len(pairs) if pairs else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", action="store_true", help="write docs/duplicates.md's figures")
    options = parser.parse_args()
    signer = Signer()
    peps, japanese = read_texts("peps"), read_texts("jsquad-valid-ja")
    japanese = dict(list(japanese.items())[:JAPANESE])
    english_rows = by_degree(peps, families(), signer)
    japanese_rows = by_degree(japanese, same_texts(japanese), signer, by_character=True)
    rules = duplicate_rules.measure(peps, signer)
    report = {
        "machine": machine(),
        "neardup-1000": asdict(planted("neardup-1000", signer)),
        "peps": [asdict(row) for row in english_rows],
        "jsquad-valid-ja": [asdict(row) for row in japanese_rows],
        **rules,
    }
    tables = duplicate_tables.tables(report)
    if options.write:
        duplicate_tables.fill(tables)
        duplicate_tables.draw(report)
    print(json.dumps(report) if options.json else "\n\n".join(tables.values()))


if __name__ == "__main__":
    main()
