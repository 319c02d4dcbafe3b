from __future__ import annotations

import pytest

from retrieval.cache.memory import MemoryStore
from retrieval.cache.model import CacheStore
from tests.contracts.cache_store import CacheStoreContract
from tests.retrieval.cache.made import Ticking, always, entry, key, never


class TestMemoryStore(CacheStoreContract):
    @pytest.fixture
    def store(self) -> CacheStore:
        return MemoryStore(entries=1_000, most_bytes=10_000_000)


def store_of(entries: int, most_bytes: int = 100_000_000) -> MemoryStore:
    return MemoryStore(entries=entries, most_bytes=most_bytes, monotonic=Ticking())


def test_it_never_holds_more_than_it_may() -> None:
    store = store_of(50)
    for number in range(500):
        store.put(key(str(number)), entry(), 60)
    assert store.usage().entries == 50
    assert store.usage().evictions == 450


def test_it_never_takes_more_bytes_than_it_may() -> None:
    store = store_of(1_000, most_bytes=300_000)
    for number in range(200):
        store.put(key(str(number)), entry(text="x" * 1_000), 60)
        assert store.usage().bytes <= 300_000
    assert 10 < store.usage().entries < 200
    store.put(key("huge"), entry(text="x" * 50_000), 60)
    assert store.get(key("huge"), always) is None


def test_it_may_be_given_less_room_and_more_again() -> None:
    store = store_of(1_000)
    for number in range(100):
        store.put(key(str(number)), entry(text="x" * 1_000), 60)
    held = store.usage()
    store.resize(held.bytes // 2)
    smaller = store.usage()
    assert 0 < smaller.bytes <= held.bytes // 2
    assert smaller.evictions == held.entries - smaller.entries
    store.resize(held.bytes)
    store.put(key("more"), entry(text="x" * 1_000), 60)
    assert store.usage().entries == smaller.entries + 1


def test_what_is_asked_often_outlives_a_crawl_through_many_questions() -> None:
    store = store_of(100)
    loved = [key(f"loved {n}") for n in range(50)]
    for _ in range(3):
        for name in loved:
            if store.get(name, always) is None:
                store.put(name, entry(), 60)
    for number in range(2_000):
        name = key(f"crawled {number}")
        if store.get(name, always) is None:
            store.put(name, entry(), 60)
    assert sum(store.get(name, always) is not None for name in loved) >= 45


def test_new_favourites_take_the_place_of_old_ones() -> None:
    store = store_of(50)
    for era in ("old", "new"):
        for _ in range(40):
            for number in range(50):
                name = key(f"{era} {number}")
                if store.get(name, always) is None:
                    store.put(name, entry(), 600)
    kept = sum(store.get(key(f"new {n}"), always) is not None for n in range(50))
    assert kept >= 35


def test_what_does_not_hold_is_removed_with_its_bytes() -> None:
    store = store_of(10)
    store.put(key("a"), entry(), 60)
    assert store.get(key("a"), never) is None
    assert (store.usage().entries, store.usage().bytes) == (0, 0)


def test_none_is_kept_where_none_may_be() -> None:
    store = store_of(0)
    store.put(key("a"), entry(), 60)
    assert store.get(key("a"), always) is None
