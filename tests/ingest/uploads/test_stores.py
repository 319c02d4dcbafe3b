from __future__ import annotations

import pytest

from foundation.clock import Micros
from foundation.database.engine import Database
from foundation.errors import Conflict, NotFound
from ingest.uploads.stores import NewStore, Stores, new_store_id

DAY = 86_400_000_000


class Now:
    """A clock that a test sets."""

    time = 0

    def __call__(self) -> Micros:
        return Micros(self.time)


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def stores(database: Database, now: Now) -> Stores:
    return Stores(database, now)


def test_a_store_is_kept_as_it_was_made_and_changed(stores: Stores) -> None:
    made = stores.add("vs_1", "guides", NewStore("手引き", "About", {"team": "ops"}, 7))
    assert stores.get("vs_1") == made
    changed = stores.change("vs_1", name="Guides", metadata={})
    assert (changed.name, changed.metadata, changed.expires_after_days) == ("Guides", {}, 7)
    assert stores.get("vs_1") == changed
    with pytest.raises(NotFound):
        stores.get("vs_2")
    with pytest.raises(NotFound):
        stores.change("vs_2", name="x")


def test_a_collection_is_one_store_at_most(stores: Stores) -> None:
    stores.add("vs_1", "guides", NewStore())
    with pytest.raises(Conflict, match="vs_1"):
        stores.add("vs_2", "guides", NewStore())
    stores.remove("vs_1")
    assert stores.add("vs_2", "guides", NewStore()).id == "vs_2"


def test_a_store_ends_after_days_in_which_nobody_used_it(stores: Stores, now: Now) -> None:
    lasting = stores.add("vs_1", "a", NewStore())
    made = stores.add("vs_2", "b", NewStore(expires_after_days=2))
    assert made.expires_at == 2 * DAY
    now.time = DAY
    stores.touch(made)
    stores.touch(lasting)
    assert stores.get("vs_1") == lasting
    used = stores.get("vs_2")
    assert used.last_active_at == DAY
    now.time = DAY + 1
    stores.touch(used)
    assert stores.get("vs_2") == used  # the minute is not over
    now.time = 3 * DAY
    assert [each.id for each in stores.overdue()] == ["vs_2"]
    assert stores.get("vs_2").is_over(now())
    stores.expire("vs_2")
    assert stores.overdue() == []
    assert stores.get("vs_2").is_over(Micros(0))


def test_stores_are_listed_from_a_place_on(stores: Stores, now: Now) -> None:
    made = []
    for number in range(4):
        now.time = number // 2  # two at once
        made.append(stores.add(f"vs_{number}", str(number), NewStore()))
    forth = stores.page(after=made[0].position, ascending=True, limit=2)
    assert list(forth) == made[1:3]
    back = stores.page(after=made[2].position, ascending=False, limit=9)
    assert list(back) == [made[1], made[0]]
    assert list(stores.page(after=None, ascending=False, limit=1)) == made[3:]


def test_ids_are_never_the_same() -> None:
    assert len({new_store_id() for _ in range(100)}) == 100
