from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.embedders.hashing import HashingEmbedder
from tests.retrieval.embedders.contract import EmbedderContract, assert_unit


@pytest.fixture(scope="module")
def embedder() -> HashingEmbedder:
    return HashingEmbedder()


class TestHashingEmbedder(EmbedderContract):
    many = 1_000


def test_the_dimension_is_part_of_the_name() -> None:
    assert HashingEmbedder(64).name != HashingEmbedder(128).name
    assert HashingEmbedder(64).embed_query("rain").shape == (64,)


def test_vectors_are_the_same_in_every_process() -> None:
    vector = HashingEmbedder(8).embed_query("rain")
    assert vector.round(4).tolist() == pytest.approx(
        [0.0, 0.8321, -0.2774, -0.2774, 0.2774, 0.0, 0.2774, 0.0], abs=1e-4
    )


@given(st.text())
def test_case_and_form_of_characters_do_not_matter(text: str) -> None:
    embedder = HashingEmbedder(64)
    upper = embedder.embed_query(f"Ｒain {text}")
    assert_unit(upper)
    assert np.allclose(upper, embedder.embed_query(f"rAIN {text}"), atol=1e-6)


@pytest.mark.parametrize(
    ("query", "near", "far"),
    [
        ("running services", "The service runs.", "A bowl of soup"),
        ("屋根の猫", "猫は屋根にいる", "雨が降る"),
        ("configuration", "configure the server", "a walk in the park"),
    ],
)
def test_shared_words_and_spellings_bring_texts_near(query: str, near: str, far: str) -> None:
    embedder = HashingEmbedder()
    similarity = embedder.embed_documents([near, far]) @ embedder.embed_query(query)
    assert similarity[0] > similarity[1] + 0.05
