"""Results that differ: no passage twice, no document alone, and nothing lost for it."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import InvalidInput
from retrieval.diversity import Diversity, capped, collapsed, diversified, mmr, text_key
from retrieval.model import Matrix

SOURCES = st.lists(st.sampled_from("abc"), max_size=12)


def unit(*rows: tuple[float, float]) -> Matrix:
    matrix = np.array(rows, np.float32)
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    return np.asarray(matrix / np.where(lengths > 0, lengths, 1.0), np.float32)


def test_mmr_takes_the_best_first_and_then_what_is_new() -> None:
    vectors = unit((1, 0), (0.99, 0.1), (0, 1))
    relevance = np.array([1.0, 0.95, 0.6])
    assert mmr(vectors, relevance, 3, balance=1.0).tolist() == [0, 1, 2]
    assert mmr(vectors, relevance, 3, balance=0.5).tolist() == [0, 2, 1]
    assert mmr(vectors, relevance, 2, balance=0.5).tolist() == [0, 2]


def test_mmr_agrees_with_its_formula() -> None:
    rng = np.random.default_rng(7)
    vectors = rng.normal(size=(12, 5)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    relevance = rng.random(12)
    scaled = (relevance - relevance.min()) / (relevance.max() - relevance.min())
    chosen: list[int] = []
    while len(chosen) < 12:
        rest = [i for i in range(12) if i not in chosen]
        near = {i: max([0.0, *(float(vectors[i] @ vectors[j]) for j in chosen)]) for i in rest}
        chosen.append(max(rest, key=lambda i: (0.6 * scaled[i] - 0.4 * near[i], -i)))
    assert mmr(vectors, relevance, 12, balance=0.6).tolist() == chosen


def test_mmr_bears_missing_vectors_equal_scores_and_nothing_at_all() -> None:
    assert mmr(unit((0, 0), (0, 0)), np.array([3.0, 3.0]), 5).tolist() == [0, 1]
    assert mmr(np.empty((0, 2), np.float32), np.empty(0), 5).tolist() == []


@given(st.integers(0, 20), st.integers(0, 25), st.floats(0, 1))
def test_mmr_names_each_candidate_once_at_most(n: int, k: int, balance: float) -> None:
    rng = np.random.default_rng(n)
    vectors = (
        unit(*[(float(x), float(y)) for x, y in rng.normal(size=(n, 2))])
        if n
        else np.empty((0, 2), np.float32)
    )
    order = mmr(vectors, rng.random(n), k, balance=balance).tolist()
    assert len(order) == len(set(order)) == min(k, n)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Data is kept.", "**data**  is\nkept"),
        ("データは、保存される。", "データは保存される"),
        ("ＡＢＣ １２３", "abc 123"),
        ("Ω - e\u0301tude", "ω étude"),
    ],
)
def test_near_identical_texts_have_one_key(one: str, other: str) -> None:
    assert text_key(one) == text_key(other)


def test_a_letter_or_a_digit_makes_another_text() -> None:
    assert text_key("version 3") != text_key("version 4")
    assert text_key("保存する") != text_key("保存した")


def test_the_first_of_each_group_stays() -> None:
    assert collapsed(["a", "b", "a", "c", "b"]).tolist() == [0, 1, 3]
    assert collapsed([]).tolist() == []


def test_a_source_waits_when_it_has_had_its_share() -> None:
    assert capped("aaabc", 3, 1).tolist() == [0, 3, 4]
    assert capped("aaabc", 3, 2).tolist() == [0, 1, 3]


@given(SOURCES, st.integers(0, 12), st.integers(1, 4))
def test_a_cap_loses_nothing_and_is_broken_only_for_want_of_others(
    sources: list[str], k: int, most: int
) -> None:
    order = capped(sources, k, most).tolist()
    assert len(order) == len(set(order)) == min(k, len(sources))
    fitting = sum(min(most, count) for count in Counter(sources).values())
    if fitting >= k:
        shown = Counter(sources[i] for i in order)
        assert all(count <= most for count in shown.values())


def test_all_of_it_together() -> None:
    texts = ["Data is kept.", "data is kept", "Kept for long.", "Kept in Osaka.", "Cards."]
    found = diversified(
        np.array([5.0, 4.9, 4.0, 3.9, 1.0]),
        3,
        wanted=Diversity(balance=0.5, per_source=1),
        texts=texts,
        sources=["a", "b", "a", "c", "d"],
        vectors=unit((1, 0), (1, 0), (1, 0.1), (0.1, 1), (0, 1)),
    )
    assert found.tolist() == [0, 3, 4]


def test_by_default_the_order_stays() -> None:
    scores = np.array([3.0, 2.0, 1.0])
    vectors = unit((1, 0), (1, 0), (0, 1))
    plain = diversified(scores, 9, wanted=Diversity(), sources="aab", vectors=vectors)
    assert plain.tolist() == [0, 1, 2]


def test_what_means_nothing_is_refused() -> None:
    with pytest.raises(InvalidInput, match="diversity is"):
        Diversity(balance=1.5)
    with pytest.raises(InvalidInput, match="per_source"):
        Diversity(per_source=0)
