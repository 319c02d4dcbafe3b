"""What all token buckets promise: each implementation inherits these tests."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import pytest

from foundation.security.rates import Buckets, Rate

TEN = Rate("ten", per_second=10, burst=20)


@dataclass
class Hands:
    """A clock that is moved by hand."""

    micros: int = 1_800_000_000_000_000

    def move(self, seconds: float) -> None:
        self.micros += round(seconds * 1e6)

    def seconds(self) -> float:
        return self.micros / 1e6


class BucketsContract:
    """Derive from it and override `buckets`, which reads `clock`."""

    @pytest.fixture
    def clock(self) -> Hands:
        return Hands()

    @pytest.fixture
    def buckets(self, clock: Hands) -> Buckets:  # noqa: ARG002 - implementations use it
        raise AssertionError("override me")

    def test_a_full_bucket_gives_its_burst_and_no_more(self, buckets: Buckets) -> None:
        found = [buckets.take(TEN, "a") for _ in range(21)]
        assert [each.allowed for each in found] == [True] * 20 + [False]
        assert [each.remaining for each in found] == [*range(19, -1, -1), 0]

    def test_tokens_come_back_at_the_rate(self, buckets: Buckets, clock: Hands) -> None:
        for _ in range(20):
            buckets.take(TEN, "a")
        assert not buckets.take(TEN, "a").allowed
        clock.move(0.3)
        assert [buckets.take(TEN, "a").allowed for _ in range(4)] == [True] * 3 + [False]

    def test_a_bucket_holds_no_more_than_its_burst(self, buckets: Buckets, clock: Hands) -> None:
        buckets.take(TEN, "a")
        clock.move(3_600)
        assert sum(buckets.take(TEN, "a").allowed for _ in range(50)) == 20

    def test_who_is_refused_is_told_how_long_to_wait(self, buckets: Buckets, clock: Hands) -> None:
        for _ in range(20):
            buckets.take(TEN, "a")
        clock.move(0.04)
        refused = buckets.take(TEN, "a")
        assert refused.wait_seconds == pytest.approx(0.06, abs=1e-4)
        clock.move(refused.wait_seconds + 1e-4)
        assert buckets.take(TEN, "a").allowed

    def test_asking_while_it_is_empty_does_not_keep_it_empty(
        self, buckets: Buckets, clock: Hands
    ) -> None:
        for _ in range(500):
            buckets.take(TEN, "a")
        clock.move(0.1)
        assert buckets.take(TEN, "a").allowed

    def test_keys_and_rates_have_buckets_of_their_own(self, buckets: Buckets) -> None:
        one = Rate("one", per_second=1, burst=1)
        assert buckets.take(one, "a").allowed
        assert not buckets.take(one, "a").allowed
        assert buckets.take(one, "b").allowed
        assert buckets.take(TEN, "a").allowed

    def test_a_slow_rate_waits_for_minutes(self, buckets: Buckets, clock: Hands) -> None:
        slow = Rate("slow", per_second=1 / 90, burst=2)
        assert [buckets.take(slow, "a").allowed for _ in range(3)] == [True, True, False]
        clock.move(89)
        assert not buckets.take(slow, "a").allowed
        clock.move(1.001)
        assert buckets.take(slow, "a").allowed

    def test_threads_share_a_bucket(self, buckets: Buckets) -> None:
        rate = Rate("shared", per_second=0.001, burst=100)
        allowed: list[bool] = []

        def work() -> None:
            allowed.extend([buckets.take(rate, "a").allowed for _ in range(50)])

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(allowed) == 100
