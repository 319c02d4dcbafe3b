"""Peak memory while 100,000 passages are taken in: it must not grow with the corpus.

    python -m benchmarks.memory [--passages 10000,100000] [--json FILE]

The texts are made up (words drawn by a seeded generator) and the embedder is the hashing one:
embedding so many passages by a model takes most of an hour and needs a constant amount of memory
beside. Each size runs in a process of its own; the figure is that process's highest resident set.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from api import KnowledgeBase
from benchmarks.corpora import machine
from ingest.model import Record

_PARAGRAPHS = 10
_WORDS = 180


class MadeUp:
    """A source of documents of about ten passages each, one at a time."""

    def __init__(self, passages: int) -> None:
        self._documents = passages // _PARAGRAPHS

    def records(self) -> Iterator[Record]:
        """Make the documents."""
        rng = random.Random(1)
        words = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in "lmnrst"]
        for number in range(self._documents):
            paragraphs = [" ".join(rng.choices(words, k=_WORDS)) for _ in range(_PARAGRAPHS)]
            yield Record(f"made-up-{number}", text=".\n\n".join(paragraphs), title=f"No {number}")

    def count(self) -> int:
        """Count them."""
        return self._documents


def measure(passages: int) -> dict[str, float]:
    """Ingest in this process and look at its peak."""
    with (
        tempfile.TemporaryDirectory(prefix="elders-bench-") as home,
        KnowledgeBase.open(home, embedder="hashing") as base,
    ):
        started = time.perf_counter()
        report = base.ingest(MadeUp(passages), wait=True)
        seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"passages": report.chunks, "seconds": seconds, "peak_mib": peak}


def main() -> None:
    """Run each size in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", default="10000,100000")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one)))
        return
    print(machine())
    found = []
    for size in options.passages.split(","):
        command = [sys.executable, "-m", "benchmarks.memory", "--one", size]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found.append(json.loads(output.splitlines()[-1]))
        row = found[-1]
        print(
            f"{row['passages']:>9,.0f} passages: peak {row['peak_mib']:,.0f} MiB,"
            f" {row['seconds']:.0f} s ({row['passages'] / row['seconds']:,.0f} a second)"
        )
    if options.json:
        options.json.write_text(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
