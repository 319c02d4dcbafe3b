"""What one sentence says differently from another that is nearly word for word the same."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answers.differing import NEGATED, difference, opposed


def names(text: str) -> list[str]:
    return re.findall(r"[A-Z]\w+(?: [A-Z]\w+)*|[ァ-ヺー]{2,}", text)


def why(text: str, said: str, source: str = "") -> str:
    return difference(text, said, names, source).why


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("The vault keeps backups for 90 days.", "The vault keeps backups for ninety days."),
        ("The vault holds 1200 boxes.", "The vault holds 1,200 boxes."),
        ("The vault stores backups for a month.", "The vault keeps backups for a month."),
        ("It isn't sent abroad by Ada.", "It is not sent abroad by Ada."),
        ("The keys are kept by Ada Byron.", "The keys are kept by Ada."),
        ("The keys are kept by Ada there.", "The keys are kept by her there."),
        ("It is not lower than before.", "It is higher than it was before."),
        ("It is not much lower than it was.", "It is much higher than it was."),
        ("バックアップは90日間保存します。", "バックアップは九十日間保存されます。"),
    ],
)
def test_another_way_to_say_the_same_is_no_difference(text: str, said: str) -> None:
    assert why(text, said) == ""


@pytest.mark.parametrize(
    ("text", "said", "told"),
    [
        (
            "It was built in 1990 by Ada, and sold in 2001.",
            "It was built in 2001 by Ada, and sold in 2005.",
            "1990 stands for 2001",
        ),
        ("They are kept in two places.", "They are kept in five places.", "2 stands for 5"),
        (
            "The keys are kept by Grace Hopper.",
            "The keys are kept by Ada Byron.",
            "“Grace Hopper” stands for “Ada Byron”",
        ),
        (
            "Grace wrote the long letter that Ada read.",
            "Ada wrote the long letter that Grace read.",
            "“Ada” and “Grace” have changed their places",
        ),
        (
            "The drug increases the risk of falls.",
            "The drug decreases the risk of falls.",
            "“increases” stands for “decreases”",
        ),
        ("Backups are sent abroad each week.", "Backups are never sent abroad each week.", NEGATED),
        ("It works with a key of yours.", "It works without a key of yours.", NEGATED),
        ("鍵は国外には送られます。", "鍵は国外には送られません。", NEGATED),
        ("人口は東部で増加した。", "人口は東部で減少した。", "“増加” stands for “減少”"),
        (
            "He sold 5 km of wire to the old mill.",
            "He sold 5 miles of wire to the old mill.",
            "5 km stands for 5 miles",
        ),
        (
            "They were kept there for a week by Ada.",
            "They were kept there for a day by Ada.",
            "a week stands for a day",
        ),
        (
            "この装置は不十分な設備です。",
            "この装置は十分な設備です。",
            "“不十分” stands for “十分”",
        ),
        ("人口は西部で増加した。", "人口は東部で増加した。", "“西部” stands for “東部”"),
        (
            "貿易ではイギリスが最大の相手である。",
            "貿易ではドイツが最大の相手である。",
            "“イギリス” stands for “ドイツ”",
        ),
    ],
)
def test_another_number_name_opposite_or_negation_is_told(text: str, said: str, told: str) -> None:
    assert why(text, said) == told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "多くの町はスペインにあり、村は少ない。",
            "多くの町はスペイン（欧州）にあり、村は少ない。",
        ),
        (
            "Those who play for them now are Ada Lee, Tom Hale, Bob Roy, and Sue Kent of Cork.",
            "Those who play for them now are Sue Kent, Tom Hale, Bob Roy, and Ada Lee of Cork.",
        ),
        ("It has 20 women and 10 men of Cork.", "It has 10 men and 20 women of Cork."),
        ("Ada went on foot for an hour or so.", "Ada went on foot for 60 minutes or so."),
    ],
)
def test_a_list_in_another_order_and_other_units_are_no_difference(text: str, said: str) -> None:
    assert why(text, said) == ""


def test_words_that_one_sentence_alone_has_may_be_opposed() -> None:
    assert opposed("これは不十分だ。", "これは十分ではない。")
    assert opposed("It rose.", "It fell.")
    assert not opposed("It rose, and fell.", "It fell, and rose.")


def test_a_name_that_the_source_gives_for_another_is_the_same_thing() -> None:
    text, said = "Remarkably PDS reduces growth of cells.", "Pyridostatin reduces growth of cells."
    assert why(text, said)
    assert why(text, said, "We used pyridostatin (PDS) here. " + said) == ""


def test_sentences_that_are_little_alike_are_not_compared() -> None:
    found = difference("The moon has 2 faces.", "Nobody sold 5 houses in Rome.", names)
    assert found.alike < 0.6
    assert found.why == ""


@given(st.text(max_size=80))
def test_nothing_differs_from_itself(text: str) -> None:
    assert difference(text, text, names).why == ""


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_texts_can_be_compared(text: str, said: str) -> None:
    assert 0.0 <= difference(text, said, names).alike <= 1.0
