from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answers.numerals import NUMBER, folded, fraction, numeral


def numbers(text: str) -> list[str]:
    found = (numeral(m) for m in NUMBER.finditer(folded(unicodedata.normalize("NFKC", text))))
    return [number for number in found if number is not None]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,200", "1200"),
        ("1,200.50", "1200.50"),
        ("１２", "12"),
        ("2.10", "2.10"),
        ("1.2.3", "1.2.3"),
        ("-5", "-5"),
        ("−5", "-5"),
        ("minus 5", "-5"),
        ("マイナス5", "-5"),
        ("ninety", "90"),
        ("Twenty-five", "25"),
        ("twenty five", "25"),
        ("two hundred", "200"),
        ("two hundred and fifty", "250"),
        ("one thousand two hundred and three", "1203"),
        ("twelve hundred", "1200"),
        ("5 million", "5000000"),
        ("5.2 billion", "5200000000"),
        ("two dozen", "24"),
        ("half a million", "500000"),
        ("half", "1/2"),
        ("two thirds", "2/3"),
        ("a quarter of it", "1/4"),
        ("1/3", "1/3"),
        ("third", "3"),
        ("21st", "21"),
        ("twenty-first", "21"),
        ("九十", "90"),
        ("十二", "12"),
        ("三百五十人", "350"),
        ("二千", "2000"),
        ("二〇一九年", "2019"),
        ("3万5千", "35000"),
        ("1億2000万", "120000000"),
        ("三分の二", "2/3"),
        ("一つ", "1"),
        ("三人", "3"),
        ("第三", "3"),
    ],
)
def test_a_number_is_the_same_in_figures_and_in_words(text: str, number: str) -> None:
    assert numbers(text) == [number]


@pytest.mark.parametrize(
    "text",
    [
        "十分である。", "不十分な", "一般に", "一部の", "一方で", "三角形", "四国と九州", "唯一の",
        "統一した", "一致", "数百人", "何千もの", "hundreds of them", "days", "日間",
    ],
)  # fmt: skip
def test_words_that_only_look_like_numbers_are_none(text: str) -> None:
    assert numbers(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("十分間", ["10"]),
        ("三時十分", ["3", "10"]),
        ("two and three", ["2", "3"]),
        ("10-20", ["10", "20"]),
        ("10,20", ["10", "20"]),
        ("COVID-19", ["19"]),
        ("a third mill", ["3"]),
        ("a day", ["1"]),
    ],
)
def test_each_number_is_read_by_what_stands_around_it(text: str, found: list[str]) -> None:
    assert numbers(text) == found


@pytest.mark.parametrize(
    "text", ["1" * 9_000, "一" * 9_000, "1" * 4_299 + "兆", "5" + " million" * 2_000, "1万" * 5_000]
)
def test_a_number_may_be_as_long_as_it_likes(text: str) -> None:
    assert numbers(text)


def test_a_version_is_no_fraction() -> None:
    assert fraction("1.2.3") is None
    assert fraction("2.50") == fraction("5/2")


@given(st.integers(1, 99_999_999))
def test_kanji_and_figures_with_commas_say_the_same(number: int) -> None:
    high, low = divmod(number, 10_000)
    kanji = f"{in_kanji(high)}万{in_kanji(low)}" if high else in_kanji(low)
    assert numbers(f"約{kanji}人") == numbers(f"{number:,}") == [str(number)]


def in_kanji(number: int) -> str:
    written = ""
    for power, mark in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // power % 10
        if digit:
            written += ("" if digit == 1 and mark else "〇一二三四五六七八九"[digit]) + mark
    return written


@given(st.text())
def test_lower_case_keeps_every_character_in_its_place(text: str) -> None:
    assert len(folded(text)) == len(text)


@given(st.text(alphabet="0123456789一二十百千万億分の-,./ $atwohlfhundredmi"))
def test_whatever_looks_like_a_number_can_be_read(text: str) -> None:
    assert all(numbers(text))
