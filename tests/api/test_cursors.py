"""Cursors say where a page ended, and fit the list alone that they came with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.cursors import cursor_after, read_cursor
from foundation.errors import InvalidInput

numbers = st.integers(0, 2**63 - 1)
filters = st.lists(st.text(min_size=1), max_size=2)


@given(numbers, filters)
def test_a_cursor_is_read_as_it_was_written(number: int, names: list[str]) -> None:
    assert read_cursor(cursor_after(number, *names), *names) == number


@given(st.one_of(st.text(max_size=40), numbers.map(cursor_after).map(lambda c: c + "A")))
def test_what_is_no_cursor_is_refused_and_breaks_nothing(text: str) -> None:
    with pytest.raises(InvalidInput, match="cursor"):
        read_cursor(text)


def test_a_cursor_of_another_list_is_refused_and_none_is_the_beginning() -> None:
    with pytest.raises(InvalidInput, match="other filters"):
        read_cursor(cursor_after(7, "house"), "pay")
    assert read_cursor(None, "house") == 0
