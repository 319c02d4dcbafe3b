from __future__ import annotations

from elders.messages import Message
from elders.tree.outbox import KEPT_SECONDS, Handled, Outbox, put
from foundation.clock import Micros
from foundation.database.database import Database
from tests.elders.tree.conftest import Hands


def fill(database: Database, clock: Hands, *dedup: str) -> list[bool]:
    with database.write() as connection:
        return [
            put(connection, Message("rag_sage", "task_sage", each, {}, clock()), each)
            for each in dedup
        ]


def test_what_is_put_in_leaves_in_order_and_once(database: Database, clock: Hands) -> None:
    assert fill(database, clock, "a", "b", "a") == [True, True, False]
    outbox = Outbox(database)
    (first, message), _second = outbox.waiting()
    outbox.sent(first, clock())
    assert message.topic == "a"
    assert [each.topic for _number, each in outbox.waiting()] == ["b"]
    assert fill(database, clock, "a") == [False]


def test_what_is_refused_for_good_is_kept_aside(database: Database, clock: Hands) -> None:
    fill(database, clock, "a", "b")
    outbox = Outbox(database)
    outbox.refuse(outbox.waiting()[0][0], "too large")
    assert [each.topic for _number, each in outbox.waiting()] == ["b"]
    assert [(message.topic, reason) for message, reason in outbox.refused()] == [("a", "too large")]


def test_what_was_handled_is_known_for_each_recipient(database: Database, clock: Hands) -> None:
    handled = Handled(database)
    for _ in range(2):
        handled.add("rag_sage", "k", clock())
    assert (handled.has("rag_sage", "k"), handled.has("task_sage", "k")) == (True, False)


def test_only_what_is_long_over_is_forgotten(database: Database, clock: Hands) -> None:
    fill(database, clock, "sent", "waits")
    outbox, handled = Outbox(database), Handled(database)
    outbox.sent(outbox.waiting()[0][0], clock())
    handled.add("rag_sage", "k", clock())
    outbox.forget(Micros(clock() + KEPT_SECONDS * 1_000_000))
    assert handled.has("rag_sage", "k")
    outbox.forget(Micros(clock() + KEPT_SECONDS * 1_000_000 + 1))
    assert not handled.has("rag_sage", "k")
    assert [each.topic for _number, each in outbox.waiting()] == ["waits"]
    assert fill(database, clock, "sent", "waits") == [True, False]
