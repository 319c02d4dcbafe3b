"""Any embeddings object of LangChain, for whoever has one already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from foundation.errors import GuildError, InvalidInput, Unavailable
from retrieval.embedders.vectors import readable, unit_rows
from retrieval.model import Matrix, Vector

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

Answer = TypeVar("Answer")

_LIMIT_CHARACTERS: Final = 64_000
_NAME_LENGTH: Final = 180


class LangChainEmbedder:
    """Speaks to a langchain-core `Embeddings` object.

    Whether such an object may be used from several threads is known only to who made it. By
    default one thread does all the work and a query waits for one batch of documents at the most;
    a higher `concurrency` lets that many calls run at once.
    """

    def __init__(
        self,
        embeddings: Embeddings,
        *,
        name: str,
        dimension: int | None = None,
        languages: frozenset[str] | None = None,
        batch_size: int = 32,
        concurrency: int = 1,
    ) -> None:
        """Wrap the object.

        Args:
            embeddings: the object; it stays its owner's to close.
            name: what identifies the model, its version and its prefixes: the object cannot be
                asked. Change it whenever the vectors change.
            dimension: numbers in a vector; None to find out by embedding a word.
            languages: what the model knows (ISO 639-1); None for all.
            batch_size: documents in one call.
            concurrency: calls at once.

        Raises:
            InvalidInput: the name is empty or too long.
            Unavailable: the dimension cannot be found out.
        """
        if not 0 < len(name) <= _NAME_LENGTH:
            raise InvalidInput(f"name the model with 1 to {_NAME_LENGTH} characters, got {name!r}")
        self._embeddings = embeddings
        self._name = f"langchain-{name}"
        self._languages = languages
        self._batch_size = batch_size
        self._workers = ThreadPoolExecutor(concurrency, thread_name_prefix="embedder")
        self._dimension = dimension if dimension is not None else len(self._query("dimension"))

    @property
    def name(self) -> str:
        """Answer the name that was given."""
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
        """Embed batch after batch; shape (len(texts), dimension)."""
        rows = np.empty((len(texts), self._dimension), np.float32)
        for start in range(0, len(texts), self._batch_size):
            batch = [
                readable(t, _LIMIT_CHARACTERS) for t in texts[start : start + self._batch_size]
            ]
            raw = self._call(partial(self._embeddings.embed_documents, batch))
            rows[start : start + len(batch)] = self._unit(raw, len(batch))
        return rows

    def embed_query(self, text: str) -> Vector:
        """Embed behind at most one batch of documents."""
        vector: Vector = self._unit([self._query(readable(text, _LIMIT_CHARACTERS))], 1)[0]
        return vector

    def close(self) -> None:
        """End the thread, after the batch that it is at."""
        self._workers.shutdown(cancel_futures=True)

    def _query(self, text: str) -> list[float]:
        return self._call(partial(self._embeddings.embed_query, text))

    def _call(self, call: Callable[[], Answer]) -> Answer:
        """Call on a worker; what a foreign library raises is a failed dependency to us."""
        try:
            return self._workers.submit(call).result()
        except GuildError:
            raise
        except Exception as error:
            raise Unavailable(
                f"the LangChain embeddings {self._name!r} failed with {type(error).__name__}: see "
                "the error it was raised from"
            ) from error

    def _unit(self, raw: Sequence[Sequence[float]], count: int) -> Matrix:
        try:
            rows = np.asarray(raw, np.float64).reshape(len(raw), -1)
        except (TypeError, ValueError) as error:
            raise Unavailable(f"{self._name!r} gave no matrix of numbers") from error
        return unit_rows(rows, count=count, dimension=self._dimension, source=repr(self._name))
