"""What every store of answers promises: each implementation inherits these tests."""

from __future__ import annotations

import threading
import time

import pytest

from retrieval.cache.model import CacheStore
from tests.retrieval.cache.made import always, entry, key, never


class CacheStoreContract:
    """Derive from it and override `store`."""

    @pytest.fixture
    def store(self) -> CacheStore:
        raise AssertionError("override me")

    def test_what_was_put_is_found_as_it_was(self, store: CacheStore) -> None:
        kept = entry("日本語の質問")
        store.put(key("a"), kept, 60)
        found = store.get(key("a"), always)
        assert found is not None
        assert found.entry == kept
        assert found.entry.result == kept.result
        assert store.get(key("b"), always) is None

    def test_hits_are_counted_from_one_and_anew_after_a_put(self, store: CacheStore) -> None:
        store.put(key("a"), entry(), 60)
        assert [self._hits(store) for _ in range(3)] == [1, 2, 3]
        store.put(key("a"), entry(), 60)
        assert self._hits(store) == 1

    def test_what_does_not_hold_is_not_answered(self, store: CacheStore) -> None:
        store.put(key("a"), entry(), 60)
        assert store.get(key("a"), never) is None

    def test_an_entry_expires(self, store: CacheStore) -> None:
        store.put(key("a"), entry(), 0.02)
        time.sleep(0.04)
        assert store.get(key("a"), always) is None

    def test_an_entry_can_live_longer_and_be_removed(self, store: CacheStore) -> None:
        store.put(key("a"), entry(), 0.02)
        store.extend(key("a"), 60)
        store.extend(key("absent"), 60)
        time.sleep(0.04)
        assert store.get(key("a"), always)
        store.extend(key("a"), 0)
        assert store.get(key("a"), always) is None
        assert store.usage().entries == 0

    def test_a_later_entry_replaces_an_earlier_one(self, store: CacheStore) -> None:
        store.put(key("a"), entry("one"), 60)
        store.put(key("a"), entry("two"), 60)
        found = store.get(key("a"), always)
        assert found is not None
        assert found.entry.result.query == "two"
        assert store.usage().entries == 1

    def test_usage_tells_entries_and_bytes_and_clearing_leaves_none(
        self, store: CacheStore
    ) -> None:
        for name in "abc":
            store.put(key(name), entry(text="x" * 500), 60)
        assert store.usage().entries == 3
        assert store.usage().bytes >= 3 * 500
        store.clear()
        assert (store.usage().entries, store.usage().bytes) == (0, 0)
        assert store.get(key("a"), always) is None

    def test_threads_share_it(self, store: CacheStore) -> None:
        wrong: list[str] = []

        def work(number: int) -> None:
            for step in range(20):
                name = f"{(number * 7 + step) % 5}"
                store.put(key(name), entry(name), 60)
                found = store.get(key(name), always)
                if found is None or found.entry.result.query != name:
                    wrong.append(name)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert store.usage().entries == 5

    def _hits(self, store: CacheStore) -> int:
        found = store.get(key("a"), always)
        return found.hits if found else 0
