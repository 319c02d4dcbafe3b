"""Dense search over synthetic vectors: our planner, the exact scan, and Chroma with its filters.

    python -m benchmarks.vectors [--rows 10000,100000] [--queries N] [--json FILE]

All three search the same vectors in the same run, one query at a time, k = 10. Cold is the first
query after opening (files in the page cache, libraries imported; our planner scans exactly until
the HNSW index is open); recall is against a brute-force scan with numpy. The filters select
collections that hold 1 % and 50 % of the documents.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.corpora import machine
from benchmarks.synthetic import CHUNKS_PER_DOCUMENT, TOPICS, Corpus, CorpusVectors, clustered
from foundation.ids import Seq
from knowledge.follower import Feed, Follower
from retrieval.indexes.chroma import ChromaIndex
from retrieval.indexes.exact import ExactIndex, ExactReader
from retrieval.indexes.planner import DenseSearcher
from retrieval.model import Scope, Vector

K = 10
OPENINGS = 7
FILTERS: dict[str, str | None] = {"none": None, "50 %": "fifty", "1 %": "one"}

Search = Callable[[Vector, str | None], tuple[list[int], str]]
"""Answers the ids, best first, and the path taken, for a query within a collection."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An engine ready for its first query."""

    search: Search
    warm: Callable[[], object]
    close: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; times in milliseconds of wall clock, `cpu` of the processor."""

    rows: int
    engine: str
    filter: str
    cold_p50: float
    cold_p95: float
    p50: float
    p95: float
    cpu: float
    recall: float
    path: str


@dataclass(frozen=True, slots=True)
class Build:
    """What it took to fill an index."""

    rows: int
    engine: str
    seconds: float
    cpu_seconds: float
    megabytes: float


class Engines:
    """Opens each engine anew on the folders of one corpus."""

    def __init__(self, folder: Path, corpus: Corpus) -> None:
        self._folder = folder
        self._corpus = corpus
        self._dimension = corpus.vectors.shape[1]
        # Masks are made once: the platform keeps them ready too.
        self._scopes = {name: Scope(documents=corpus.documents(name)) for name in TOPICS}

    def fill(self) -> list[Build]:
        """Build both indexes by feeds of 1,000 chunks."""
        vectors = CorpusVectors(self._corpus.vectors)
        exact = ExactIndex(self._folder / "exact", self._dimension, vectors)
        chroma = ChromaIndex(self._folder / "chroma", self._dimension, vectors)
        builds = [self._filled(exact), self._filled(chroma)]
        exact.close()
        chroma.close()
        return builds

    def _filled(self, follower: Follower) -> Build:
        rows, wall, cpu = len(self._corpus.vectors), time.perf_counter(), time.process_time()
        for start in range(0, rows, 1000):
            chunks = [self._corpus.chunk(row) for row in range(start, min(start + 1000, rows))]
            follower.apply(Feed(Seq(start), Seq(start + len(chunks)), chunks, [], []))
        files = (self._folder / follower.name).rglob("*")
        size = sum(path.stat().st_blocks * 512 for path in files if path.is_file())
        seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
        return Build(rows, follower.name, seconds, cpu_seconds, size / 2**20)

    def planner(self) -> Opened:
        """Open what the platform searches with."""
        vectors = CorpusVectors(self._corpus.vectors)
        exact = ExactReader(self._folder / "exact", self._dimension)
        chroma = ChromaIndex(self._folder / "chroma", self._dimension, vectors)
        searcher = DenseSearcher(exact, chroma)

        def search(vector: Vector, topic: str | None) -> tuple[list[int], str]:
            found = searcher.find(vector, K, self._scope(topic))
            return found.ranking.ids.tolist(), found.path

        return Opened(search, chroma.warm, chroma.close)

    def exact(self) -> Opened:
        """Open the exact index alone."""
        exact = ExactReader(self._folder / "exact", self._dimension)

        def search(vector: Vector, topic: str | None) -> tuple[list[int], str]:
            return exact.search(vector, K, self._scope(topic)).ids.tolist(), "scan"

        return Opened(search, exact.rows, exact.close)

    def chroma(self) -> Opened:
        """Open Chroma as its own documentation would, filtering with `where`."""
        import chromadb
        from chromadb.config import Settings

        store = next((self._folder / "chroma").glob("store-*"))
        client: Any = chromadb.PersistentClient(str(store), Settings(anonymized_telemetry=False))
        name = client.list_collections()[0].name
        collection = client.get_collection(name, embedding_function=None)

        def search(vector: Vector, topic: str | None) -> tuple[list[int], str]:
            where = None if topic is None else {"collection": topic}
            found = collection.query(
                query_embeddings=[vector], n_results=K, where=where, include=["distances"]
            )
            return [int(number) for number in found["ids"][0]], "where" if topic else "hnsw"

        return Opened(search, collection.count, client.close)

    def _scope(self, topic: str | None) -> Scope:
        return Scope() if topic is None else self._scopes[topic]


def nearest(corpus: Corpus, topic: str | None) -> list[set[int]]:
    """Find the true nearest chunks of each query by brute force."""
    rows = np.arange(len(corpus.vectors))
    if topic is not None:
        rows = rows[corpus.documents(topic)[rows // CHUNKS_PER_DOCUMENT]]
    found = []
    for query in corpus.queries:
        products = np.vecdot(corpus.vectors, query)[rows]
        best = np.argpartition(products, len(rows) - K)[-K:]
        found.append(set((rows[best] + 1).tolist()))
    return found


def measured(
    engine: str,
    open_engine: Callable[[], Opened],
    corpus: Corpus,
    label: str,
) -> Row:
    """Time one engine under one filter."""
    topic, cold = FILTERS[label], []
    for opening in range(OPENINGS):
        opened = open_engine()
        start = time.perf_counter()
        opened.search(corpus.queries[opening], topic)
        cold.append(1e3 * (time.perf_counter() - start))
        opened.close()
    opened = open_engine()
    opened.warm()
    opened.search(corpus.queries[0], topic)
    truth, times, hits, path = nearest(corpus, topic), [], 0, ""
    cpu = time.process_time()
    for vector, wanted in zip(corpus.queries, truth, strict=True):
        start = time.perf_counter()
        ids, path = opened.search(vector, topic)
        times.append(1e3 * (time.perf_counter() - start))
        hits += len(wanted & set(ids))
    cpu = 1e3 * (time.process_time() - cpu) / len(truth)
    opened.close()
    recall = hits / (K * len(truth))
    spread = (*_p50_p95(cold), *_p50_p95(times))
    return Row(len(corpus.vectors), engine, label, *spread, cpu, recall, str(path))


def _p50_p95(times: Sequence[float]) -> tuple[float, float]:
    return statistics.median(times), float(np.quantile(times, 0.95))


def report(builds: Sequence[Build], rows: Sequence[Row], peak: float) -> None:
    """Print the tables."""
    for build in builds:
        print(
            f"built {build.engine:7} {build.rows:8,} rows in {build.seconds:7.1f} s "
            f"({build.cpu_seconds:.1f} s of processor), {build.megabytes:.0f} MiB on disk"
        )
    print(f"peak memory of the whole run: {peak:.0f} MiB (the vectors themselves included)\n")
    head = ("rows", "engine", "filter", "cold p50", "p95", "warm p50", "p95", "cpu", "recall")
    print("{:>8} {:8} {:>6} {:>9} {:>7} {:>9} {:>7} {:>7} {:>7}".format(*head), "path")
    for row in rows:
        print(
            f"{row.rows:>8} {row.engine:8} {row.filter:>6} {row.cold_p50:9.2f} {row.cold_p95:7.2f} "
            f"{row.p50:9.2f} {row.p95:7.2f} {row.cpu:7.2f} {row.recall:7.4f} {row.path}"
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run for each corpus size, print tables, and write JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default="10000,100000", help="corpus sizes, by commas")
    parser.add_argument("--dimension", type=int, default=384)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args(arguments)
    builds: list[Build] = []
    rows: list[Row] = []
    for count in [int(part) for part in options.rows.split(",")]:
        corpus = clustered(count, options.dimension, queries=options.queries, seed=options.seed)
        with tempfile.TemporaryDirectory() as folder:
            engines = Engines(Path(folder), corpus)
            builds += engines.fill()
            for label in FILTERS:
                rows.append(measured("planner", engines.planner, corpus, label))
                rows.append(measured("exact", engines.exact, corpus, label))
                rows.append(measured("chroma", engines.chroma, corpus, label))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    command = " ".join(["python -m benchmarks.vectors", *(arguments or sys.argv[1:])])
    data = f"clustered synthetic vectors of {options.dimension} dimensions, seed {options.seed}"
    print(f"{machine()}; {data}; {options.queries} queries, k = {K}; times in ms\n$ {command}\n")
    report(builds, rows, peak)
    if options.json:
        figures = {
            "machine": machine(),
            "data": data,
            "command": command,
            "peak_megabytes": peak,
            "builds": [asdict(build) for build in builds],
            "searches": [asdict(row) for row in rows],
        }
        options.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
