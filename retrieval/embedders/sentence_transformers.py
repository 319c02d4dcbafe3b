"""Any model that sentence-transformers can load, by hub name or folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from foundation.errors import InvalidInput
from retrieval.embedders.vectors import readable, unit_rows
from retrieval.model import Matrix, Vector

if TYPE_CHECKING:
    from retrieval.embedders.model import EmbedderOptions

_BATCH: Final = 8
_LIMIT_CHARACTERS: Final = 64_000
_LABEL_LENGTH: Final = 120


class SentenceTransformersEmbedder:
    """Runs a model on torch, in one thread of its own.

    The tokenisers of transformers must not be used from two threads at once. All work goes to one
    thread, documents in batches of eight one after the other, so that a query waits for one batch
    at the most. Prompts for queries and documents are those that the model brings along.
    """

    def __init__(
        self,
        model: str,
        *,
        device: str = "cpu",
        local_files_only: bool = True,
        languages: frozenset[str] | None = None,
        prompts: Mapping[str, str] | None = None,
    ) -> None:
        """Load the model.

        Args:
            model: a folder or a name on the hub.
            device: any device of torch.
            local_files_only: take the model from a folder or the hub's cache, ask no network.
            languages: what it knows (ISO 639-1); None if it knows all, or nobody knows.
            prompts: text before queries and documents, by the keys "query" and "document", where
                the model does not bring its own.

        Raises:
            InvalidInput: there is no such model, or it cannot be had without the network.
        """
        from sentence_transformers import SentenceTransformer

        try:
            self._model = SentenceTransformer(
                model,
                device=device,
                local_files_only=local_files_only,
                prompts=dict(prompts) if prompts else None,
            )
        except (OSError, ValueError) as error:
            hint = " or allow downloads (local_files_only)" if local_files_only else ""
            raise InvalidInput(
                f"sentence-transformers cannot load {model!r}: name a model on the hub or a "
                f"folder that holds one{hint}"
            ) from error
        self._dimension = int(self._model.get_embedding_dimension() or 0)
        self._languages = languages
        self._source = f"the model {model!r}"
        label = model.rstrip("/").rsplit("/", 1)[-1][:_LABEL_LENGTH]
        self._name = f"sentence-transformers-{label}-{_fingerprint(self._model)}"
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="embedder")

    @classmethod
    def from_options(cls, model: str, options: EmbedderOptions) -> Self:
        """Load the model that the spec names.

        Raises:
            InvalidInput: no model is named, or it cannot be loaded.
        """
        if not model:
            raise InvalidInput(
                "name the model: sentence-transformers:NAME, or sentence-transformers:/a/folder"
            )
        prefixes = {"query": options.query_prefix, "document": options.document_prefix}
        return cls(
            model,
            device=options.device,
            local_files_only=options.local_files_only,
            languages=options.languages,
            prompts=prefixes if any(prefixes.values()) else None,
        )

    @property
    def name(self) -> str:
        """Identify weights, modules, cut and prompts; the folder's place does not matter."""
        return self._name

    @property
    def dimension(self) -> int:
        """Count the numbers of one vector."""
        return self._dimension

    @property
    def languages(self) -> frozenset[str] | None:
        """List the languages as they were given."""
        return self._languages

    def embed_documents(self, texts: Sequence[str]) -> Matrix:
        """Embed in batches of like length; shape (len(texts), dimension)."""
        rows = np.empty((len(texts), self._dimension), np.float32)
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            rows[batch] = self._run(self._model.encode_document, [texts[i] for i in batch])
        return rows

    def embed_query(self, text: str) -> Vector:
        """Embed behind at most one batch of documents."""
        vector: Vector = self._run(self._model.encode_query, [text])[0]
        return vector

    def close(self) -> None:
        """End the thread, after the batch that it is at."""
        self._worker.shutdown(cancel_futures=True)

    def _run(self, encode: Any, texts: Sequence[str]) -> Matrix:  # noqa: ANN401 - untyped library
        clean = [readable(text, _LIMIT_CHARACTERS) for text in texts]
        raw = self._worker.submit(
            encode, clean, batch_size=_BATCH, show_progress_bar=False
        ).result()
        return unit_rows(
            np.asarray(raw), count=len(texts), dimension=self._dimension, source=self._source
        )


def _fingerprint(model: Any) -> str:  # noqa: ANN401 - untyped library
    """Hash all that decides about the vectors: a name on the hub says nothing of the weights."""
    import torch

    digest = hashlib.sha256()
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(f"{key}{tuple(tensor.shape)}{tensor.dtype}".encode())
        flat = tensor.detach().cpu().contiguous().reshape(-1)
        digest.update(flat.view(torch.uint8).numpy().data)
    # The transformer's own settings differ between releases of the library; its weights do not.
    modules = [
        (type(module).__name__, module.get_config_dict() if position else {})
        for position, module in enumerate(model)
    ]
    settings = [modules, model.prompts, model.default_prompt_name, model.max_seq_length]
    digest.update(json.dumps(settings, sort_keys=True, default=str).encode())
    return digest.hexdigest()[:12]
