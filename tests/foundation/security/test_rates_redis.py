from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from foundation.breaker import Breakers
from foundation.errors import InvalidInput, Unavailable
from foundation.security.rates import Buckets, MemoryBuckets, Rate
from foundation.security.rates_redis import LocalWhileAway, RedisBuckets
from tests.contracts.buckets import TEN, BucketsContract, Hands
from tests.support.redis import own_prefix, redis_url

NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture
def prefix() -> Iterator[str]:
    prefix = own_prefix()
    yield prefix
    with redis.Redis.from_url(redis_url()) as client:
        for name in client.scan_iter(match=f"{prefix}*"):
            client.delete(name)


class TestRedisBuckets(BucketsContract):
    @pytest.fixture
    def buckets(self, clock: Hands, prefix: str) -> Iterator[Buckets]:
        buckets = RedisBuckets(redis_url(), prefix=prefix, now_micros=lambda: clock.micros)
        yield buckets
        buckets.close()


def test_the_servers_clock_is_used_and_full_buckets_expire(prefix: str) -> None:
    buckets = RedisBuckets(redis_url(), prefix=prefix)
    slow = Rate("slow", per_second=0.01, burst=2)
    assert [buckets.take(slow, "a").allowed for _ in range(3)] == [True, True, False]
    with redis.Redis.from_url(redis_url()) as client:
        assert 190_000 < int(client.pttl(f"{prefix}slow:a")) <= 200_000
    buckets.close()


def test_two_processes_share_what_is_left(prefix: str) -> None:
    one, other = (RedisBuckets(redis_url(), prefix=prefix) for _ in range(2))
    slow = Rate("slow", per_second=0.01, burst=3)
    found = [one.take(slow, "a"), other.take(slow, "a"), one.take(slow, "a"), other.take(slow, "a")]
    assert [(each.allowed, each.remaining) for each in found] == [
        (True, 2),
        (True, 1),
        (True, 0),
        (False, 0),
    ]
    one.close()
    other.close()


def test_without_an_answer_nobody_is_let_through() -> None:
    clock = Hands()
    buckets = RedisBuckets(NOBODY, breakers=Breakers(monotonic=clock.seconds))
    for _ in range(2):
        with pytest.raises(Unavailable):
            buckets.take(TEN, "a")
    clock.move(2)
    with pytest.raises(Unavailable):
        buckets.take(TEN, "a")
    buckets.close()


def test_this_process_counts_alone_meanwhile_where_that_is_wanted() -> None:
    buckets = LocalWhileAway(RedisBuckets(NOBODY), MemoryBuckets(monotonic=Hands().seconds))
    assert sum(buckets.take(TEN, "a").allowed for _ in range(30)) == 20
    buckets.close()


def test_a_url_that_is_none_is_refused_without_repeating_it() -> None:
    with pytest.raises(InvalidInput, match="ELDERS_RATE_LIMIT_URL") as caught:
        RedisBuckets("http://:hunter2@host")
    assert "hunter2" not in str(caught.value)
