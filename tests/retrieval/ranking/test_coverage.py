"""What a passage adds to those it hangs together with."""

from __future__ import annotations

import numpy as np
import pytest

from retrieval.ranking.coverage import coverage
from retrieval.ranking.links import Things, bridges
from retrieval.ranking.mentions import Mentions


def test_a_passage_counts_by_what_the_best_one_lacks() -> None:
    holds = np.array([[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 0, 0]], np.float64)
    found = Mentions(holds, np.full(4, 0.25), np.array([0.5, 0.5, 0.25]), np.full(3, 0.5))
    # The first names what the second is about; the third stands alone.
    names = np.array([[0, 1, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    titles = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    things = Things(names, titles, np.ones(3, np.float32), np.zeros(3, np.float32), 0.0)
    order = np.array([0, 1, 2])
    columns = coverage(found, bridges(things, order, np.ones(3)), order)
    assert columns["beyond 1"].tolist() == pytest.approx([0.5, 0.5, 0.0])
    assert columns["together linked"].tolist() == pytest.approx([1.0, 1.0, 0.0])
    assert columns["adds to linked"].tolist() == pytest.approx([0.5, 0.5, 0.0])
    assert columns["together named"].tolist() == pytest.approx([0.0, 1.0, 0.0])
    assert columns["together names"].tolist() == pytest.approx([1.0, 0.0, 0.0])
    assert columns["sentence"].tolist() == [0.5, 0.5, 0.25]


def test_without_candidates_or_words_there_is_nothing_to_say() -> None:
    nothing = Things(
        np.zeros((0, 0), np.float32),
        np.zeros((0, 0), np.float32),
        np.zeros(0, np.float32),
        np.zeros(0, np.float32),
        0.0,
    )
    none = Mentions(np.zeros((0, 0)), np.zeros(0), np.zeros(0), np.zeros(0))
    order = np.zeros(0, np.int64)
    joined = bridges(nothing, order, np.zeros(0))
    for column in coverage(none, joined, order).values():
        assert column.shape == (0,)
