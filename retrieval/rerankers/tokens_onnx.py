"""Tokens of the packaged model on ONNX Runtime: no torch, nothing to download."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from foundation.errors import Unavailable
from retrieval.embedders.bundle import Bundle
from retrieval.embedders.onnx import plan_batches
from retrieval.embedders.packaged import prepared
from retrieval.embedders.vectors import readable, unit_rows
from retrieval.model import Matrix

_BATCH_TOKENS: Final = 512
_CHARACTERS_PER_TOKEN: Final = 64
"""As the embedder of passages has them, for the same reasons."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    session: Any
    tokenizer: Any
    max_tokens: int


class PackagedTokens:
    """Runs the packaged model up to its last layer; the first question loads it."""

    def __init__(self, models_dir: Path, *, threads: int | None = None) -> None:
        """Promise the model.

        Args:
            models_dir: where prepared models are kept.
            threads: workers; None for one a core.
        """
        self._models_dir = models_dir
        self._workers = ThreadPoolExecutor(
            threads or os.cpu_count() or 1, thread_name_prefix="reranker"
        )
        self._loading = threading.Lock()
        self._loaded: _Loaded | None = None

    @property
    def name(self) -> str:
        """Name the model."""
        return "minilm"

    def embed_tokens(self, texts: Sequence[str], *, query: bool) -> list[Matrix]:  # noqa: ARG002 - this model reads both alike
        """Embed in batches of like length, on all workers.

        Raises:
            Unavailable: the model cannot be made ready.
        """
        model = self._model()
        ids = [_tokenised(model, text) for text in texts]
        batches = plan_batches([len(each) for each in ids], _BATCH_TOKENS)
        run = partial(_run, model.session)
        parts = self._workers.map(run, ([ids[i] for i in batch] for batch in batches))
        found: dict[int, Matrix] = {}
        for batch, part in zip(batches, parts, strict=True):
            found.update(zip(batch, part, strict=True))
        return [found[i] for i in range(len(ids))]

    def close(self) -> None:
        """End the workers, after the batches that they are at."""
        self._workers.shutdown(cancel_futures=True)

    def _model(self) -> _Loaded:
        with self._loading:
            if self._loaded is None:
                self._loaded = _load(prepared(self._models_dir))
            return self._loaded


def _load(bundle: Bundle) -> _Loaded:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(bundle.tokenizer))
    tokenizer.no_padding()
    tokenizer.enable_truncation(bundle.max_tokens)
    return _Loaded(_open(bundle), tokenizer, bundle.max_tokens)


def _open(bundle: Bundle) -> Any:  # noqa: ANN401 - untyped library
    """Open the graph with its last layer's states for an output, in place of their mean."""
    import onnx
    import onnxruntime

    model = onnx.load(str(bundle.graph))
    layers = [node for node in model.graph.node if node.op_type == "LayerNormalization"]
    if not layers:
        raise Unavailable(
            f"{bundle.graph} has no layers to read tokens from: delete its folder, it is made anew"
        )
    states = layers[-1].output[0]
    del model.graph.output[:]
    model.graph.output.append(
        onnx.helper.make_tensor_value_info(
            states, onnx.TensorProto.FLOAT, ["batch", "tokens", bundle.dimension]
        )
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # as many runs at once as there are workers
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def _tokenised(model: _Loaded, text: str) -> list[int]:
    limit = model.max_tokens * _CHARACTERS_PER_TOKEN
    ids: list[int] = model.tokenizer.encode(readable(text, limit)).ids
    return ids


def _run(session: Any, tokens: Sequence[Sequence[int]]) -> list[Matrix]:  # noqa: ANN401 - untyped
    ids = np.zeros((len(tokens), max(map(len, tokens))), np.int64)
    mask = np.zeros_like(ids)
    for row, text in enumerate(tokens):
        ids[row, : len(text)] = text
        mask[row, : len(text)] = 1
    (states,) = session.run(None, {"input_ids": ids, "attention_mask": mask})
    return [
        unit_rows(
            states[row, : len(text)],
            count=len(text),
            dimension=states.shape[-1],
            source="the packaged model",
        )
        for row, text in enumerate(tokens)
    ]
