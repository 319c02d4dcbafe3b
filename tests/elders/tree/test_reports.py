from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from elders.levels import CLAUDE_ELDER, GRAND_ELDER, Level, Sage
from elders.messages import Message
from elders.tree.outbox import Outbox
from elders.tree.reports import Report, Reports, Weight
from foundation.database.database import Database
from foundation.errors import InvalidInput
from tests.elders.conftest import START, Hands

MINUTE = 60


@pytest.fixture
def reports(database: Database, clock: Hands) -> Reports:
    return Reports(database, clock, superiors={"servant.scribe": Sage.KNOWLEDGE})


def outgoing(database: Database) -> list[Message]:
    return [message for _number, message in Outbox(database).waiting()]


@pytest.mark.parametrize(
    ("sender", "recipient", "minutes"),
    [
        ("servant.one", "task_sage", 15),
        ("servant.scribe", "knowledge_sage", 15),
        ("rag_sage", CLAUDE_ELDER, 60),
        (CLAUDE_ELDER, GRAND_ELDER, 360),
        (GRAND_ELDER, GRAND_ELDER, 1440),
    ],
)
def test_each_level_tells_those_above_once_a_period(
    reports: Reports, database: Database, clock: Hands, sender: str, recipient: str, minutes: int
) -> None:
    reports.file(Report(sender, "task.done", "one"))
    clock.move(minutes * MINUTE - 1)
    reports.file(Report(sender, "task.done", "two"))
    assert reports.tell_due() == []
    clock.move(1)
    reports.file(Report(sender, "task.done", "in the next period"))
    (key,) = reports.tell_due()
    assert reports.tell_due() == []
    (digest,) = outgoing(database)
    assert (digest.sender, digest.recipient, digest.key) == (sender, recipient, key)
    assert (digest.body["total"], digest.body["until"]) == (2, clock.now)


def test_a_digest_counts_by_kind_with_the_first_and_the_last(
    reports: Reports, database: Database, clock: Hands
) -> None:
    for number in range(5):
        reports.file(Report("rag_sage", "search.slow", f"slow {number}"))
        clock.move(1)
    reports.file(Report("rag_sage", "index.built", "x" * 9_000))
    clock.move(3600)
    reports.tell_due()
    (digest,) = outgoing(database)
    slow = digest.body["kinds"]["search.slow"]
    assert slow["count"] == 5
    assert slow["first"] == {"at": START * 1_000_000, "text": "slow 0"}
    assert slow["last"] == {"at": (START + 4) * 1_000_000, "text": "slow 4"}
    assert digest.body["kinds"]["index.built"]["last"]["text"] == "x" * 500


def test_critical_ones_are_told_at_once_and_not_again(
    reports: Reports, database: Database, clock: Hands
) -> None:
    report = Report("incident_sage", "disk.full", "no room", Weight.CRITICAL)
    assert reports.file(report)
    assert not reports.file(report)
    (told,) = outgoing(database)
    assert (told.topic, told.recipient, told.body["text"]) == (
        "report.critical", CLAUDE_ELDER, "no room",
    )  # fmt: skip
    clock.move(3600)
    assert reports.tell_due() == []


def test_a_report_filed_twice_is_one(reports: Reports, database: Database, clock: Hands) -> None:
    report = Report("rag_sage", "index.built", "built")
    assert [reports.file(report), reports.file(report)] == [True, False]
    clock.move(3600)
    reports.tell_due()
    assert not reports.file(report)
    assert outgoing(database)[0].body["total"] == 1


def test_processes_that_share_the_store_tell_each_report_once(
    database: Database, clock: Hands
) -> None:
    several = [Reports(database, clock) for _ in range(4)]

    def work(mine: Reports) -> None:
        for number in range(25):
            mine.file(Report("servant.one", "task.done", str(number)))
            clock.move(60)
            mine.tell_due()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, several))
    clock.move(900)
    several[0].tell_due()
    digests = outgoing(database)
    assert sum(digest.body["total"] for digest in digests) == 100
    assert len({digest.key for digest in digests}) == len(digests)
    assert several[0].waiting(Level.SERVANT) == 0


def test_what_comes_late_for_a_digest_is_in_the_next_one(
    reports: Reports, database: Database, clock: Hands
) -> None:
    reports.file(Report("servant.one", "task.done", "in time"))
    clock.move(900)
    reports.tell_due()
    clock.move(-1)
    reports.file(Report("servant.one", "task.done", "by a clock that is slow"))
    clock.move(1)
    assert reports.tell_due() == []
    clock.move(900)
    assert len(reports.tell_due()) == 1
    assert [digest.body["total"] for digest in outgoing(database)] == [1, 1]


def test_what_was_told_long_ago_is_forgotten_and_nothing_else(
    reports: Reports, database: Database, clock: Hands
) -> None:
    told = Report("servant.one", "task.done", "told")
    reports.file(told)
    clock.move(900)
    reports.tell_due()
    reports.file(Report("servant.one", "task.done", "waits"))
    clock.move(31 * 86_400)
    reports.forget()
    assert reports.waiting(Level.SERVANT) == 1
    assert reports.file(told)


def test_a_digest_of_very_many_kinds_tells_the_frequent_ones_and_counts_the_rest(
    reports: Reports, database: Database, clock: Hands
) -> None:
    for number in range(203):
        reports.file(Report("rag_sage", f"kind.{number:03}", "x"))
    reports.file(Report("rag_sage", "kind.202", "x"))
    clock.move(3600)
    reports.tell_due()
    (digest,) = outgoing(database)
    assert (digest.body["total"], digest.body["others"]) == (204, 3)
    assert digest.body["kinds"]["kind.202"]["count"] == 2
    assert len(digest.body["kinds"]) == 200


@pytest.mark.parametrize(("kind", "text"), [("", "x"), ("k" * 101, "x"), ("k", "x" * 100_001)])
def test_what_is_too_long_is_told(reports: Reports, kind: str, text: str) -> None:
    with pytest.raises(InvalidInput, match="1 to 100 characters"):
        reports.file(Report("rag_sage", kind, text))


def test_strangers_report_nothing(reports: Reports) -> None:
    with pytest.raises(InvalidInput, match="no member"):
        reports.file(Report("nobody", "x", "y"))
