"""Fit the chance that a passage is about the same matter as a statement, and say how well it holds.

    python -m benchmarks.similar HOME=SET [HOME=SET …]

SET is a folder with judged queries (queries.jsonl, qrels.tsv), HOME one with its corpus ingested.
Each query's twenty best passages by words and meaning are cases; odd queries fit, even ones judge.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from api import KnowledgeBase
from elders.council.similar import shared

DEPTH = 20
BINS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def cases(home: Path, judged: Path) -> Iterator[tuple[int, float, float, bool]]:
    """Search for every judged query; answer its number, both features, and whether it fits."""
    relevant: dict[str, set[str]] = {}
    for line in (judged / "qrels.tsv").read_text().splitlines()[1:]:
        query, document, score = line.split("\t")
        if int(score) > 0:
            relevant.setdefault(query, set()).add(document)
    with KnowledgeBase.open(home, read_only=True) as base:
        for number, line in enumerate((judged / "queries.jsonl").read_text().splitlines()):
            query = json.loads(line)
            if query["_id"] not in relevant:
                continue
            found = base.search(query["text"], k=DEPTH, mode="fusion", filtering=False)
            for hit in found:
                fits = hit.citation.source_id in relevant[query["_id"]]
                cosine = max(0.0, hit.parts.get("dense", 0.0))
                yield number, cosine, shared(query["text"], hit.text), fits


def main() -> None:
    """Print the coefficients, and how often what was said came true on the other half."""
    rows = [case for argument in sys.argv[1:] for case in cases(*map(Path, argument.split("=", 1)))]
    table = np.array([(cosine, part) for _, cosine, part, _ in rows])
    fits = np.array([fit for *_, fit in rows])
    odd = np.array([number % 2 == 1 for number, *_ in rows])
    model = LogisticRegression(C=1e6).fit(table[odd], fits[odd])
    print(f"{len(rows)} cases, {fits.mean():.3f} fit")
    print(f"intercept {model.intercept_[0]:.2f}, cosine and shared words {model.coef_[0].round(2)}")
    said = model.predict_proba(table[~odd])[:, 1]
    for low, high in pairwise(BINS):
        there = (said >= low) & (said < high)
        if there.any():
            share = fits[~odd][there].mean()
            print(f"said {low:.1f} to {high:.1f}: {there.sum():5d} cases, {share:.3f} fit")


if __name__ == "__main__":
    main()
