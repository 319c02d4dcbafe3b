"""Fit the chance that a passage shows what a pattern says, and tell how well it holds.

    python -m benchmarks.similar HOME

HOME has learned from logs, and is embedded. Each statement of a template or of a sequence of log
lines is searched for, as the RAG Sage does; a passage shows it if lines of these forms stand in it,
in this order. Half of the templates (by hash) fit the coefficients of `elders/council/similar.py`,
the others judge.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from api import KnowledgeBase
from elders.council.lesson import line_of, shows
from elders.council.model import MOST_CASES
from elders.council.similar import shared

PARTS = {"log template": ("template",), "log sequence": ("first", "then")}
BINS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.01)


def cases(home: Path) -> Iterator[tuple[bool, float, float, bool]]:
    """Search for every template; answer whether it is for fitting, both features, and the truth."""
    with KnowledgeBase.open(home, read_only=True) as base:
        for pattern in base.patterns.list(limit=None):
            names = PARTS.get(pattern.kind.value)
            if names is None:
                continue
            lines = [line_of(pattern.data[name]) for name in names]
            fitting = zlib.crc32(pattern.data[names[0]].encode()) % 2 == 0
            found = base.search(pattern.statement, k=MOST_CASES, mode="fusion", filtering=False)
            for hit in found:
                cosine = max(0.0, hit.parts.get("dense", 0.0))
                yield fitting, cosine, shared(pattern.statement, hit.text), shows(hit.text, lines)


def main() -> None:
    """Print the coefficients, and how often what was said came true on the other half."""
    rows = list(cases(Path(sys.argv[1])))
    table = np.array([(cosine, part) for _, cosine, part, _ in rows])
    shows = np.array([truth for *_, truth in rows])
    fitting = np.array([half for half, *_ in rows])
    model = LogisticRegression(C=1e6).fit(table[fitting], shows[fitting])
    print(f"{len(rows)} passages, {fitting.sum()} to fit; {shows.mean():.3f} show it")
    print(f"intercept {model.intercept_[0]:.2f}, cosine and shared words {model.coef_[0].round(2)}")
    said = model.predict_proba(table[~fitting])[:, 1]
    for low, high in pairwise(BINS):
        there = (said >= low) & (said < high)
        if there.any():
            share = shows[~fitting][there].mean()
            print(f"said {low:.1f} to {min(high, 1):.1f}: {there.sum():5d}, {share:.3f} show it")


if __name__ == "__main__":
    main()
