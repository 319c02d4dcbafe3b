from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.patterns.values import agree, readings, values_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("30 days", "720 hours"),
        ("３０日", "30 days"),
        ("5分", "300秒"),
        ("1,000", "1000"),
        ("1万円", "10,000 yen"),
        ("$5", "5 USD"),
        ("1.5 GB", "1500 MB"),
        ("2 years", "24 months"),
        ("3", "3.0"),
        ("13-Jun-2000", "2000-06-13"),
        ("June 13th, 2000", "13 June 2000"),
        ("Fri, 03 May 2002", "2002/5/3"),
        ("令和6年5月1日", "2024-05-01"),
        ("平成元年", "1989年"),
        ("2015-08-09T00:55:03+10:00", "2015-08-09"),
        ("June 2000", "2000-06-13"),
        ("03/04/2024", "2024-04-03"),
        ("03/04/2024", "2024-03-04"),
        ("Final", "FINAL."),
        ("true", "有効"),
    ],
)
def test_values_that_mean_the_same_agree(one: str, other: str) -> None:
    assert agree(one, other)
    assert agree(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3.1", "3.10"),
        ("30 days", "30 hours"),
        ("30 days", "90 days"),
        ("5 USD", "5 EUR"),
        ("1 kB", "1 kiB"),
        ("-5 s", "5 s"),
        ("2000-06-13", "2000-06-14"),
        ("June 2000", "July 2000"),
        ("03/04/2024", "2024-05-03"),
        ("令和6年", "平成6年"),
        ("Draft", "Final"),
        ("有効", "無効"),
        ("2024", "2024 items"),
    ],
)
def test_values_that_mean_different_things_do_not(one: str, other: str) -> None:
    assert not agree(one, other)
    assert not agree(other, one)


def test_a_list_is_several_values_but_a_date_and_a_quantity_are_one() -> None:
    assert values_of("Ann, Bob and Cid") == ["Ann", "Bob", "Cid"]
    assert values_of("検索、索引") == ["検索", "索引"]
    assert values_of("March 5, 2024") == ["March 5, 2024"]
    assert values_of("1,000 ms") == ["1,000 ms"]
    assert values_of("") == [""]
    assert values_of("、") == ["、"]


@given(st.text(max_size=30), st.text(max_size=30))
def test_agreement_is_mutual_and_every_value_agrees_with_itself(one: str, other: str) -> None:
    assert readings(one)
    assert agree(one, one)
    assert agree(one, other) == agree(other, one)
    assert values_of(one)
