from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.clock import Micros
from foundation.ids import Seq
from foundation.security.policy import access
from knowledge.log import AsOf
from retrieval.cache.model import Request, normalised

BASE = Request("how to install?", filter={"year": {"$gte": 2024}, "team": "docs"})


def test_the_same_request_has_the_same_key_however_it_is_written() -> None:
    turned = replace(BASE, filter={"team": "docs", "year": {"$gte": 2024}})
    assert BASE.key("c") == turned.key("c")
    lists = replace(BASE, collections=["b", "a", "a"], access=access(["b", "a"], ["y", "x"]))
    assert lists.key("c") == replace(
        BASE, collections=("a", "b"), access=access(["a", "b"], ["x", "y"])
    ).key("c")
    assert replace(BASE, filter={}).key("c") == replace(BASE, filter=None).key("c")


@pytest.mark.parametrize(
    "other",
    [
        {"text": "How to install?"},
        {"k": 11},
        {"mode": "lexical"},
        {"collections": ["a"]},
        {"collections": []},
        {"filter": {"year": {"$gte": 2025}, "team": "docs"}},
        {"filter": None},
        {"at": AsOf(seq=Seq(3))},
        {"at": AsOf(time=Micros(3))},
        {"filtering": False},
        {"access": access(["*"], ["reader"])},
        {"day": "2026-01-31"},
    ],
    ids=str,
)
def test_whatever_can_change_the_answer_changes_the_key(other: dict[str, Any]) -> None:
    assert replace(BASE, **other).key("c") != BASE.key("c")


def test_another_configuration_has_another_key() -> None:
    assert BASE.key("one model") != BASE.key("another model")


def test_numbers_truths_and_texts_are_told_apart() -> None:
    keys = {replace(BASE, filter={"x": value}).key("c") for value in (1, True, "1", "true", 1.5)}
    assert len(keys) == 5


@pytest.mark.parametrize("strange", [{"x": {1}}, {"x": float("nan")}, {1: "x"}, {"x": [{2: 3}]}])
def test_a_filter_without_a_canonical_form_has_no_key(strange: Any) -> None:
    assert replace(BASE, filter=strange).key("c") is None


@given(st.text(), st.text())
def test_texts_share_a_key_only_if_they_are_the_same(one: str, other: str) -> None:
    same = replace(BASE, text=one).key("c") == replace(BASE, text=other).key("c")
    assert same == (one == other)


def test_a_query_is_written_in_one_way_but_keeps_its_case() -> None:
    assert normalised("  Cafe\u0301 \n　opens\t") == "Café opens"
    assert normalised("ＰＰＲ") == "ＰＰＲ"
