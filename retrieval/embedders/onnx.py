"""The embedder that works without any set-up: a bundle on ONNX Runtime."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final

import numpy as np
import structlog

from retrieval.embedders.bundle import Bundle
from retrieval.embedders.vectors import readable
from retrieval.model import Matrix, Vector

_log = structlog.get_logger(__name__)

_CHARACTERS_PER_TOKEN: Final = 64
"""Longer than any run of text that WordPiece makes one token of, words of over 100 aside."""

_NICENESS: Final = 5

_CPU_BATCH_TOKENS: Final = 512
"""Padded tokens in one run: few enough to stay in cache (1,024 lost 7 %, 4,096 25 %), and enough
for short texts to share the reading of the weights (+ 80 % at twelve words)."""

_GPU_BATCH_TOKENS: Final = 16_384


class OnnxEmbedder:
    """Runs a bundle with one thread to a run and as many runs at once as there are cores.

    Texts are sorted by length, so that little is padded, and go to a pool of workers in batches of
    about 512 tokens. Against two threads within each run this gave 1.5 times the passages for the
    same CPU time, as no thread spins while another finishes. A query runs on the thread that asks,
    beside the workers, which run at a lower priority: with both cores busy embedding documents a
    query took 22 ms as on the idle machine, and 47 ms without that.
    """

    def __init__(self, bundle: Bundle, *, gpu: bool = False, threads: int | None = None) -> None:
        """Load the graph.

        Args:
            bundle: an intact model.
            gpu: run on CUDA if this ONNX Runtime can (package onnxruntime-gpu), else on the CPU
                with a warning.
            threads: workers for documents; None for one a core.
        """
        from tokenizers import Tokenizer

        self._bundle = bundle
        self._session = _open_session(bundle, gpu=gpu)
        on_gpu = "CUDAExecutionProvider" in self._session.get_providers()
        budget = _GPU_BATCH_TOKENS if on_gpu else _CPU_BATCH_TOKENS
        self._batch_tokens = budget if bundle.batchable else 1
        self._tokenizer = Tokenizer.from_file(str(bundle.tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(bundle.max_tokens)
        self._workers = ThreadPoolExecutor(
            1 if on_gpu else threads or _cores(),
            thread_name_prefix="embedder",
            initializer=_give_way,
        )

    @property
    def name(self) -> str:
        """Identify weights, pooling, cut and precision."""
        return self._bundle.name

    @property
    def dimension(self) -> int:
        """Count the numbers of one vector."""
        return self._bundle.dimension

    @property
    def languages(self) -> frozenset[str] | None:
        """List the languages of the bundle."""
        return frozenset(self._bundle.languages)

    def embed_documents(self, texts: Sequence[str]) -> Matrix:
        """Embed on all workers; shape (len(texts), dimension)."""
        rows = np.empty((len(texts), self.dimension), np.float32)
        tokens = list(self._workers.map(self._tokenise, texts))
        batches = plan_batches([len(ids) for ids in tokens], self._batch_tokens)
        parts = self._workers.map(self._run, ([tokens[i] for i in batch] for batch in batches))
        for batch, part in zip(batches, parts, strict=True):
            rows[batch] = part
        return rows

    def embed_query(self, text: str) -> Vector:
        """Embed on the calling thread: 6 ms of CPU for a short query."""
        vector: Vector = self._run([self._tokenise(text)])[0]
        return vector

    def close(self) -> None:
        """End the workers, after the batches that they are at."""
        self._workers.shutdown(cancel_futures=True)

    def _tokenise(self, text: str) -> list[int]:
        limit = self._bundle.max_tokens * _CHARACTERS_PER_TOKEN
        ids: list[int] = self._tokenizer.encode(readable(text, limit)).ids
        return ids

    def _run(self, tokens: Sequence[Sequence[int]]) -> Matrix:
        """Embed token ids, padded at the end to the longest; shape (len(tokens), dimension)."""
        ids = np.zeros((len(tokens), max(map(len, tokens))), np.int64)
        mask = np.zeros_like(ids)
        for row, text in enumerate(tokens):
            ids[row, : len(text)] = text
            mask[row, : len(text)] = 1
        (vectors,) = self._session.run(None, {"input_ids": ids, "attention_mask": mask})
        return np.asarray(vectors, np.float32)


def plan_batches(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Group texts of like length, so that each batch has at most `budget` tokens with padding.

    The longest come first: the short ones at the end let all workers finish together. A text that
    is longer than the budget makes a batch of its own.

    Returns:
        indices into `lengths`, each exactly once.
    """
    order = sorted(range(len(lengths)), key=lambda i: (-lengths[i], i))
    batches: list[list[int]] = []
    start = 0
    while start < len(order):
        size = max(1, budget // max(1, lengths[order[start]]))
        batches.append(order[start : start + size])
        start += size
    return batches


def _open_session(bundle: Bundle, *, gpu: bool) -> Any:  # noqa: ANN401 - untyped library
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # a run stays on the thread that called it
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors only: its warnings are about single graph nodes
    providers: list[Any] = ["CPUExecutionProvider"]
    if gpu:
        available = onnxruntime.get_available_providers()
        if "CUDAExecutionProvider" in available:
            # Without TF32 both devices give the same vectors, as the shared name promises.
            providers.insert(0, ("CUDAExecutionProvider", {"use_tf32": "0"}))
        else:
            _log.warning("embedder.cuda_missing", available=available, used="cpu")
    return onnxruntime.InferenceSession(str(bundle.graph), options, providers=providers)


def _give_way() -> None:
    """Lower the priority of this thread (on Linux; elsewhere it would be the whole process)."""
    if sys.platform == "linux":
        with suppress(OSError):  # some sandboxes forbid it: queries are slower then, no more
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def _cores() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
