"""A whole search by stage: milliseconds (p50 / p95) at 10,000 and 100,000 passages.

    python -m benchmarks.queries [--passages 10000 100000] [--home FOLDER] [--times 200]

Passages are those of `benchmarks.graph_scale`, embedded by hashing, as a model would take an hour;
questions name three things of the corpus. The shipped ranker orders them, so that the whole of a
default search is timed. Beside it stands what embedding the same questions by the packaged model
costs alone: the baseline for a search with a warm model.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from api.knowledge_base import KnowledgeBase
from api.serving import embedder_options
from benchmarks import graph_scale
from benchmarks.corpora import machine
from foundation.settings import load_settings
from ingest.model import Record
from retrieval.embedders.registry import open_embedder
from retrieval.evaluation import percentile
from retrieval.ranking.ranker import OWN, SHIPPED, Ranker

WARM = 20


def records(passages: int) -> Iterator[Record]:
    """Make documents of five passages."""
    for number, draft in enumerate(graph_scale.documents(passages // graph_scale.PER_DOCUMENT)):
        yield Record(f"made/{number}", text=draft.text, title=draft.title)


def questions(count: int) -> list[str]:
    """Make questions that name three things, the frequent more often."""
    rng = np.random.default_rng(7)
    names = graph_scale.names(np.random.default_rng(0))
    chosen = np.minimum(rng.zipf(1.3, size=(count, 3)) - 1, len(names) - 1)
    return [f"Who met {names[a]} near {names[b]} and {names[c]}?" for a, b, c in chosen.tolist()]


def measured(home: Path, passages: int, asked: Sequence[str]) -> Mapping[str, Sequence[float]]:
    """Fill a home, and time each stage of each question."""
    with KnowledgeBase.open(home, embedder="hashing", cache_entries=0) as base:
        base.ingest(records(passages), wait=True)
        shipped = Ranker.load(SHIPPED)
        told = {**shipped.told, "embedder": base.platform.parts.rag.embedder}
        replace(shipped, told=told).save(home / OWN)
        took: dict[str, list[float]] = defaultdict(list)
        for number, question in enumerate(asked):
            found = base.search(question, fresh=True).result
            assert any("graph" in hit.parts for hit in found.hits), "it was not ranked"
            if number >= WARM:
                for stage, milliseconds in found.timings_ms.items():
                    took[stage].append(milliseconds)
    return took


def embedding(asked: Sequence[str]) -> list[float]:
    """Time the packaged model on the questions alone."""
    settings = load_settings()
    embedder = open_embedder("minilm", embedder_options(settings, settings.models_dir))
    took = []
    for question in asked:
        started = time.perf_counter()
        embedder.embed_query(question)
        took.append((time.perf_counter() - started) * 1e3)
    return took[WARM:]


def shown(name: str, values: Sequence[float]) -> str:
    """Write a line of the table."""
    return f"{name:22} {percentile(values, 0.5):8.2f} / {percentile(values, 0.95):.2f}"


def main() -> None:
    """Print a line for each stage and size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--home", type=Path)
    parser.add_argument("--times", type=int, default=200)
    given = parser.parse_args()
    asked = questions(given.times + WARM)
    print(machine())
    alone = embedding(asked)
    print(shown("embedding alone", alone))
    for passages in given.passages:
        with tempfile.TemporaryDirectory() as folder:
            home = (given.home or Path(folder)) / str(passages)
            took = measured(home, passages, asked)
        print(f"\n{passages:,} passages (ms, p50 / p95)")
        for stage, values in took.items():
            print(shown(stage, values))
        whole = percentile(took["total"], 0.5) + percentile(alone, 0.5)
        print(f"with the packaged model: {whole / percentile(alone, 0.5):.2f} × embedding alone")


if __name__ == "__main__":
    main()
