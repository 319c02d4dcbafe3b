from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answers.quantities import Quantity, in_figures, quantities, without_units


def only(text: str) -> Quantity:
    (found,) = quantities(unicodedata.normalize("NFKC", text))
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("90 days", "ninety days"),
        ("90 days", "90-day"),
        ("90日間", "九十日"),
        ("5 million", "5,000,000"),
        ("$5 million", "5 million dollars"),
        ("1 hour", "60 minutes"),
        ("an hour", "60 min"),
        ("half an hour", "30分"),
        ("2 weeks", "14 days"),
        ("half", "50%"),
        ("5割", "50 percent"),
        ("5.0 km", "5000 m"),
        ("350人", "三百五十人"),
        ("5", "5 km"),
        ("the 1990s", "1990年代"),
    ],
)
def test_the_same_amount_is_the_same_however_it_is_written(one: str, other: str) -> None:
    assert only(one).same(only(other))
    assert only(other).same(only(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ninety days", "ninety weeks"),
        ("90日間", "90週間"),
        ("5 million", "5 billion"),
        ("5 km", "5 miles"),
        ("half", "a third"),
        ("-5", "5"),
        ("$5", "€5"),
        ("3か月", "3月"),
        ("5%", "5‰"),
        ("2.10", "2.1"),
        ("the 1990s", "1990年"),
    ],
)
def test_another_unit_scale_or_sign_is_another_amount(one: str, other: str) -> None:
    assert not only(one).same(only(other))
    assert not only(other).same(only(one))


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("two boxes", False),
        ("the first box", False),
        ("a day", False),
        ("2 boxes", True),
        ("thirteen boxes", True),
        ("two days", True),
        ("half", True),
        ("三分の一", True),
    ],
)
def test_little_numbers_in_words_may_be_said_of_anything(text: str, exact: bool) -> None:  # noqa: FBT001
    assert only(text).exact is exact


def test_numbers_and_units_are_written_in_one_way_to_count_words() -> None:
    found = in_figures("twenty-five boxes for an hour")
    assert found.split() == ["25", "boxes", "for", "an", "second"]
    assert in_figures("三百五十人") == "350人"
    assert in_figures("25%", both_ways=True).split() == ["25%", "ratio"]
    assert without_units("5キロメートルの道").split() == ["5", "の道"]


@given(st.text())
def test_quantities_come_in_order_and_lie_within_the_text(text: str) -> None:
    plain = unicodedata.normalize("NFKC", text)
    edges = [
        edge
        for each in quantities(plain)
        for edge in (each.start, each.end, each.unit_start, each.unit_end)
    ]
    assert edges == sorted(edges)
    assert all(0 <= edge <= len(plain) for edge in edges)


@given(st.integers(0, 10**12))
def test_a_number_is_the_same_as_itself_with_commas(number: int) -> None:
    assert only(f"{number:,}").same(only(str(number)))
