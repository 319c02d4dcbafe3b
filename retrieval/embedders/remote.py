"""Any service that speaks the OpenAI embeddings protocol, as an embedder."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from foundation.breaker import Breakers
from foundation.clock import Clock, system_clock
from foundation.errors import InvalidInput
from foundation.ids import content_hash
from retrieval.embedders.endpoint import Endpoint, Patience, Waiting
from retrieval.embedders.vectors import readable, unit_rows
from retrieval.model import Matrix, Vector

if TYPE_CHECKING:
    from retrieval.embedders.model import EmbedderOptions

FOR_DOCUMENTS: Final = Patience(retries=5, longest_wait_seconds=60.0)
FOR_QUERIES: Final = Patience(retries=1, longest_wait_seconds=1.0)
"""A query is soon given up, so that its search can go on by words alone."""

_EMPTY: Final = "."
"""Sent for a text without letters: most services refuse an empty one."""

_LABEL_LENGTH: Final = 100


class RemoteEmbedder:
    """Embeds at OpenAI, vLLM, Ollama, TEI, llama.cpp, LiteLLM and whatever else speaks likewise.

    Texts are sent in batches, in the caller's thread; calls from several threads run side by side.
    """

    def __init__(
        self,
        *,
        base_url: str,
        model: str,
        dimension: int | None = None,
        key: str = "",
        languages: frozenset[str] | None = None,
        query_prefix: str = "",
        document_prefix: str = "",
        batch_size: int = 64,
        max_characters: int = 8_000,
        timeout_seconds: float = 30.0,
        sleep: Callable[[float], object] = time.sleep,
        rng: Random | None = None,
        clock: Clock = system_clock,
        breakers: Breakers | None = None,
    ) -> None:
        """Prepare; nothing is sent unless the dimension is to be found out.

        Args:
            base_url: up to and including the version: https://host/v1.
            model: what the service calls it. The service cannot be asked whether the weights
                behind a name changed: give new ones a new name.
            dimension: numbers in a vector; None to find out by embedding a word.
            key: sent as a bearer token; empty for none.
            languages: what the model knows (ISO 639-1); None for all.
            query_prefix: put before each query.
            document_prefix: put before each document.
            batch_size: documents in one request.
            max_characters: where texts are cut; services refuse what is too long for them.
            timeout_seconds: for connecting, and between two pieces of an answer.
            sleep: how to wait.
            rng: the jitter of the retries.
            clock: to understand a Retry-After that is a date.
            breakers: where the service's is; by default none but its own.

        Raises:
            InvalidInput: the address is none, or the model has no name.
            Unavailable: the dimension was to be found out and the service does not answer.
        """
        if not model:
            raise InvalidInput("name the model of the embedding service")
        waiting = Waiting(sleep, rng or Random(), clock)  # noqa: S311 - jitter is no secret
        self._endpoint = Endpoint(
            base_url,
            model=model,
            key=key,
            timeout_seconds=timeout_seconds,
            waiting=waiting,
            breakers=breakers or Breakers(),
        )
        self._model = model
        self._languages = languages
        self._query_prefix = query_prefix
        self._document_prefix = document_prefix
        self._batch_size = batch_size
        self._max_characters = max_characters
        self._dimension = dimension or self._found_dimension()

    @classmethod
    def from_options(cls, model: str, options: EmbedderOptions) -> Self:
        """Open the service's model; a dimension that is not given is asked for once and kept.

        Raises:
            InvalidInput: the address or the model is missing or wrong.
            Unavailable: the dimension is not known and the service does not answer.
        """
        if not model or not options.base_url:
            raise InvalidInput(
                "name the model and the service: openai:MODEL as the embedder, and in "
                "ELDERS_OPENAI_BASE_URL the service's address up to and including /v1"
            )
        note = options.models_dir / f"{_label(options.base_url, model)}.json"
        embedder = cls(
            base_url=options.base_url,
            model=model,
            dimension=options.dimension or _noted_dimension(note),
            key=options.key,
            languages=options.languages,
            query_prefix=options.query_prefix,
            document_prefix=options.document_prefix,
            timeout_seconds=options.timeout_seconds,
            breakers=options.breakers,
        )
        if options.dimension is None and _noted_dimension(note) is None:
            note.parent.mkdir(parents=True, exist_ok=True)
            note.write_text(json.dumps({"dimension": embedder.dimension}), encoding="utf-8")
        return embedder

    @property
    def name(self) -> str:
        """Identify service, model, dimension and prefixes."""
        parts = (str(self._dimension), self._query_prefix, self._document_prefix)
        return f"{_label(self._endpoint.place, self._model)}-{content_hash(*parts)[:8]}"

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
            batch = texts[start : start + self._batch_size]
            sent = [self._ready(self._document_prefix, text) for text in batch]
            rows[start : start + len(batch)] = self._embed(sent, FOR_DOCUMENTS)
        return rows

    def embed_query(self, text: str) -> Vector:
        """Embed with little patience; shape (dimension,)."""
        vector: Vector = self._embed([self._ready(self._query_prefix, text)], FOR_QUERIES)[0]
        return vector

    def close(self) -> None:
        """Close the connections."""
        self._endpoint.close()

    def _ready(self, prefix: str, text: str) -> str:
        clean = readable(text, self._max_characters)
        return prefix + (clean if clean.strip() else _EMPTY)

    def _embed(self, texts: Sequence[str], patience: Patience) -> Matrix:
        raw = self._endpoint.embed(texts, patience)
        return unit_rows(
            raw, count=len(texts), dimension=self._dimension, source=self._endpoint.place
        )

    def _found_dimension(self) -> int:
        return int(self._endpoint.embed(["dimension"], FOR_QUERIES).shape[1])


def _label(place: str, model: str) -> str:
    """Name service and model, fit for a file: the model to be read, a hash for the rest."""
    readable_part = re.sub(r"[^A-Za-z0-9._-]+", "-", model)[:_LABEL_LENGTH]
    return f"openai-{readable_part}-{content_hash(place, model)[:8]}"


def _noted_dimension(note: Path) -> int | None:
    try:
        return int(json.loads(note.read_text(encoding="utf-8"))["dimension"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
