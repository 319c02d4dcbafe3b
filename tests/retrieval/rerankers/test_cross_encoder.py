"""Cross-encoders run as sentence-transformers runs them; what is none is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from foundation.errors import InvalidInput
from retrieval.rerankers.cross_encoder import CrossEncoderReranker
from tests.retrieval.rerankers.conftest import saved
from tests.retrieval.rerankers.contract import PASSAGES, QUESTION, RerankerContract


@pytest.fixture(scope="module")
def reranker(cross_encoder: str) -> Iterator[CrossEncoderReranker]:
    found = CrossEncoderReranker(cross_encoder)
    yield found
    found.close()


class TestCrossEncoderReranker(RerankerContract):
    pass


def test_scores_are_those_of_the_library(
    reranker: CrossEncoderReranker, cross_encoder: str
) -> None:
    from sentence_transformers import CrossEncoder

    own = CrossEncoder(cross_encoder, device="cpu", local_files_only=True)
    expected = own.predict([(QUESTION, text) for text in PASSAGES[:5]], show_progress_bar=False)
    np.testing.assert_allclose(reranker.score(QUESTION, PASSAGES[:5]), expected, atol=1e-4)
    assert reranker.name == "cross-encoder-tiny-ranker"


def test_a_model_that_is_not_there_is_told() -> None:
    with pytest.raises(InvalidInput, match="cannot load the cross-encoder 'no-such/model'"):
        CrossEncoderReranker("no-such/model")


def test_a_model_that_was_not_trained_to_rank_is_refused(tmp_path: Path, vocabulary: Path) -> None:
    with pytest.raises(InvalidInput, match="is no cross-encoder"):
        CrossEncoderReranker(saved(tmp_path / "plain", vocabulary, labels=None))
    with pytest.raises(InvalidInput, match="gives 3 numbers"):
        CrossEncoderReranker(saved(tmp_path / "classes", vocabulary, labels=3))
