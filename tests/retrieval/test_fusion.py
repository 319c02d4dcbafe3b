"""Fusing scores: by hand on small arrays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.fusion import Candidates, fuse, reciprocal_rank_fusion, z_scores
from retrieval.model import Ranking


def ranking(*ids: int) -> Ranking:
    scores = np.arange(len(ids), 0, -1, dtype=np.float32)
    return Ranking(np.array(ids, np.int64), scores)


def test_scores_are_measured_in_deviations_from_the_rankings_own_mean() -> None:
    scores = np.array([1.0, 3.0, 9.0, np.nan], np.float32)
    found = z_scores(scores, np.array([True, True, False, True]))
    assert found[:3].tolist() == [-1.0, 1.0, 7.0]
    assert np.isnan(found[3])


def test_equal_scores_are_all_average_and_none_are_unknown() -> None:
    own = np.array([True, True])
    assert z_scores(np.array([2.0, 2.0], np.float32), own).tolist() == [0.0, 0.0]
    assert np.isnan(z_scores(np.array([np.nan, np.nan], np.float32), own)).all()
    assert np.isnan(z_scores(np.array([1.0, 2.0], np.float32), ~own)).all()


@given(
    values=st.lists(st.floats(-100, 100, width=32), min_size=2, max_size=9),
    shift=st.floats(-50, 50, width=32),
    scale=st.sampled_from([0.5, 2.0, 8.0]),
)
def test_a_retrievers_own_scale_makes_no_difference(
    values: list[float], shift: float, scale: float
) -> None:
    scores = np.array(values, np.float64).round(1).astype(np.float32)
    own = np.ones(len(values), np.bool_)
    moved = (scores * scale + np.float32(shift)).astype(np.float32)
    if scores.std() > 0.01:
        assert np.allclose(z_scores(scores, own), z_scores(moved, own), atol=1e-2)


def test_ranks_are_fused_by_the_sum_of_their_reciprocals() -> None:
    ids = np.array([7, 8, 9], np.int64)
    found = reciprocal_rank_fusion([ranking(8, 7), ranking(8, 99)], ids, k=60)
    assert found.tolist() == pytest.approx([1 / 62, 2 / 61, 0.0])


def test_a_lone_hit_of_words_stands_out_among_the_near() -> None:
    ids = np.arange(50, dtype=np.int64)
    lexical = Ranking(ids[40:41], np.array([9.0], np.float32))
    dense = Ranking(ids, np.linspace(0.5, 0.3, 50, dtype=np.float32))
    words = np.full(50, np.nan, np.float32)
    words[40] = 9.0
    parts = {"lexical": words, "dense": dense.scores}
    found = Candidates(ids, lexical, dense, parts, exhausted=True)
    assert int(np.argmax(fuse(found, 0.35, tuned=True))) == 40
