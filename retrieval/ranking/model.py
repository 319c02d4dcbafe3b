"""What the ranking asks of others: names, the graph, the words and the vectors of passages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from foundation.ids import ChunkId
from foundation.security.policy import Access
from knowledge.graph.linking import Linked
from knowledge.graph.snapshot import Snapshot
from retrieval.indexes.analysis import Terms

Texts = Callable[[Sequence[ChunkId]], Sequence[tuple[str, str]]]
"""Answers title and text of each chunk, both empty where it is gone."""


class NamesIndex(Protocol):
    """Knows the graph's names."""

    def link(self, question: str) -> Sequence[Linked]:
        """Find the names that a question speaks of."""
        ...

    def refresh(self) -> None:
        """Know the names that hold now."""
        ...

    def close(self) -> None:
        """Read no more."""
        ...


class Graph(Protocol):
    """Serves the newest snapshot, and knows what its names mean."""

    def snapshot(self, access: Access = Access.everything) -> Snapshot:
        """Answer what somebody may see of the newest snapshot."""
        ...

    def node(self, name: int) -> int | None:
        """Answer the entity's node for a name, None where no passage has it."""
        ...

    def refresh(self) -> None:
        """Bring the snapshot to the head of the log now."""
        ...

    def close(self) -> None:
        """Read no more."""
        ...


class Words(Protocol):
    """Scores passages by words."""

    def scores(self, query: str, chunk_ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score chunks: shape (n,), 0 for those without any term."""
        ...

    def frequencies(self, terms: Terms) -> tuple[Mapping[str, int], int]:
        """Count the passages with each word and gram, and all passages."""
        ...


class Vectors(Protocol):
    """Knows the passages' vectors."""

    def matrix(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Answer the vector of each chunk, zeros where it has none."""
        ...

    def documents(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Answer the document number of each chunk, -1 where it has no vector."""
        ...
