"""What other ways to ask bring to the ranker that the question itself does not.

    ELDERS_DATA=… python -m benchmarks.variations [--homes DIR] [--most N] [SET …]

For each kind of variation: how often it is asked, how many candidates it brings that words,
meaning and walks did not bring, how many of these are relevant, and what one costs.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import Counter, defaultdict
from pathlib import Path

from api.judging import Court, court
from api.ranking import documents_of
from benchmarks.corpora import JUDGED, data_file, machine
from knowledge.log import NOW
from retrieval.model import Scope
from retrieval.question import Question
from retrieval.varying import DEPTH


def count(given: Court, most: int) -> tuple[dict[str, Counter[str]], dict[str, list[float]]]:
    """Ask every variation of a set's questions: counts and milliseconds by kind."""
    parts = given.base.platform.parts
    scope = Scope(documents=given.base.platform.searched())
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    took: dict[str, list[float]] = defaultdict(list)
    for query, asked in list(given.judged.queries.items())[:most]:
        text, relevant = asked.strip(), given.judged.qrels[query]
        ways = parts.retrieval.understanding.query(text, NOW, filtering=False).variations
        first, model = parts.rag.first(Question(text, DEPTH, scope, NOW))
        known = set(parts.ranking.features(first, model)[0].tolist())
        for way in ways:
            started = time.perf_counter()
            found = parts.rag.rank(Question(way.text, DEPTH, scope, NOW, "lexical")).ids[:DEPTH]
            took[way.kind].append((time.perf_counter() - started) * 1e3)
            new = [number for number in found.tolist() if number not in known]
            names = documents_of(given, new)
            fit = sum(any(relevant.get(name, 0) > 0 for name in each) for each in names)
            counts[way.kind].update(asked=1, new=len(new), relevant=fit)
    return counts, took


def main() -> None:
    """Print a line for each set and kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=JUDGED)
    parser.add_argument("--homes", type=Path)
    parser.add_argument("--most", type=int, default=300)
    given = parser.parse_args()
    print(machine())
    print(f"{'set':20} {'kind':14} {'asked':>6} {'new':>6} {'relevant':>9} {'ms (median)':>12}")
    for name in given.sets:
        folder = data_file(name, "corpus.jsonl").parent
        with court(folder, home=given.homes / name if given.homes else None) as judged:
            counts, took = count(judged, given.most)
        for kind, each in sorted(counts.items()):
            cost = statistics.median(took[kind])
            line = f"{each['asked']:6} {each['new']:6} {each['relevant']:9} {cost:12.2f}"
            print(f"{name:20} {kind:14} {line}")


if __name__ == "__main__":
    main()
