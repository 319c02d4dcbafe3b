"""Effects that happen once, however often their message comes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from elders.tree.handled import Handled, is_first
from elders.tree.outbox import KEPT_SECONDS
from foundation.clock import Micros
from foundation.database.database import Database
from tests.elders.conftest import Hands


def test_of_many_at_once_one_is_the_first(database: Database) -> None:
    def act(key: str) -> bool:
        with database.write() as connection:
            return is_first(connection, "rag_sage", key, at=Micros(1))

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(act, ["a", "b"] * 20)) == [*[False] * 38, True, True]


def test_an_effect_that_failed_may_be_had_again(database: Database) -> None:
    def act(statement: str) -> bool:
        with database.write() as connection:
            first = is_first(connection, "rag_sage", "a", at=Micros(1))
            connection.execute(text(statement))
            return first

    with pytest.raises(Exception, match="nothing_there"):
        act("SELECT * FROM nothing_there")
    assert act("SELECT 1")
    assert not act("SELECT 1")


def test_what_was_handled_is_known_for_each_recipient(database: Database, clock: Hands) -> None:
    handled = Handled(database)
    for _ in range(2):
        handled.add("rag_sage", "k", clock())
    assert (handled.has("rag_sage", "k"), handled.has("task_sage", "k")) == (True, False)
    assert handled.count(clock()) == 1


def test_only_what_is_long_over_is_forgotten(database: Database, clock: Hands) -> None:
    handled = Handled(database)
    handled.add("rag_sage", "k", clock())
    handled.forget(Micros(clock() + KEPT_SECONDS * 1_000_000))
    assert handled.has("rag_sage", "k")
    handled.forget(Micros(clock() + KEPT_SECONDS * 1_000_000 + 1))
    assert not handled.has("rag_sage", "k")
