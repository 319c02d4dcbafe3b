"""Effects that happen once, however often their message comes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from elders.transports.effects import KEPT_SECONDS, is_first, sweep
from foundation.clock import Micros
from foundation.database.database import Database


def test_of_many_at_once_one_is_the_first(store: Database) -> None:
    def act(key: str) -> bool:
        with store.write() as connection:
            return is_first(connection, key, at=Micros(1))

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(act, ["a", "b"] * 20)) == [*[False] * 38, True, True]


def test_an_effect_that_failed_may_be_had_again(store: Database) -> None:
    def act(statement: str) -> bool:
        with store.write() as connection:
            first = is_first(connection, "a", at=Micros(1))
            connection.execute(text(statement))
            return first

    with pytest.raises(Exception, match="nothing_there"):
        act("SELECT * FROM nothing_there")
    assert act("SELECT 1")
    assert not act("SELECT 1")


def test_keys_are_forgotten_after_a_week(store: Database) -> None:
    with store.write() as connection:
        is_first(connection, "old", at=Micros(0))
        is_first(connection, "new", at=Micros(1))
        sweep(connection, now=Micros(KEPT_SECONDS * 1_000_000))
        assert is_first(connection, "old", at=Micros(2))
        assert not is_first(connection, "new", at=Micros(2))
