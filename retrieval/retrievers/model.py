"""What finds passages: one protocol for all retrievers, and what they ask of the indexes."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.log import NOW, AsOf
from retrieval.model import Ranking, Scope, Vector
from retrieval.ranking.evidence import First


@dataclass(frozen=True, slots=True)
class Asked:
    """What every retriever is asked.

    Attributes:
        text: the question, without the words of filters.
        depth: how many passages are wanted at the most.
        scope: which may be answered.
        at: the moment that is asked about.
        also: other names of what is asked for.
        newest: whether the latest word on it is wanted.
        index: of the embedding model in service as the search began.
        vector: the question's by that model, to wait for; None where it is not embedded.
        first: what words and meaning found, for those that begin there.
    """

    text: str
    depth: int
    scope: Scope
    at: AsOf = NOW
    also: Sequence[str] = ()
    newest: bool = False
    index: VectorIndex | None = None
    vector: Future[Vector] | None = None
    first: First | None = None


class Retriever(Protocol):
    """Ranks passages by one thing; several are asked side by side, each in a thread.

    Implementations pass `RetrieverContract`.
    """

    @property
    def name(self) -> str:
        """Name it, as parts of scores are named."""
        ...

    def applies(self, asked: Asked) -> bool:
        """Tell, reading nothing, whether it can say anything of the question."""
        ...

    def retrieve(self, asked: Asked) -> Ranking:
        """Answer the best passages within the scope, each once, best first."""
        ...


class WordIndex(Protocol):
    """Ranks by words."""

    def search(
        self,
        query: str,
        k: int,
        scope: Scope,
        also: Sequence[str] = (),
        weight: float = 0.0,
        *,
        phrases: Sequence[str] = (),
    ) -> Ranking:
        """Answer the k best chunks within the scope.

        Args:
            query: what is asked for.
            k: how many at the most.
            scope: which may be answered.
            also: other names of what is asked.
            weight: of a word of these against one of the query's.
            phrases: only chunks that have the words of each of these, beside each other.
        """
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


class VectorIndex(Protocol):
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
