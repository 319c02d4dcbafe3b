"""MaxSim is what the paper says, on torch and on ONNX Runtime alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from foundation.errors import InvalidInput
from retrieval.model import Matrix
from retrieval.rerankers.late_interaction import MaxSimReranker, TokenEmbedder, maxsim
from retrieval.rerankers.tokens_onnx import PackagedTokens
from retrieval.rerankers.tokens_torch import TorchTokens
from tests.retrieval.rerankers.contract import PASSAGES, QUESTION, RerankerContract


@pytest.fixture(scope="module")
def onnx(models_dir: Path) -> Iterator[PackagedTokens]:
    found = PackagedTokens(models_dir, threads=2)
    yield found
    found.close()


@pytest.fixture(scope="module")
def torch(packaged_model: str) -> Iterator[TorchTokens]:
    found = TorchTokens(packaged_model)
    yield found
    found.close()


@pytest.fixture(params=["onnx", "torch"])
def tokens(request: pytest.FixtureRequest) -> TokenEmbedder:
    found: TokenEmbedder = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def reranker(tokens: TokenEmbedder) -> MaxSimReranker:
    return MaxSimReranker(tokens)


class TestMaxSimReranker(RerankerContract):
    pass


class Counting:
    """Counts the texts that go through to a real model."""

    def __init__(self, tokens: TokenEmbedder) -> None:
        self._tokens = tokens
        self.read: list[str] = []
        self.name = tokens.name

    def embed_tokens(self, texts: Sequence[str], *, query: bool) -> list[Matrix]:
        self.read += texts
        return self._tokens.embed_tokens(texts, query=query)

    def close(self) -> None:
        pass


def test_tokens_have_unit_length_and_nothing_has_none(tokens: TokenEmbedder) -> None:
    found = tokens.embed_tokens(PASSAGES, query=False)
    assert len(found) == len(PASSAGES)
    for rows in found:
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)
    assert tokens.embed_tokens([], query=True) == []


def test_torch_and_onnx_give_the_same_tokens(onnx: PackagedTokens, torch: TorchTokens) -> None:
    for one, other in zip(
        onnx.embed_tokens(PASSAGES, query=False),
        torch.embed_tokens(PASSAGES, query=False),
        strict=True,
    ):
        assert one.shape == other.shape
        assert ((one * other).sum(axis=1) > 0.999).all()


def test_maxsim_averages_the_nearest() -> None:
    query = np.array([[1, 0], [0, 1]], np.float32)
    passage = np.array([[0.6, 0.8], [1, 0]], np.float32)
    assert maxsim(query, passage) == pytest.approx((1.0 + 0.8) / 2)


def test_what_answers_comes_first(onnx: PackagedTokens) -> None:
    passages = ["The bank charges cards.", "Rain falls in May.", "Data is kept for ninety days."]
    assert MaxSimReranker(onnx).score(QUESTION, passages).argmax() == 2


def test_a_passage_is_read_once_as_long_as_there_is_room(onnx: PackagedTokens) -> None:
    counting = Counting(onnx)
    reranker = MaxSimReranker(counting)
    first = reranker.score("cards", ["one", "two", "one"])
    assert counting.read == ["cards", "one", "two"]
    assert reranker.score("cards", ["two", "one", "two"]).tolist() == [first[1], first[0], first[1]]
    assert counting.read == ["cards", "one", "two", "cards"]

    forgetful = MaxSimReranker(narrow := Counting(onnx), cache_bytes=0)
    assert forgetful.score("cards", ["one", "two", "one"]).tolist() == first.tolist()
    assert forgetful.score("cards", ["one"]).tolist() == [first[0]]
    assert narrow.read == ["cards", "one", "two", "cards", "one"]


def test_a_model_that_is_not_there_is_told() -> None:
    with pytest.raises(InvalidInput, match="cannot load 'no-such/model'"):
        TorchTokens("no-such/model")
