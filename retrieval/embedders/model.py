"""The seam between texts and vectors: what every embedder promises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from foundation.breaker import Breakers
from retrieval.model import Matrix, Vector


class Embedder(Protocol):
    """Turns texts into vectors whose inner product is their similarity.

    Behaviour (EmbedderContract):

    - Vectors are float32, of length 1 and of `dimension` numbers; rows keep the order of the texts.
    - A text gets the same vector alone and in a batch (to 1e-4), on every call.
    - No text is refused: an empty one, one with NULs or lone surrogates, one in a language that
      the model does not know. A text that is too long for the model is cut.
    - Calls may come from several threads at once. A query does not wait for all the documents
      that another thread has handed in.
    - `close` may be called twice; nothing else may be called after it.

    Errors: Unavailable where a service or device fails (the call may be repeated), InvalidInput
    where the texts are refused for good.
    """

    @property
    def name(self) -> str:
        """Identify the model: at most 200 characters, fit for a cache key.

        It changes whenever the vectors would: with weights, pooling, precision and prefixes.
        """
        ...

    @property
    def dimension(self) -> int:
        """Count the numbers of one vector."""
        ...

    @property
    def languages(self) -> frozenset[str] | None:
        """List the languages it knows as ISO 639-1 codes; None for no limit."""
        ...

    def embed_documents(self, texts: Sequence[str]) -> Matrix:
        """Embed what is to be found; shape (len(texts), dimension)."""
        ...

    def embed_query(self, text: str) -> Vector:
        """Embed what is looked for; shape (dimension,)."""
        ...

    def close(self) -> None:
        """Free memory, threads and connections."""
        ...


@dataclass(frozen=True, slots=True)
class EmbedderOptions:
    """What an embedder may need to be opened; each kind reads what concerns it.

    Attributes:
        models_dir: where models made on this machine are kept.
        device: "cpu" or "cuda" (sentence-transformers takes every device of torch).
        threads: workers for documents on a CPU; None for one a core.
        local_files_only: never ask a model hub, not even for a newer version.
        languages: what the model knows, for models that do not say so themselves.
        base_url: of an OpenAI-compatible service, with its version: https://host/v1.
        key: of that service; empty for none.
        dimension: of that service's vectors.
        query_prefix: put before each query, for served models that were trained with one.
        document_prefix: put before each document.
        timeout_seconds: for one request to that service.
        breakers: where that service's is, for whoever watches them.
    """

    models_dir: Path
    device: str = "cpu"
    threads: int | None = None
    local_files_only: bool = True
    languages: frozenset[str] | None = None
    base_url: str = ""
    key: str = field(default="", repr=False)
    dimension: int | None = None
    query_prefix: str = ""
    document_prefix: str = ""
    timeout_seconds: float = 30.0
    breakers: Breakers = field(default_factory=Breakers, compare=False, repr=False)
