"""Ingestion's passages per second as a share of the bare embedder's, on the same texts.

    python -m benchmarks.ingest [--documents N] [--rounds R] [--json FILE]

Bare: the passages are there already and are handed to the embedder, nothing else is done. Whole:
`KnowledgeBase.ingest(…, wait=True)` of the same documents into a new home: parsing, chunking,
hashing, duplicates, the transaction, embedding, and every index caught up. The two take turns in
one run, so that the ratio holds on a machine whose speed drifts.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from api import KnowledgeBase
from benchmarks.corpora import machine, read_lines
from foundation.settings import load_settings
from ingest.chunking import Chunker
from ingest.model import Record
from knowledge.model import passage
from retrieval.embedders.model import Embedder, EmbedderOptions
from retrieval.embedders.registry import open_embedder
from retrieval.embedding import WINDOW


def documents(count: int) -> list[Record]:
    """Take real abstracts."""
    rows = read_lines("scifact-train", "corpus.jsonl")
    return [
        Record(str(row["_id"]), text=row["text"], title=row["title"])
        for row, _ in zip(rows, range(count), strict=False)
    ]


def passages(records: Sequence[Record]) -> list[str]:
    """Cut them as ingestion does."""
    chunker = Chunker()
    return [
        passage(record.title, span.heading, (record.text or "")[span.start : span.end])
        for record in records
        for span in chunker.chunk(record.text or "", "text/plain")
    ]


def bare(embedder: Embedder, texts: Sequence[str]) -> float:
    """Embed and forget; answer passages per second."""
    started = time.perf_counter()
    for start in range(0, len(texts), WINDOW):
        embedder.embed_documents(texts[start : start + WINDOW])
    return len(texts) / (time.perf_counter() - started)


def whole(records: Sequence[Record], embedder: str) -> float:
    """Ingest into a new home; answer passages per second."""
    with (
        tempfile.TemporaryDirectory(prefix="elders-bench-") as home,
        KnowledgeBase.open(home, embedder=embedder) as base,
    ):
        started = time.perf_counter()
        report = base.ingest(records, wait=True)
        seconds = time.perf_counter() - started
    return report.chunks / seconds


def main() -> None:
    """Print the rates and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--embedder", default="minilm")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    records = documents(options.documents)
    texts = passages(records)
    models = load_settings().models_dir
    embedder = open_embedder(options.embedder, EmbedderOptions(models_dir=models))
    embedder.embed_documents(texts[:8])
    rates = [
        (bare(embedder, texts), whole(records, options.embedder)) for _ in range(options.rounds)
    ]
    embedder.close()
    ratio = statistics.median(ingested / alone for alone, ingested in rates)
    figures: dict[str, str | float] = {
        "machine": machine(),
        "data": f"{len(records)} abstracts of scifact-train, {len(texts)} passages",
        "bare_passages_per_second": statistics.median(alone for alone, _ in rates),
        "ingested_passages_per_second": statistics.median(ingested for _, ingested in rates),
        "share": ratio,
    }
    for name, value in figures.items():
        print(f"{name:>30}  {value if isinstance(value, str) else f'{value:.3f}'}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
