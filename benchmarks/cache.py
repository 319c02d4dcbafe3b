"""What a cached answer costs, and how often a question worded differently is mistaken.

    python -m benchmarks.cache [--documents N] [--pairs N] [--redis URL] [--postgres URL]

Hits are timed through the whole platform (`Platform.search`, 10 hits), each looking up in the
truth whether its answer still holds; beside it, its parts, the same search without the cache,
and the embedding of the question alone. The false hits of the semantic cache are counted over
labelled pairs of questions (`qqp-pairs-dev`): pairs that it would take for the same although
people say that they are not, as a share of all that it takes for the same.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from api import KnowledgeBase
from benchmarks.corpora import machine, read_table, read_texts
from foundation.database.engine import open_database
from foundation.database.glance import Glance
from ingest.model import Record
from knowledge.reading import Reader
from retrieval.cache.guard import may_mean_the_same
from retrieval.cache.model import Answer, Request
from retrieval.cache.redis_store import RedisStore
from retrieval.embedders.model import EmbedderOptions
from retrieval.embedders.registry import open_embedder
from retrieval.question import check_question

ROUNDS = 2_000
THRESHOLDS = (0.90, 0.92, 0.94, 0.96, 0.97, 0.98, 0.99)


def timed(call: Callable[[], object], rounds: int = ROUNDS) -> tuple[float, float]:
    """Answer the median and the 95th percentile in microseconds."""
    took = []
    for _ in range(rounds):
        started = time.perf_counter()
        call()
        took.append((time.perf_counter() - started) * 1e6)
    return statistics.median(took), float(np.percentile(took, 95))


def show(name: str, figures: tuple[float, float]) -> None:
    print(f"  {name:<46} p50 {figures[0]:9.1f} µs   p95 {figures[1]:9.1f} µs")


def hits(documents: int, redis: str, postgres: str) -> None:
    texts = list(read_texts("scifact-train").items())[:documents]
    with tempfile.TemporaryDirectory(prefix="elders-bench-") as folder:
        home = Path(folder)
        with KnowledgeBase.open(home / "a", embedder="minilm", database_url=None) as base:
            base.ingest([Record(name, text=text) for name, text in texts], wait=True)
            print(f"{len(texts):,} documents of scifact-train, MiniLM, SQLite; {machine()}")
            measure(base)
        with KnowledgeBase.open(
            home / "a", embedder="minilm", database_url=None, background=False
        ) as base:
            far(base, redis)
        if postgres:
            database = open_database(postgres, home=home)
            show("head of the log, PostgreSQL", timed(Glance(database).head))
            database.close()


def measure(base: KnowledgeBase) -> None:
    platform = base.platform
    query = "does vitamin D reduce the risk of infections?"

    def search(**more: Any) -> Callable[[], object]:
        return lambda: platform.search(query, **more)

    for _ in range(5):  # until what is read in the background has been
        search()()
        time.sleep(1.2)
    show("hit: Platform.search", timed(search()))
    show("hit, with a filter and a collection", timed(filtered(base)))
    request = platform.request(query, 10, None, None, None, "default", filtering=True)
    show("  of it: the request (checks, normal form)", timed(lambda: made(base, query)))
    show("  of it: its key", timed(lambda: request.key("x")))
    tag = platform.cache.validity.tag()
    show("  of it: does it hold?", timed(lambda: platform.cache.validity.holds(tag, request)))
    glance = Glance(platform.parts.database)
    show("    of it: the head of the log", timed(glance.head))
    show("the same by a pooled transaction", timed(Reader(platform.parts.database).head))
    show("miss: words, meaning, graph; vector known", timed(search(fresh=True), 100))
    model = platform.parts.rag
    embedder = open_embedder("minilm", EmbedderOptions(models_dir=models()))
    embedder.embed_query(query)
    show("embedding the question alone", timed(lambda: embedder.embed_query(query), 100))
    embedder.close()
    print(f"  ({model.embedder}; {base.cache.statistics()})")


def filtered(base: KnowledgeBase) -> Callable[[], object]:
    condition = {"title": {"$exists": True}}
    return lambda: base.platform.search(
        "vitamin D infections", collections=["default"], filter=condition
    )


def made(base: KnowledgeBase, query: str) -> Request:
    check_question(query, 10, "default")
    return base.platform.request(query, 10, None, None, None, "default", filtering=True)


def models() -> Path:
    from foundation.settings import load_settings

    return load_settings().models_dir


def far(base: KnowledgeBase, url: str) -> None:
    """Time what comes from Redis and not from this process's memory."""
    request = base.platform.request("vitamin", 10, None, None, None, "lexical", filtering=True)
    answer: Answer = base.cache.answer(request)
    store = RedisStore(url, prefix="elders-bench:")
    from retrieval.cache.model import Entry

    entry = Entry(answer.result, answer.body, base.platform.cache.validity.tag(), time.time(), 1.0)
    name = "0" * 40
    store.put(name, entry, 60)
    kilobytes = len(answer.body) / 1e3
    show(f"Redis: get and read an answer of {kilobytes:.0f} kB", timed(
        lambda: store.get(name, lambda _: True)
    ))  # fmt: skip
    show("Redis: put", timed(lambda: store.put(name, entry, 60)))
    store.clear()
    store.close()
    base.cache.clear()


def mistaken(pairs: int) -> None:
    """Count the pairs that the semantic cache would take for the same."""
    table = read_table("qqp-pairs-dev", "pairs.tsv")[:pairs]
    embedder = open_embedder("minilm", EmbedderOptions(models_dir=models()))
    first = embedder.embed_documents([row[0] for row in table])
    second = embedder.embed_documents([row[1] for row in table])
    embedder.close()
    cosine = (first * second).sum(axis=1)
    same = np.array([row[2] == "1" for row in table])
    guarded = np.array([may_mean_the_same(row[0], row[1]) for row in table])
    print(f"semantic cache on {len(table):,} pairs of qqp-pairs-dev ({same.sum():,} the same):")
    print("  threshold    without guard: taken, false     with guard: taken, false   of the same")
    for threshold in THRESHOLDS:
        near = cosine >= threshold
        columns = [
            f"{taken.sum():18,} {(taken & ~same).sum() / max(1, taken.sum()):7.2%}"
            for taken in (near, near & guarded)
        ]
        found = (same & near & guarded).sum() / same.sum()
        print(f"  {threshold:9.2f}", *columns, f"{found:12.1%}")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=500)
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--redis", default="redis://127.0.0.1:6379/0")
    parser.add_argument("--postgres", default="")
    given = parser.parse_args(arguments)
    hits(given.documents, given.redis, given.postgres)
    mistaken(given.pairs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
