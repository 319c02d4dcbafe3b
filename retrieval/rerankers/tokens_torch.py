"""Tokens of any model that sentence-transformers can load."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import numpy as np

from foundation.errors import InvalidInput
from retrieval.embedders.vectors import readable, unit_rows
from retrieval.model import Matrix

_BATCH: Final = 8
_LIMIT_CHARACTERS: Final = 64_000


class TorchTokens:
    """Runs a model on torch, in one thread of its own: tokenisers bear no second one."""

    def __init__(self, model: str, *, device: str = "cpu", local_files_only: bool = True) -> None:
        """Load the model.

        Args:
            model: a folder or a name on the hub.
            device: any device of torch.
            local_files_only: take the model from a folder or the hub's cache, ask no network.

        Raises:
            InvalidInput: there is no such model, or it cannot be had without the network.
        """
        from sentence_transformers import SentenceTransformer

        try:
            self._model: Any = SentenceTransformer(
                model, device=device, local_files_only=local_files_only
            )
        except (OSError, ValueError) as error:
            hint = " or allow downloads (local_files_only)" if local_files_only else ""
            raise InvalidInput(
                f"sentence-transformers cannot load {model!r}: name a model on the hub or a "
                f"folder that holds one{hint}"
            ) from error
        self._name = model.rstrip("/").rsplit("/", 1)[-1]
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="reranker")

    @property
    def name(self) -> str:
        """Name the model; the folder's place does not matter."""
        return self._name

    def embed_tokens(self, texts: Sequence[str], *, query: bool) -> list[Matrix]:
        """Embed in batches of like length, behind the model's own prompts."""
        encode = self._model.encode_query if query else self._model.encode_document
        clean = [readable(text, _LIMIT_CHARACTERS) for text in texts]
        order = sorted(range(len(clean)), key=lambda i: -len(clean[i]))
        found: dict[int, Matrix] = {}
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            raw = self._worker.submit(
                encode,
                [clean[i] for i in batch],
                batch_size=_BATCH,
                output_value="token_embeddings",
                show_progress_bar=False,
            ).result()
            found.update((i, self._unit(each)) for i, each in zip(batch, raw, strict=True))
        return [found[i] for i in range(len(clean))]

    def close(self) -> None:
        """End the thread, after the batch that it is at."""
        self._worker.shutdown(cancel_futures=True)

    def _unit(self, tensor: Any) -> Matrix:  # noqa: ANN401 - a tensor of torch
        rows = np.asarray(tensor.detach().float().cpu())
        return unit_rows(
            rows, count=rows.shape[0], dimension=rows.shape[-1], source=f"the model {self._name!r}"
        )
