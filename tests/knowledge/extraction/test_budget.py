from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.extraction.budget import (
    ExtractionReport,
    TokenBudget,
    cost_of,
    estimated_tokens,
)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", 0), ("a", 1), ("four", 1), ("fours", 2), ("東京", 2), ("東京 Tower", 4)],
)
def test_tokens_are_guessed_by_the_script(text: str, tokens: int) -> None:
    assert estimated_tokens(text) == tokens


def test_prices_are_for_a_million_tokens() -> None:
    cost = cost_of(2_000_000, 500_000, prompt_price=0.5, completion_price=4.0)
    assert cost == pytest.approx(3.0)


def test_a_budget_refuses_what_is_not_left() -> None:
    budget = TokenBudget(100)
    assert budget.reserve(60)
    assert not budget.reserve(41)
    budget.settle(60, 10)
    assert budget.taken == 10
    assert budget.reserve(90)
    assert not budget.reserve(1)


def test_an_answer_longer_than_expected_is_charged_in_full() -> None:
    budget = TokenBudget(100)
    budget.reserve(60)
    budget.settle(60, 120)
    assert budget.taken == 120
    assert not budget.reserve(0)


def test_a_budget_without_a_limit_still_counts() -> None:
    budget = TokenBudget()
    assert budget.reserve(10**9)
    assert budget.taken == 10**9


def test_threads_never_reserve_more_than_there_is() -> None:
    budget = TokenBudget(1_000)
    with ThreadPoolExecutor(8) as pool:
        granted = list(pool.map(lambda _: budget.reserve(7), range(400)))
    assert sum(granted) == 142
    assert budget.taken == 142 * 7


def reports() -> st.SearchStrategy[ExtractionReport]:
    return st.builds(
        ExtractionReport, **{each.name: st.integers(0, 99) for each in fields(ExtractionReport)}
    )


@given(reports(), reports())
def test_reports_add_up_field_by_field(one: ExtractionReport, other: ExtractionReport) -> None:
    total = one + other
    for each in fields(ExtractionReport):
        assert getattr(total, each.name) == getattr(one, each.name) + getattr(other, each.name)
