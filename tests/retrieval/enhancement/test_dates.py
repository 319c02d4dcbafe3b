"""Times in words."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.enhancement.dates import ENGLISH, JAPANESE, Span, ago, read_span


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2024", date(2024, 1, 1), date(2025, 1, 1)),
        ("March 2023", date(2023, 3, 1), date(2023, 4, 1)),
        ("Dec. 2023", date(2023, 12, 1), date(2024, 1, 1)),
        ("Sept 2023", date(2023, 9, 1), date(2023, 10, 1)),
        ("2023-03", date(2023, 3, 1), date(2023, 4, 1)),
        ("2023-03-31", date(2023, 3, 31), date(2023, 4, 1)),
        ("15 March 2023", date(2023, 3, 15), date(2023, 3, 16)),
        ("1st of may 2023", date(2023, 5, 1), date(2023, 5, 2)),
        ("March 15, 2023", date(2023, 3, 15), date(2023, 3, 16)),
        ("Q4 2023", date(2023, 10, 1), date(2024, 1, 1)),
        ("2023年", date(2023, 1, 1), date(2024, 1, 1)),
        ("2023年度", date(2023, 4, 1), date(2024, 4, 1)),
        ("2023年12月", date(2023, 12, 1), date(2024, 1, 1)),
        ("2023年3月15日", date(2023, 3, 15), date(2023, 3, 16)),
        ("2023/3/15", date(2023, 3, 15), date(2023, 3, 16)),
    ],
)
def test_times_are_stretches_of_days(text: str, start: date, end: date) -> None:
    assert read_span(text) == Span(start, end)
    assert re.fullmatch(f"{ENGLISH}|{JAPANESE}", text, re.IGNORECASE)


@pytest.mark.parametrize("text", ["31 February 2023", "2023-13", "2023年13月", "soon", "", "123"])
def test_there_are_no_other_days(text: str) -> None:
    assert read_span(text) is None


@given(st.from_regex(f"(?i:{ENGLISH})|{JAPANESE}", fullmatch=True))
def test_whatever_looks_like_a_time_is_read_or_refused(text: str) -> None:
    span = read_span(text)
    assert span is None or span.start < span.end


def test_a_number_of_units_ago_may_be_too_far() -> None:
    assert ago(date(2024, 3, 15), 2, "week") == date(2024, 3, 1)
    assert ago(date(1, 1, 2), 1, "year") is None
