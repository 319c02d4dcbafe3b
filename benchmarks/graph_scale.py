"""The graph at scale: writing it, building its snapshot, following one document, learning.

    python -m benchmarks.graph_scale [--passages 100000] [--home FOLDER] [--json]

Passages are made up: ten sentences with names drawn from 60,000 by a power law, a title of their
own, now and then an acronym with its expansion or a header. Documents have five passages. Times
are of the wall clock; the extraction's share is of CPU time, beside a run whose extractor reads
nothing. With --home the base is kept there, and used again.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.corpora import machine
from foundation.clock import system_clock
from foundation.database.engine import Database, open_database
from knowledge.analysis import Analyst
from knowledge.classification.classifier import Classifier
from knowledge.duplicates import Duplicates
from knowledge.extraction.model import Excerpt, Extract
from knowledge.extraction.rules import RuleExtractor
from knowledge.graph.follower import GraphFollower
from knowledge.graph.store import GraphStore
from knowledge.learning import Learner
from knowledge.likeness import Thresholds
from knowledge.model import Draft, Span
from knowledge.sage import KnowledgeSage
from knowledge.signatures import Signer

NAMES = 60_000
PER_DOCUMENT = 5
_SYLLABLES = [
    "ka",
    "ro",
    "mi",
    "ten",
    "sol",
    "var",
    "lin",
    "dor",
    "bel",
    "ash",
    "gor",
    "ven",
    "tam",
    "ril",
    "os",
    "und",
    "ery",
    "fal",
    "min",
    "quo",
]
_VERBS = ["was founded by", "depends on", "was seen near", "wrote about", "is a part of", "met"]


class Nothing:
    """Reads nothing: what the rest of a write costs."""

    name = "nothing"

    def extract(self, excerpts: Sequence[Excerpt]) -> list[Extract]:
        """Answer empty extracts."""
        return [Extract() for _ in excerpts]


def names(rng: np.random.Generator) -> list[str]:
    """Make up names of one or two capitalised words."""
    found: dict[str, None] = {}
    while len(found) < NAMES:
        words = rng.choice(_SYLLABLES, (2, 3))
        name = " ".join("".join(word).capitalize() for word in words[: rng.integers(1, 3)])
        found[f"{name} {''.join(rng.choice(_SYLLABLES, 2)).capitalize()}"] = None
    return list(found)


def documents(count: int, seed: int = 0) -> Iterator[Draft]:
    """Make up documents."""
    rng = np.random.default_rng(seed)
    pool = names(rng)
    ranks = np.arange(NAMES) + 20.0
    chances = ranks**-0.9 / (ranks**-0.9).sum()
    for number in range(count):
        drawn = iter(rng.choice(NAMES, PER_DOCUMENT * 12, p=chances).tolist())
        verbs = iter(rng.choice(_VERBS, PER_DOCUMENT * 6).tolist())
        passages = []
        for place in range(PER_DOCUMENT):
            said = [f"{pool[next(drawn)]} {next(verbs)} {pool[next(drawn)]}." for _ in range(6)]
            if number % 50 == 0 and place == 0:
                said.append("The Long Name Of It (LNI) is a thing.")
            passages.append(" ".join(said) + f" It is note {number}-{place} of the archive.")
        text = "\n\n".join(passages)
        spans, start = [], 0
        for ordinal, passage in enumerate(passages):
            spans.append(Span(ordinal, start, start + len(passage)))
            start += len(passage) + 2
        yield Draft(
            f"made/{number}", text, spans, title=f"Report {number} on {pool[number % NAMES]}"
        )


def write(database: Database, drafts: Sequence[Draft], *, reading: bool) -> float:
    """Write documents; answer the CPU seconds."""
    extractor = RuleExtractor() if reading else Nothing()
    make_sage(database, Analyst(extractor, Classifier())).add("default", drafts)
    return time.process_time()


def make_sage(database: Database, analyst: Analyst) -> KnowledgeSage:
    """Make a sage that takes near duplicates for what they are."""
    thresholds = Thresholds(merge=0.85, review=0.6)
    return KnowledgeSage(
        database, signer=Signer(), duplicates=Duplicates(thresholds), analyst=analyst
    )


def filled(folder: Path, passages: int, *, reading: bool = True) -> tuple[Database, float]:
    """Open a base with so many passages, writing them where they are missing."""
    fresh = not (folder / "truth.db").exists()
    database = open_database(None, home=folder)
    began = time.process_time()
    if fresh:
        batch: list[Draft] = []
        for draft in documents(passages // PER_DOCUMENT):
            batch.append(draft)
            if len(batch) == 1_000:
                write(database, batch, reading=reading)
                batch = []
        if batch:
            write(database, batch, reading=reading)
    return database, time.process_time() - began


def follow(database: Database, follower: GraphFollower, times: int = 20) -> list[float]:
    """Add one document at a time; answer the milliseconds that each refresh takes."""
    sage = make_sage(database, Analyst(RuleExtractor(), Classifier()))
    took = []
    stamp = time.time_ns()
    for number, draft in enumerate(documents(times, seed=7)):
        one = Draft(f"one/{stamp}-{number}", draft.text, draft.spans, title=draft.title)
        sage.add("default", [one])
        began = time.perf_counter()
        follower.refresh()
        took.append(1000 * (time.perf_counter() - began))
    return took


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    folder = arguments.home or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    figures: dict[str, float] = {}
    try:
        small = Path(tempfile.mkdtemp())
        bare, without = filled(small / "bare", 2_000, reading=False)
        read, reading = filled(small / "read", 2_000)
        bare.close()
        read.close()
        figures["graph, CPU s per 1,000 passages"] = (reading - without) / 2
        figures["the whole write, CPU s per 1,000 passages"] = reading / 2
        database, _ = filled(folder, arguments.passages)
        follower = GraphFollower(database)
        began = time.perf_counter()
        snapshot = follower.refresh()
        figures["snapshot built, s"] = time.perf_counter() - began
        edges = len(snapshot.links.indices) // 2 + len(snapshot.pairs.indices) // 2
        figures["nodes"], figures["edges"] = snapshot.size, edges
        memory = snapshot.links.nbytes + snapshot.pairs.nbytes
        figures["bytes an edge (arrays)"] = memory / edges
        took = follow(database, follower)
        figures["refresh after one document, ms (median)"] = statistics.median(took)
        figures["refresh after one document, ms (worst)"] = max(took)
        store = GraphStore(database)
        began = time.perf_counter()
        store.relations(store.search("Ka", limit=1)[0].label, limit=20)
        figures["search and relations of a hub, s"] = time.perf_counter() - began
        sage = make_sage(database, Analyst(RuleExtractor(), Classifier()))
        began = time.perf_counter()
        Learner(database, sage, system_clock).learn()
        figures["a round of learning, s"] = time.perf_counter() - began
        figures["peak memory, MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        database.close()
    finally:
        shutil.rmtree(small, ignore_errors=True)
        if arguments.home is None:
            shutil.rmtree(folder, ignore_errors=True)
    if arguments.json:
        print(json.dumps(figures))
        return
    print(f"{machine()}\n{arguments.passages:,} passages")
    for name, value in figures.items():
        print(f"{name:48} {value:12,.2f}")


if __name__ == "__main__":
    main()
