"""What members were told waits for people until it is settled."""

from __future__ import annotations

import pytest

from elders.guild.inbox import Inbox
from elders.levels import CLAUDE_ELDER, GRAND_ELDER
from elders.messages import Message
from elders.tree.cases import Cases
from elders.tree.outbox import KEPT_SECONDS
from elders.tree.reports import DIGEST
from foundation.database.database import Database
from foundation.errors import Forbidden, NotFound
from tests.elders.conftest import Hands


def letter(clock: Hands, key: str, topic: str = "alert", to: str = CLAUDE_ELDER) -> Message:
    return Message("incident_sage", to, topic, {"n": 1}, clock(), key=key)


def test_a_letter_is_kept_once_until_it_is_settled(database: Database, clock: Hands) -> None:
    inbox = Inbox(database, clock)
    for key in ("a", "b", "a"):
        inbox.put(letter(clock, key))
    assert [each.message.key for each in inbox.unsettled(CLAUDE_ELDER)] == ["a", "b"]
    assert inbox.unsettled(GRAND_ELDER) == []
    inbox.settle("a")
    assert [each.message.key for each in inbox.unsettled()] == ["b"]
    with pytest.raises(NotFound, match="'a'"):
        inbox.settle("a")
    inbox.put(letter(clock, "a"))
    assert [each.message.key for each in inbox.unsettled()] == ["b"]


def test_who_settles_a_matter_stops_its_rise(database: Database, clock: Hands) -> None:
    inbox, cases = Inbox(database, clock), Cases(database, clock)
    cases.open(letter(clock, "a"))
    inbox.put(letter(clock, "a"))
    inbox.put(letter(clock, "b"))
    assert [each.waits for each in inbox.unsettled()] == [True, False]
    with pytest.raises(Forbidden, match="claude_elder"):
        inbox.settle("a", by="rag_sage")
    inbox.settle("a")
    assert cases.waiting() == []
    clock.move(1_000)
    assert cases.rise_overdue() == []


def test_what_was_settled_long_ago_is_forgotten_and_so_are_old_digests(
    database: Database, clock: Hands
) -> None:
    inbox = Inbox(database, clock)
    for key, topic in (("done", "alert"), ("told", DIGEST), ("open", "alert")):
        inbox.put(letter(clock, key, topic))
    inbox.settle("done")
    clock.move(KEPT_SECONDS + 1)
    inbox.forget()
    assert [each.message.key for each in inbox.unsettled()] == ["open"]
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM guild_inbox").scalar() == 1
