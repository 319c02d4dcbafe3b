from __future__ import annotations

import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding, Embeddings

from foundation.errors import InvalidInput, Unavailable
from retrieval.embedders.hashing import HashingEmbedder
from retrieval.embedders.langchain import LangChainEmbedder
from tests.retrieval.embedders.contract import TEXTS, EmbedderContract, assert_unit


class Hashing(Embeddings):
    """A LangChain object over a real embedder, with vectors of length three."""

    def __init__(self) -> None:
        self.embedder = HashingEmbedder(48)
        self.batches: list[int] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.batches.append(len(texts))
        rows: list[list[float]] = (3.0 * self.embedder.embed_documents(texts)).tolist()
        return rows

    def embed_query(self, text: str) -> list[float]:
        row: list[float] = (3.0 * self.embedder.embed_query(text)).tolist()
        return row


class Failing(Embeddings):
    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [[1.0, 2.0]] * (len(texts) + 1)

    def embed_query(self, text: str) -> list[float]:
        raise RuntimeError(f"quota exceeded at {len(text)} characters")


@pytest.fixture(scope="module", params=[1, 4])
def embedder(request: pytest.FixtureRequest) -> LangChainEmbedder:
    return LangChainEmbedder(Hashing(), name="hashing-48", concurrency=request.param)


class TestLangChainEmbedder(EmbedderContract):
    many = 1_000


def test_documents_go_in_batches() -> None:
    inner = Hashing()
    embedder = LangChainEmbedder(inner, name="x", batch_size=3)
    embedder.embed_documents(TEXTS)
    embedder.close()
    assert inner.batches == [3, 3, 1]
    assert embedder.dimension == 48


def test_vectors_of_any_length_are_normalised() -> None:
    embedder = LangChainEmbedder(
        DeterministicFakeEmbedding(size=16), name="fake", languages=frozenset({"en"})
    )
    assert_unit(embedder.embed_documents(["one", "two"]))
    assert embedder.name == "langchain-fake"
    assert embedder.languages == frozenset({"en"})
    embedder.close()


def test_what_the_object_raises_is_a_failed_dependency() -> None:
    embedder = LangChainEmbedder(Failing(), name="failing", dimension=2)
    with pytest.raises(Unavailable, match="RuntimeError") as raised:
        embedder.embed_query("x")
    assert isinstance(raised.value.__cause__, RuntimeError)
    with pytest.raises(Unavailable, match="shape"):
        embedder.embed_documents(["one"])
    embedder.close()


def test_a_dimension_that_cannot_be_found_out_is_a_failure() -> None:
    with pytest.raises(Unavailable):
        LangChainEmbedder(Failing(), name="failing")


@pytest.mark.parametrize("name", ["", "x" * 181])
def test_a_model_without_a_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="name the model"):
        LangChainEmbedder(Hashing(), name=name)
