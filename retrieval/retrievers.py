"""What the RAG Sage asks of those who find passages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.model import Ranking, Scope, Vector


class LexicalRetriever(Protocol):
    """Ranks by words."""

    def search(
        self, query: str, k: int, scope: Scope, also: Sequence[str] = (), weight: float = 0.0
    ) -> Ranking:
        """Answer the k best chunks within the scope; `also` are other names of what is asked."""
        ...


class QueryEmbedder(Protocol):
    """The side of an embedder that a search needs."""

    @property
    def name(self) -> str:
        """The model's name, by which it is known whether fusion was tuned for it."""
        ...

    @property
    def languages(self) -> frozenset[str] | None:
        """The languages it knows; None for all."""
        ...

    def embed_query(self, text: str) -> Vector:
        """Embed one query."""
        ...


class DenseRetriever(Protocol):
    """Ranks by meaning, and scores whatever others found."""

    @property
    def embedder(self) -> QueryEmbedder:
        """The model whose vectors it holds."""
        ...

    def search(self, vector: Vector, k: int, scope: Scope) -> Ranking:
        """Answer the k chunks nearest to the vector within the scope."""
        ...

    def scores(self, vector: Vector, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Answer the similarity of each chunk, nan where it has no vector (yet)."""
        ...

    def documents(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Answer the document number of each chunk, -1 where it has no vector (yet)."""
        ...

    def matrix(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Answer the vector of each chunk, zeros where it has none (yet)."""
        ...
