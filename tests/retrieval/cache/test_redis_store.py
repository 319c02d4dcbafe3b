from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
import redis

from foundation.breaker import Breakers
from foundation.errors import InvalidInput
from retrieval.cache.memory import MemoryStore
from retrieval.cache.model import CacheStore
from retrieval.cache.redis_store import RedisStore
from retrieval.cache.tiered import Tiered
from tests.contracts.cache_store import CacheStoreContract
from tests.retrieval.cache.made import Ticking, always, entry, key
from tests.support.redis import own_prefix, redis_url


@pytest.fixture
def shared() -> Iterator[RedisStore]:
    store = RedisStore(redis_url(), prefix=own_prefix())
    yield store
    store.clear()
    store.close()


class TestRedisStore(CacheStoreContract):
    @pytest.fixture
    def store(self, shared: RedisStore) -> CacheStore:
        return shared


class TestTieredStore(CacheStoreContract):
    @pytest.fixture
    def store(self, shared: RedisStore) -> CacheStore:
        return Tiered(MemoryStore(entries=100, most_bytes=1_000_000), shared)


def test_two_processes_share_entries_and_each_has_them_near(shared: RedisStore) -> None:
    near = [MemoryStore(entries=10, most_bytes=1_000_000) for _ in range(2)]
    one, other = (Tiered(each, shared) for each in near)
    one.put(key("a"), entry(), 60)
    found = [other.get(key("a"), always) for _ in range(2)]
    assert [each.where for each in found if each] == ["redis", "memory"]


def test_what_another_program_wrote_there_is_no_entry(shared: RedisStore) -> None:
    name = shared._prefix + key("a")
    with redis.Redis.from_url(redis_url()) as client:
        for junk in (b"", b"junk", b'{"form": 1}\n{}', b'{"form": 99}\n{}', b"\x80\x04K*."):
            client.hset(name, "entry", junk)
            assert shared.get(key("a"), always) is None


def test_prefixes_keep_homes_apart(shared: RedisStore) -> None:
    other = RedisStore(redis_url(), prefix=own_prefix())
    shared.put(key("a"), entry(), 60)
    assert other.get(key("a"), always) is None
    other.clear()
    assert shared.get(key("a"), always)
    other.close()


def test_a_server_that_is_gone_is_no_error_and_is_left_alone_for_a_while() -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    ticking = Ticking()
    breakers = Breakers(monotonic=ticking)
    store = RedisStore(f"redis://127.0.0.1:{port}/0", prefix="x:", breakers=breakers)
    assert store.get(key("a"), always) is None
    store.put(key("a"), entry(), 60)
    store.clear()
    assert store.usage().entries == 0
    (breaker,) = breakers.all()
    assert (breaker.counts.failed, breaker.counts.refused) == (1, 3)
    ticking.pass_by(6)
    store.clear()
    assert (breaker.counts.failed, breaker.counts.refused) == (2, 3)
    store.close()


def test_a_server_that_does_not_answer_is_given_up_soon() -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        store = RedisStore(f"redis://127.0.0.1:{sock.getsockname()[1]}/0", prefix="x:")
        started = time.perf_counter()
        assert [store.get(key("a"), always) for _ in range(20)] == [None] * 20
        assert time.perf_counter() - started < 2
        store.close()


def test_a_wrong_address_is_refused() -> None:
    with pytest.raises(InvalidInput, match="ELDERS_CACHE_URL"):
        RedisStore("http://localhost", prefix="x:")
