"""Any cross-encoder that sentence-transformers can load, by hub name or folder."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from foundation.errors import InvalidInput, Unavailable
from retrieval.embedders.vectors import readable

_BATCH: Final = 8
_LIMIT_CHARACTERS: Final = 64_000
_SCORING: Final = ("ForSequenceClassification", "ForCausalLM", "ForConditionalGeneration")
"""Architectures with something that scores; of others the library would make it up at random."""


class CrossEncoderReranker:
    """Reads question and passage as one text, on torch, in one thread of its own.

    The best and the slowest: a passage costs as much as embedding it, with every question anew.
    """

    def __init__(self, model: str, *, device: str = "cpu", local_files_only: bool = True) -> None:
        """Load the model.

        Args:
            model: a folder or a name on the hub, such as BAAI/bge-reranker-v2-m3.
            device: any device of torch.
            local_files_only: take the model from a folder or the hub's cache, ask no network.

        Raises:
            InvalidInput: there is no such model, it cannot be had without the network, or it is no
                cross-encoder that gives one score.
        """
        from sentence_transformers import CrossEncoder

        try:
            _require_scores(model, local_files_only=local_files_only)
            self._model: Any = CrossEncoder(model, device=device, local_files_only=local_files_only)
        except (OSError, ValueError) as error:
            hint = " or allow downloads (local_files_only)" if local_files_only else ""
            raise InvalidInput(
                f"sentence-transformers cannot load the cross-encoder {model!r}: name a model on"
                f" the hub or a folder that holds one{hint}"
            ) from error
        if (labels := int(self._model.num_labels)) != 1:
            raise InvalidInput(
                f"{model!r} gives {labels} numbers for a pair, where a reranker gives one score:"
                " choose a model that was trained to rank"
            )
        self._name = f"cross-encoder-{model.rstrip('/').rsplit('/', 1)[-1]}"
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="reranker")

    @property
    def name(self) -> str:
        """Name the model; the folder's place does not matter."""
        return self._name

    def score(self, query: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """Score in batches of like length; shape (len(passages),).

        Raises:
            Unavailable: the model gives a score that is no number.
        """
        question = readable(query, _LIMIT_CHARACTERS)
        texts = [readable(text, _LIMIT_CHARACTERS) for text in passages]
        scores = np.empty(len(texts), np.float32)
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            pairs = [(question, texts[i]) for i in batch]
            scores[batch] = self._worker.submit(
                self._model.predict, pairs, batch_size=_BATCH, show_progress_bar=False
            ).result()
        if not np.isfinite(scores).all():
            raise Unavailable(f"{self._name} gave a score that is no finite number")
        return scores

    def close(self) -> None:
        """End the thread, after the batch that it is at."""
        self._worker.shutdown(cancel_futures=True)


def _require_scores(model: str, *, local_files_only: bool) -> None:
    """Refuse a model without a trained head, which would rank at random and say nothing of it."""
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(model, local_files_only=local_files_only)
    kinds = config.architectures or []
    if not any(kind.endswith(_SCORING) for kind in kinds):
        raise InvalidInput(
            f"{model!r} is no cross-encoder (it is {', '.join(kinds) or 'of no known kind'}):"
            " choose a model that was trained to rank, such as BAAI/bge-reranker-v2-m3"
        )
