from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from retrieval.cache.ttl import Lifetimes
from tests.retrieval.cache.made import key

HOUR = Lifetimes(3_600.0)
NAMES = st.text(max_size=5).map(key)


@given(NAMES)
def test_an_hour_twice_above_fifty_hits_four_times_above_a_hundred(name: str) -> None:
    base = HOUR.of(name, hits=0)
    assert 0.9 * 3_600 <= base <= 1.1 * 3_600
    factors = [HOUR.of(name, hits=hits) / base for hits in (50, 51, 100, 101, 10_000)]
    assert [round(factor, 6) for factor in factors] == [1, 2, 2, 4, 4]


@given(NAMES, st.integers(0, 200))
def test_what_changes_often_is_kept_for_a_quarter(name: str, hits: int) -> None:
    quarter = HOUR.of(name, hits=hits, dynamic=True)
    assert round(HOUR.of(name, hits=hits) / quarter, 6) == 4


@given(NAMES, st.integers(0, 200), st.booleans())
def test_that_nothing_was_found_is_kept_shortly(
    name: str,
    hits: int,
    dynamic: bool,  # noqa: FBT001 - as Hypothesis gives it
) -> None:
    assert HOUR.of(name, hits=hits, dynamic=dynamic, empty=True) <= 66


def test_entries_made_together_end_apart_and_always_at_the_same_time() -> None:
    ends = [HOUR.of(key(str(n)), hits=0) for n in range(500)]
    assert max(ends) - min(ends) > 0.19 * 3_600
    assert ends == [HOUR.of(key(str(n)), hits=0) for n in range(500)]


def test_only_the_hits_that_change_a_life_are_told() -> None:
    assert [hits for hits in range(300) if HOUR.changes_at(hits)] == [51, 101]
