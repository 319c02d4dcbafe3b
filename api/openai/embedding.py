"""Embed texts by the model that serves searches, for whoever keeps vectors elsewhere."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from api.dense import Model
from api.openai.books import Asker
from api.openai.errors import Refusal
from ingest.tokens import estimate_tokens
from retrieval.model import Matrix

MOST_TEXTS: Final = 2_048
MOST_TOKENS_EACH: Final = 8_192
MOST_TOKENS: Final = 300_000


@dataclass(frozen=True, slots=True)
class Embedded:
    """Vectors of texts, shape (n, dimension), with the model's name and what was read."""

    model: str
    vectors: Matrix
    tokens: int


def embed(
    asker: Asker,
    texts: Sequence[str],
    *,
    model: str,
    dimensions: int | None = None,
    queries: bool = False,
) -> Embedded:
    """Embed texts as passages, or as what is looked for.

    Raises:
        Refusal: another model or number of dimensions than there is, or too much at once.
        Unavailable: the model can't be had now.
    """
    served = asker.platform.parts.retrieval.serving()
    _check_model(served, model, dimensions)
    tokens = _tokens(texts)
    embedder = served.embedder
    vectors = (
        np.stack([embedder.embed_query(text) for text in texts])
        if queries
        else embedder.embed_documents(texts)
    )
    return Embedded(model, vectors, tokens)


def written(vectors: Matrix, *, as_base64: bool) -> Sequence[str | list[float]]:
    """Write vectors as lists of numbers, or as their bytes (float32, little endian) in base64."""
    if as_base64:
        return [base64.b64encode(row.astype("<f4").tobytes()).decode() for row in vectors]
    rows: list[list[float]] = vectors.astype(np.float64).tolist()
    return rows


def _check_model(served: Model, model: str, dimensions: int | None) -> None:
    names = list(dict.fromkeys([served.spec, served.embedder.name]))
    if model not in names:
        raise Refusal(
            f"there is no model {model[:100]!r} here: ask for {' or '.join(names)}",
            param="model",
            code="model_not_found",
            status=404,
        )
    if dimensions not in {None, served.embedder.dimension}:
        raise Refusal(
            f"{model} has vectors of {served.embedder.dimension} dimensions and can't shorten"
            f" them to {dimensions}: leave dimensions out",
            param="dimensions",
        )


def _tokens(texts: Sequence[str]) -> int:
    counts = [estimate_tokens(text) for text in texts]
    for number, (text, count) in enumerate(zip(texts, counts, strict=True)):
        where = f"input[{number}]"
        if not text:
            raise Refusal(f"{where} is empty: leave it out", param="input")
        if count > MOST_TOKENS_EACH:
            raise Refusal(
                f"{where} has about {count:,} tokens: {MOST_TOKENS_EACH:,} are taken", param="input"
            )
    if sum(counts) > MOST_TOKENS:
        raise Refusal(
            f"the input has about {sum(counts):,} tokens: {MOST_TOKENS:,} are taken at once",
            param="input",
        )
    return sum(counts)
