"""What is a section title in reStructuredText, and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given

from ingest.restructured import restructured_headings
from tests.ingest.texts import nasty_texts


def titles(text: str) -> list[tuple[int, str]]:
    return [(heading.level, heading.title) for heading in restructured_headings(text)]


def test_levels_follow_the_order_in_which_the_styles_appear() -> None:
    text = (
        "~~~~~\nTitle\n~~~~~\n\ntext\n\nOne\n~~~\n\nSub\n^^^\n\nTwo\n~~~\n\n"
        "Deep\n====\nRight below\n^^^^^^^^^^^\n"
    )
    assert titles(text) == [
        (1, "Title"),
        (2, "One"),
        (3, "Sub"),
        (2, "Two"),
        (4, "Deep"),
        (3, "Right below"),
    ]


def test_offsets_take_in_both_rules() -> None:
    text = "before\n\n=======\n Title \n=======\nbody"
    (heading,) = restructured_headings(text)
    assert text[heading.start : heading.end] == "=======\n Title \n======="


def test_wide_characters_take_two_columns() -> None:
    assert titles("日本語\n======\n\n日本\n==\n") == [(1, "日本語")]


def test_a_rule_shorter_than_its_title_counts_from_four_characters_on() -> None:
    assert titles("A longer title\n====\n\nAnother one\n===\n") == [(1, "A longer title")]


@pytest.mark.parametrize(
    "text",
    [
        "a transition\n\n----------\n\nbelow",
        "=====  =====\nname   value\n=====  =====\na      b\n=====  =====",
        "+-----+\n| cell |\n+-----+",
        "code::\n\n    Title\n    =====\n",
        "- item\n------",
        "two lines\nof text\n=======",
        ".. comment\n==========",
        "=====\n=====",
    ],
)
def test_what_only_looks_like_a_title_is_none(text: str) -> None:
    assert titles(text) == []


def test_titles_lose_their_markup() -> None:
    text = "The ``yield`` of :func:`send` and `docs <http://x>`__\n" + "=" * 60
    assert titles(text) == [(1, "The yield of send and docs")]


@given(nasty_texts)
def test_titles_come_in_order_and_never_overlap(text: str) -> None:
    edges = [edge for each in restructured_headings(text) for edge in (each.start, each.end)]
    assert edges == sorted(edges)
    assert all(edge <= len(text) for edge in edges)
