from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answers.quantities import quantity, spelt


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("1,200", "1200"),
        ("3.5", "3.5"),
        ("ninety", "90"),
        ("九十", "90"),
        ("十二", "12"),
        ("三百五", "305"),
        ("二千", "2000"),
        ("二〇一九", "2019"),
        ("days", None),
        ("日間", None),
    ],
)
def test_a_number_is_the_same_in_figures_and_in_words(word: str, number: str | None) -> None:
    assert quantity(word) == number


def test_the_numbers_that_a_text_spells_out_are_found() -> None:
    assert {"90", "2"} <= spelt("kept for ninety days in two places")
    assert "90" in spelt("九十日間保存されます。")


@given(st.text(min_size=1))
def test_any_word_is_a_number_or_none(word: str) -> None:
    number = quantity(word)
    assert number is None or number
