"""Vectors of queries that were embedded before: embedding is half the cost of a search."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final

from retrieval.embedders.model import Embedder
from retrieval.model import Matrix, Vector

_ENTRIES: Final = 2_000


class QueryVectors:
    """Remembers the newest vectors by model and text, and hands out the very same arrays.

    A vector depends on nothing but these two: it is right for ever.
    """

    def __init__(self, entries: int = _ENTRIES) -> None:
        self._most = entries
        self._lock = threading.Lock()
        self._vectors: OrderedDict[tuple[str, str], Vector] = OrderedDict()

    def get(self, model: str, text: str, embed: Callable[[str], Vector]) -> Vector:
        """Answer the vector of a text, embedding it if need be; shape (dimension,), read-only."""
        key = model, text
        with self._lock:
            known = self._vectors.get(key)
            if known is not None:
                self._vectors.move_to_end(key)
                return known
        vector = embed(text)
        vector.flags.writeable = False
        with self._lock:
            self._vectors[key] = vector
            while len(self._vectors) > self._most:
                self._vectors.popitem(last=False)
        return vector


class RecallingEmbedder:
    """An embedder that embeds no query twice while it remembers it (EmbedderContract)."""

    def __init__(self, embedder: Embedder, vectors: QueryVectors) -> None:
        self._embedder = embedder
        self._vectors = vectors

    @property
    def name(self) -> str:
        """Identify the model."""
        return self._embedder.name

    @property
    def dimension(self) -> int:
        """Count the numbers of one vector."""
        return self._embedder.dimension

    @property
    def languages(self) -> frozenset[str] | None:
        """List the languages it knows; None for no limit."""
        return self._embedder.languages

    def embed_documents(self, texts: Sequence[str]) -> Matrix:
        """Embed what is to be found; shape (len(texts), dimension)."""
        return self._embedder.embed_documents(texts)

    def embed_query(self, text: str) -> Vector:
        """Embed what is looked for, or remember it; shape (dimension,), read-only."""
        return self._vectors.get(self._embedder.name, text, self._embedder.embed_query)

    def close(self) -> None:
        """Close the embedder."""
        self._embedder.close()
