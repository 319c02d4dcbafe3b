"""An embedder that is loaded when the first text comes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from foundation.errors import Unavailable
from retrieval.embedders.model import Embedder
from retrieval.model import Matrix, Vector

_PAUSE_SECONDS: Final = 60.0


class DeferredEmbedder:
    """Stands for a model whose name and shape are known before it is loaded.

    A command that embeds nothing then pays nothing, and a new home takes documents in at once,
    while the follower that embeds them is the one that waits until the model is made.
    """

    def __init__(
        self,
        load: Callable[[], Embedder],
        *,
        name: str,
        dimension: int,
        languages: frozenset[str] | None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Promise a model.

        Args:
            load: makes it; called once, and after a failure again, but not within a minute:
                followers ask several times a second.
            name: its name.
            dimension: its dimension.
            languages: its languages.
            monotonic: seconds that never go back.
        """
        self._load = load
        self._name = name
        self._dimension = dimension
        self._languages = languages
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._embedder: Embedder | None = None
        self._failure: tuple[float, Unavailable] | None = None

    @property
    def name(self) -> str:
        """Identify the model that will be loaded."""
        return self._name

    @property
    def dimension(self) -> int:
        """Count the numbers of one vector."""
        return self._dimension

    @property
    def languages(self) -> frozenset[str] | None:
        """List the languages of the model that will be loaded."""
        return self._languages

    def embed_documents(self, texts: Sequence[str]) -> Matrix:
        """Embed, loading the model first if this is the first call."""
        return self._loaded().embed_documents(texts)

    def embed_query(self, text: str) -> Vector:
        """Embed, loading the model first if this is the first call."""
        return self._loaded().embed_query(text)

    def close(self) -> None:
        """Close the model, if it was loaded."""
        with self._lock:
            if self._embedder:
                self._embedder.close()

    def _loaded(self) -> Embedder:
        with self._lock:
            if self._embedder is None:
                if self._failure and self._monotonic() < self._failure[0] + _PAUSE_SECONDS:
                    raise Unavailable(str(self._failure[1])) from self._failure[1]
                try:
                    self._embedder = self._load()
                except Unavailable as error:
                    self._failure = (self._monotonic(), error)
                    raise
            return self._embedder
