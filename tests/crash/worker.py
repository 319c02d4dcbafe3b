"""Ingest without end, and say aloud what was acknowledged: the process that gets killed."""

from __future__ import annotations

import importlib.metadata
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from api import KnowledgeBase
from ingest.model import Record
from knowledge.model import Result
from knowledge.prepare import version_hash

BATCH = 20


def paragraphs() -> list[str]:
    """Take paragraphs of real prose that every environment has."""
    texts = [d.metadata["Description"] or "" for d in importlib.metadata.distributions()]
    parts = {part.strip() for text in texts for part in text.split("\n\n")}
    return sorted(part for part in parts if 80 < len(part) < 800)


def records(seed: int) -> Iterator[Record]:
    """Make documents that arrive, change, are deleted and resemble each other, without end."""
    rng = random.Random(seed)
    pool = paragraphs()
    while True:
        source = f"doc-{rng.randrange(400)}"
        if rng.random() < 0.1:
            yield Record(source, deleted=True)
            continue
        start = rng.randrange(len(pool) - 12)
        parts = pool[start - start % 5 : start - start % 5 + 10]
        if rng.random() < 0.5:
            parts = [*parts, rng.choice(pool)]
        yield Record(source, text="\n\n".join(parts), title=source)


def main(home: Path, seed: int, embedder: str) -> None:
    """Ingest batch by batch; a line on standard output is a promise."""
    stream = records(seed)
    with KnowledgeBase.open(home, embedder=embedder, lock_timeout_seconds=60) as base:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            batch = [next(stream) for _ in range(BATCH)]
            results: list[Result] = []
            base.ingest(batch, on_result=results.append)
            for record, result in zip(batch, results, strict=True):
                digest = version_hash(record.title, record.text) if record.text else "-"
                sys.stdout.write(f"{result.source_id} {digest} {result.outcome.value}\n")
            sys.stdout.write(f"batch {base.status().seq}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
