from __future__ import annotations

from elders.messages import Message
from elders.tree.outbox import KEPT_SECONDS, Outbox, put
from foundation.clock import Micros
from foundation.database.database import Database
from tests.elders.conftest import Hands


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


def test_it_reads_for_its_own_senders_and_leaves_out_recipients(
    database: Database, clock: Hands
) -> None:
    fill(database, clock, "a")
    assert Outbox(database, ["task_sage"]).waiting() == []
    mine = Outbox(database, ["rag_sage"])
    assert len(mine.waiting()) == 1
    assert mine.waiting(skipped=["task_sage"]) == []
    assert len(mine.waiting(skipped=["knowledge_sage"])) == 1


def test_only_what_is_long_over_is_forgotten(database: Database, clock: Hands) -> None:
    fill(database, clock, "sent", "waits")
    outbox = Outbox(database)
    outbox.sent(outbox.waiting()[0][0], clock())
    outbox.forget(Micros(clock() + KEPT_SECONDS * 1_000_000))
    assert fill(database, clock, "sent") == [False]
    outbox.forget(Micros(clock() + KEPT_SECONDS * 1_000_000 + 1))
    assert [each.topic for _number, each in outbox.waiting()] == ["waits"]
    assert fill(database, clock, "sent", "waits") == [True, False]
