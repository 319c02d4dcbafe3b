from __future__ import annotations

import numpy as np
import pytest

from retrieval.cache.recall import QueryVectors, RecallingEmbedder
from retrieval.embedders.hashing import HashingEmbedder


def test_a_query_is_embedded_once_for_each_model() -> None:
    calls: list[str] = []
    plain = HashingEmbedder()

    def embed(text: str) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        calls.append(text)
        return plain.embed_query(text)

    vectors = QueryVectors(entries=2)
    first = vectors.get("one", "a", embed)
    assert vectors.get("one", "a", embed) is first
    vectors.get("another", "a", embed)
    assert calls == ["a", "a"]
    vectors.get("one", "b", embed)
    vectors.get("one", "a", embed)
    assert calls == ["a", "a", "b", "a"], "the oldest was forgotten"


def test_nobody_can_change_a_remembered_vector() -> None:
    vector = RecallingEmbedder(HashingEmbedder(), QueryVectors()).embed_query("x")
    with pytest.raises(ValueError, match="read-only"):
        vector[0] = 1.0


def test_it_answers_what_the_embedder_does() -> None:
    plain = HashingEmbedder()
    recalling = RecallingEmbedder(HashingEmbedder(), QueryVectors())
    assert (recalling.name, recalling.dimension, recalling.languages) == (
        plain.name, plain.dimension, plain.languages,
    )  # fmt: skip
    for _ in range(2):
        assert (recalling.embed_query("x y") == plain.embed_query("x y")).all()
    assert (recalling.embed_documents(["x y"]) == plain.embed_documents(["x y"])).all()
    recalling.close()
