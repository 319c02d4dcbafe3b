"""Resources are taken as far as there are any."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elders.tasks.stock import Stock

AMOUNTS = st.dictionaries(st.sampled_from("abc"), st.sampled_from([0.0, 0.1, 0.3, 1.0, 2.0]))


@given(st.lists(AMOUNTS, max_size=9), st.lists(AMOUNTS, max_size=3))
def test_no_more_is_taken_than_there_is_beside_what_is_held(
    wanted: list[dict[str, float]], held: list[dict[str, float]]
) -> None:
    stock = Stock({"a": 1.0, "b": 2.0}, held)
    taken = [each for each in wanted if stock.take(each)]
    for name, amount in (("a", 1.0), ("b", 2.0)):
        before = sum(each.get(name, 0) for each in held)
        total = sum(each.get(name, 0) for each in taken)
        assert total <= max(0.0, amount - before) + 1e-6
    assert all(each in taken for each in wanted if not each.keys() & {"a", "b"})


def test_tenths_add_up_to_the_whole() -> None:
    stock = Stock({"gpu": 1.0})
    assert [stock.take({"gpu": 0.1}) for _ in range(11)] == [True] * 10 + [False]


@pytest.mark.parametrize(
    ("wanted", "gone"), [({"gpu": 0.5}, True), ({"gpu": 0.0}, False), ({"cpu": 9.0}, False)]
)
def test_it_tells_of_what_nothing_is_left(wanted: dict[str, float], *, gone: bool) -> None:
    assert Stock({"gpu": 1.0}, [{"gpu": 1.0}]).is_gone(wanted) is gone
