"""Features say the same whatever the order of candidates, and never fail."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from retrieval.ranking.features import WALKS, Material, features, reciprocal, z
from retrieval.ranking.links import Things
from retrieval.ranking.mentions import Mentions


def material(n: int, seed: int) -> Material:
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(n, 8)).astype(np.float32)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    question = vectors.sum(axis=0) / max(float(np.linalg.norm(vectors.sum(axis=0))), 1e-9)
    names = (random.random((n, 12)) < 0.3).astype(np.float32)
    titles = np.zeros((n, 12), np.float32)
    titles[np.arange(n), random.integers(0, 12, n)] = 1.0
    asked = np.where(random.random(12) < 0.2, 0.9, 0.0).astype(np.float32)
    rarity = random.random(12).astype(np.float32) + 0.5
    return Material(
        words=random.random(n).astype(np.float32) * 20,
        rest=random.random(n).astype(np.float32),
        meaning=np.vecdot(vectors, question).astype(np.float32),
        weight=0.5,
        vectors=vectors,
        question=question.astype(np.float32),
        walks={name: random.random(n).astype(np.float32) for name in WALKS},
        things=Things(names, titles, rarity, asked, float(asked @ rarity)),
        mentions=Mentions(
            (random.random((n, 5)) < 0.4).astype(np.float64),
            np.full(5, 0.2),
            random.random(n),
            random.random(n),
        ),
    )


@given(st.integers(1, 60), st.integers(0, 1_000))
def test_every_feature_is_a_finite_number_for_each_candidate(n: int, seed: int) -> None:
    for name, column in features(material(n, seed)).items():
        assert column.shape == (n,), name
        assert np.isfinite(column).all(), name


def test_a_passage_that_the_best_one_names_hangs_on_it() -> None:
    names = np.array([[1, 1, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    titles = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    found = material(3, 1)
    first = np.array([3.0, 1.0, 1.0], np.float32)
    given_ = Material(
        words=first,
        rest=first,
        meaning=np.zeros(3, np.float32),
        weight=0.0,
        vectors=found.vectors,
        question=found.question,
        walks=dict.fromkeys(WALKS, first),
        things=Things(names, titles, np.ones(3, np.float32), np.array([1, 0, 0], np.float32), 1.0),
        mentions=found.mentions,
    )
    columns = features(given_)
    assert columns["title named"].tolist() == [0.0, 1.0, 0.0]
    assert columns["title named by asked"].tolist() == [0.0, 1.0, 0.0]
    assert columns["asked title"].tolist() == [1.0, 0.0, 0.0]


def test_ranks_and_scales_are_of_the_question_alone() -> None:
    assert reciprocal(np.array([1.0, 3.0, 2.0])).tolist() == [1 / 3, 1.0, 1 / 2]
    assert z(np.array([2.0, 2.0])).tolist() == [0.0, 0.0]
    assert z(np.array([1.0, 3.0])).tolist() == [-1.0, 1.0]
