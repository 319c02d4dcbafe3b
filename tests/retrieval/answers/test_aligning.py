from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answers.aligning import Aligned


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It isn't kept for 90 days.", "it is not kept for ninety days"),
        ("約350人が来た。", "約三百五十人が来た。"),
        ("The hall cannot seat 1,200.", "The hall can not seat 1200."),
    ],
)
def test_words_that_say_the_same_are_aligned(one: str, other: str) -> None:
    assert Aligned(one, other).alike == 1.0


def test_a_number_its_unit_and_a_code_are_words_of_their_own() -> None:
    (words, _) = Aligned("$5 for Cry1, 90日間保存", "x").words
    keys = [word.key for word in words]
    assert keys == ["§1 dollar", "#5", "for", "cry1", "#90", "§86400 second", "保存"]
    assert [word.is_code for word in words].index(True) == 3
    assert [word.is_number for word in words].count(True) == 2


def test_a_place_is_where_words_differ_between_words_that_are_the_same() -> None:
    aligned = Aligned("The vault keeps 30 boxes here.", "The vault keeps 90 boxes here.")
    (place,) = aligned.places()
    assert aligned.spans(place) == ((16, 18), (16, 18))
    ours, theirs = aligned.measured(place)
    assert [each.number for each in (*ours, *theirs)] == ["30", "90"]


def test_shared_words_count_in_any_order_and_alike_ones_in_the_same() -> None:
    aligned = Aligned("Bob told Alice", "Alice told Bob")
    assert aligned.shared == 1.0
    assert aligned.alike == pytest.approx(1 / 3)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_texts_can_be_aligned(one: str, other: str) -> None:
    aligned = Aligned(one, other)
    assert 0.0 <= aligned.alike <= aligned.shared <= 1.0
