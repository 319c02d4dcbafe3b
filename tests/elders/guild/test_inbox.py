"""What members were told waits for people until it is settled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from elders.guild.inbox import Inbox
from elders.incidents.learn import LEARNED
from elders.levels import CLAUDE_ELDER, GRAND_ELDER
from elders.messages import Message
from elders.store import open_store
from elders.tree.cases import Cases
from elders.tree.council import ASKED
from elders.tree.outbox import KEPT_SECONDS
from elders.tree.reports import CRITICAL, DIGEST
from elders.tree.tree import DECISION, REQUEST
from foundation.database.database import Database
from foundation.errors import Forbidden, NotFound
from tests.elders.conftest import Hands


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    on_postgresql = request.param == "postgresql"
    url = request.getfixturevalue("fresh_postgres_url") if on_postgresql else None
    with closing(open_store(tmp_path / "guild", url)) as opened:
        yield opened


def keys(inbox: Inbox, member: str | None = None) -> list[str]:
    return [each.message.key for each in inbox.unsettled(member).letters]


def letter(clock: Hands, key: str, topic: str = "alert", to: str = CLAUDE_ELDER) -> Message:
    return Message("incident_sage", to, topic, {"n": 1}, clock(), key=key)


def test_a_letter_is_kept_once_until_it_is_settled(database: Database, clock: Hands) -> None:
    inbox = Inbox(database, clock)
    for key in ("a", "b", "a"):
        inbox.put(letter(clock, key))
    assert keys(inbox, CLAUDE_ELDER) == ["b", "a"]
    assert keys(inbox, GRAND_ELDER) == []
    inbox.settle("a")
    assert keys(inbox) == ["b"]
    with pytest.raises(NotFound, match="'a'"):
        inbox.settle("a")
    inbox.put(letter(clock, "a"))
    assert keys(inbox) == ["b"]


def test_who_settles_a_matter_stops_its_rise(database: Database, clock: Hands) -> None:
    inbox, cases = Inbox(database, clock), Cases(database, clock)
    cases.open(letter(clock, "a"))
    inbox.put(letter(clock, "a"))
    inbox.put(letter(clock, "b"))
    found = inbox.unsettled().letters
    assert [(each.message.key, each.waits) for each in found] == [("a", True), ("b", False)]
    with pytest.raises(Forbidden, match="claude_elder"):
        inbox.settle("a", by="rag_sage")
    inbox.settle("a")
    assert cases.waiting() == []
    clock.move(1_000)
    assert cases.rise_overdue() == []


def test_what_is_urgent_comes_first_and_what_is_left_out_is_counted(
    database: Database, clock: Hands
) -> None:
    inbox, cases = Inbox(database, clock), Cases(database, clock)
    for key, topic in (
        ("rises", "alert"), ("critical", CRITICAL), ("request", REQUEST), ("decision", DECISION),
        ("opinion", ASKED), ("alert", "alert"), ("digest", DIGEST),
    ):  # fmt: skip
        inbox.put(letter(clock, key, topic))
    cases.open(letter(clock, "rises"))
    first = ["critical", "rises", "opinion", "decision", "request"]
    assert keys(inbox) == [*first, "digest", "alert"]
    found = inbox.unsettled(CLAUDE_ELDER, limit=5)
    assert [each.message.key for each in found.letters] == first
    assert found.left_out == 2
    assert inbox.unsettled(GRAND_ELDER).left_out == 0


def test_a_matter_is_urgent_for_the_member_with_whom_it_is_now(
    database: Database, clock: Hands
) -> None:
    inbox, cases = Inbox(database, clock), Cases(database, clock)
    cases.open(letter(clock, "a"))
    inbox.put(letter(clock, "a"))
    clock.move(1_000)
    (risen,) = cases.rise_overdue()
    inbox.put(risen.message)
    inbox.put(letter(clock, "b"))
    found = [(each.message.recipient, each.waits) for each in inbox.unsettled().letters]
    assert found == [(GRAND_ELDER, True), (CLAUDE_ELDER, False), (CLAUDE_ELDER, False)]


def test_what_only_tells_goes_by_itself_and_what_waits_for_an_answer_stays(
    database: Database, clock: Hands
) -> None:
    inbox, cases = Inbox(database, clock), Cases(database, clock)
    for key, topic in (
        ("settled", DECISION), ("alert", "alert"), ("digest", DIGEST), ("lesson", LEARNED),
        ("rises", "alert"), ("critical", CRITICAL), ("request", REQUEST), ("decision", DECISION),
        ("opinion", ASKED), ("unknown", "budget"),
    ):  # fmt: skip
        inbox.put(letter(clock, key, topic))
    cases.open(letter(clock, "rises"))
    inbox.settle("settled")
    clock.move(KEPT_SECONDS)
    inbox.forget()
    assert set(keys(inbox)) >= {"alert", "digest", "lesson"}
    clock.move(1)
    inbox.forget()
    stays = {"rises", "critical", "request", "decision", "opinion", "unknown"}
    assert set(keys(inbox)) == stays
    with database.read() as connection:
        left = connection.exec_driver_sql("SELECT count(*) FROM guild_inbox").scalar()
    assert left == len(stays)
    inbox.settle("rises")
    clock.move(KEPT_SECONDS + 1)
    inbox.forget()
    assert set(keys(inbox)) == stays - {"rises"}
