from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import InvalidInput
from foundation.security.rates import (
    Buckets,
    MemoryBuckets,
    Rate,
    Taken,
    limit_headers,
    whole_seconds,
)
from tests.contracts.buckets import TEN, BucketsContract, Hands


class TestMemoryBuckets(BucketsContract):
    @pytest.fixture
    def buckets(self, clock: Hands) -> Buckets:
        return MemoryBuckets(monotonic=clock.seconds)


@given(
    per_second=st.floats(0.01, 10_000),
    burst=st.integers(1, 200),
    gaps=st.lists(st.floats(0, 5), max_size=200),
)
def test_no_interval_lets_more_through_than_the_burst_and_the_rate(
    per_second: float, burst: int, gaps: list[float]
) -> None:
    clock = Hands(0)
    buckets = MemoryBuckets(monotonic=clock.seconds)
    rate = Rate("x", per_second=per_second, burst=burst)
    passed = []
    for gap in gaps:
        clock.move(gap)
        if buckets.take(rate, "a").allowed:
            passed.append(clock.seconds())
    for first in range(len(passed)):
        for last in range(first, len(passed)):
            allowed = burst + per_second * (passed[last] - passed[first])
            assert last - first + 1 <= allowed + 1e-5


@given(gaps=st.lists(st.floats(0, 0.5), min_size=1, max_size=100))
def test_who_keeps_within_the_rate_is_never_refused(gaps: list[float]) -> None:
    clock = Hands(0)
    buckets = MemoryBuckets(monotonic=clock.seconds)
    for gap in gaps:
        clock.move(max(gap, 0.1))
        assert buckets.take(TEN, "a").allowed


def test_memory_is_bounded_and_the_full_buckets_go_first() -> None:
    clock = Hands(0)
    buckets = MemoryBuckets(monotonic=clock.seconds, most=100)
    slow = Rate("slow", per_second=0.001, burst=1)
    buckets.take(slow, "waiting")
    for number in range(99):
        buckets.take(TEN, f"{number}")
    clock.move(10)
    for number in range(50):
        buckets.take(TEN, f"later {number}")
    assert len(buckets) <= 100
    assert not buckets.take(slow, "waiting").allowed
    for number in range(1_000):
        buckets.take(slow, f"flood {number}")
    assert len(buckets) <= 100


def test_the_header_fields_are_those_of_the_draft() -> None:
    taken = [
        (Rate("client"), Taken(allowed=True, remaining=4_999, wait_seconds=0.001)),
        (
            Rate("key", per_second=0.5, burst=3),
            Taken(allowed=False, remaining=0, wait_seconds=1.2),
        ),
    ]
    assert limit_headers(taken) == [
        (b"ratelimit-policy", b'"client";q=5000;w=5, "key";q=3;w=6'),
        (b"ratelimit", b'"client";r=4999;t=1, "key";r=0;t=2'),
    ]
    assert whole_seconds(taken[1][1]) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"per_second": 0},
        {"per_second": float("nan")},
        {"per_second": 1e9},
        {"burst": 0},
        {"name": 'a";q=9'},
    ],
)
def test_a_rate_that_is_none_is_refused(wrong: dict[str, object]) -> None:
    given = {"name": "x", "per_second": 1.0, "burst": 1} | wrong
    with pytest.raises(InvalidInput):
        Rate(**given)  # type: ignore[arg-type]  # wrong on purpose
