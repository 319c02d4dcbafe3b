from __future__ import annotations

import pytest

from retrieval.answers.units import TEN_YEARS, period, unit_at, unit_of


def size(text: str) -> tuple[str, str]:
    """Read the unit of a text that begins with one figure: what it measures, and its words."""
    found = unit_at(text, 1)
    assert found is not None
    unit, start, end = found
    return unit.key, text[start:end]


@pytest.mark.parametrize(
    ("text", "key", "written"),
    [
        ("5 days", "86400 second", "days"),
        ("5-day week", "86400 second", "day"),
        ("5日間保存", "86400 second", "日間"),
        ("5 weeks", "604800 second", "weeks"),
        ("5週間", "604800 second", "週間"),
        ("5か月", "1 month", "か月"),
        ("5月", "1 month-of-the-year", "月"),
        ("5 km", "1000 metre", "km"),
        ("5キロメートル", "1000 metre", "キロメートル"),
        ("5 Miles away", "201168/125 metre", "Miles"),
        ("5 km2", "1000000 metre^2", "km2"),
        ("5 square kilometres", "1000000 metre^2", "square kilometres"),
        ("5平方メートル", "1 metre^2", "平方メートル"),
        ("5%", "1/100 ratio", "%"),
        ("5 per cent", "1/100 ratio", "per cent"),
        ("5割", "1/10 ratio", "割"),
        ("5°C", "1 celsius", "°C"),
        ("5 dollars", "1 dollar", "dollars"),
    ],
)
def test_a_unit_is_the_same_however_it_is_written(text: str, key: str, written: str) -> None:
    assert size(text) == (key, written)


@pytest.mark.parametrize(
    "text", ["5 people", "5 boxes", "5M", "5Km", "5日本人", "5時代", "5", "5 in"]
)
def test_other_words_are_no_units(text: str) -> None:
    assert unit_at(text, 1) is None


def test_a_currency_may_stand_before_its_number() -> None:
    assert unit_of("$") == unit_of("us$") != unit_of("€")


@pytest.mark.parametrize(
    ("word", "is_period"),
    [
        ("weeks", True),
        ("day", True),
        ("時間", True),
        ("min", False),
        ("second", False),
        ("日", False),
    ],
)
def test_a_period_of_time_is_known_without_a_number(word: str, is_period: bool) -> None:  # noqa: FBT001
    assert (period(word) is not None) is is_period


def test_the_nineties_are_no_year() -> None:
    year = unit_at("1990年", 4)
    assert year is not None
    assert year[0] != TEN_YEARS
