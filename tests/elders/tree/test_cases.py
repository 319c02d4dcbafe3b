from __future__ import annotations

from dataclasses import replace

import pytest

from elders.levels import CLAUDE_ELDER, GRAND_ELDER
from elders.messages import Message
from elders.tree.cases import Cases
from elders.tree.outbox import KEPT_SECONDS, Outbox
from foundation.clock import Micros
from foundation.database.database import Database
from foundation.errors import Conflict, Forbidden, InvalidInput, NotFound
from tests.elders.conftest import START, Hands

TASK = Message("task_sage", "servant.one", "task", {"n": 1}, Micros(START), key="k")


@pytest.fixture
def cases(database: Database, clock: Hands) -> Cases:
    return Cases(database, clock)


def to_send(database: Database) -> list[str]:
    return [message.recipient for _number, message in Outbox(database).waiting()]


def test_a_matter_that_nobody_takes_up_rises_to_the_top_and_waits_there(
    cases: Cases, database: Database, clock: Hands
) -> None:
    assert cases.rise(TASK, "beyond me")
    assert cases.rise_overdue() == []
    clock.move(300)
    assert [case.message.recipient for case in cases.rise_overdue()] == [CLAUDE_ELDER]
    clock.move(900)
    cases.rise_overdue()
    clock.move(10_000_000)
    assert cases.rise_overdue() == []
    assert [case.message.recipient for case in cases.waiting()] == [GRAND_ELDER]
    assert to_send(database) == ["task_sage", CLAUDE_ELDER, GRAND_ELDER]
    steps = cases.steps("k")
    assert [(step.at - START * 1_000_000) / 1e6 for step in steps] == [0, 300, 1200]
    assert [step.reason for step in steps] == [
        "beyond me",
        "task_sage did not acknowledge it within 300 s",
        "claude_elder did not acknowledge it within 900 s",
    ]


def test_an_acknowledgement_stops_it(cases: Cases, database: Database, clock: Hands) -> None:
    cases.rise(TASK, "beyond me")
    case = cases.acknowledge("k", "task_sage")
    clock.move(10_000)
    assert cases.acknowledge("k", CLAUDE_ELDER) == case
    assert (case.acknowledged_by, case.acknowledged_at) == ("task_sage", START * 1_000_000)
    assert cases.rise_overdue() == cases.waiting() == []
    assert cases.rise(case.message, "after all") is None
    assert to_send(database) == ["task_sage"]


def test_only_its_holder_or_somebody_higher_takes_a_matter_up(cases: Cases) -> None:
    cases.rise(TASK, "beyond me")
    for name in ("servant.one", "rag_sage"):
        with pytest.raises(Forbidden, match=f"is with task_sage: it is not for {name}"):
            cases.acknowledge("k", name)
    with pytest.raises(InvalidInput):
        cases.acknowledge("k", "nobody")
    with pytest.raises(NotFound, match="'other'"):
        cases.acknowledge("other", "task_sage")
    assert cases.acknowledge("k", GRAND_ELDER).acknowledged_by == GRAND_ELDER


def test_a_redelivered_message_does_not_rise_twice(cases: Cases, database: Database) -> None:
    first = cases.rise(TASK, "beyond me")
    assert first
    assert cases.rise(TASK, "beyond me") is None
    cases.rise(first.message, "beyond me too", critical=True)
    assert cases.rise(first.message, "beyond me too") is None
    assert to_send(database) == ["task_sage", GRAND_ELDER]
    assert len(cases.steps("k")) == 2


def test_what_was_opened_rises_if_nobody_takes_it_up(
    cases: Cases, database: Database, clock: Hands
) -> None:
    request = Message(GRAND_ELDER, CLAUDE_ELDER, "request", {}, Micros(START), key="r")
    assert cases.open(request)
    assert not cases.open(request)
    clock.move(900)
    assert len(cases.rise_overdue()) == 1
    assert to_send(database) == [CLAUDE_ELDER, GRAND_ELDER]


def test_a_matter_that_can_not_rise_does_not_hold_up_the_others(
    cases: Cases, database: Database, clock: Hands
) -> None:
    been = cases.rise(TASK, "beyond me", critical=True)
    assert been
    again = Message(
        CLAUDE_ELDER,
        "rag_sage",
        "task",
        {},
        Micros(START),
        key="round",
        history=been.message.history,
    )
    cases.open(again)
    cases.rise(Message("task_sage", "servant.two", "task", {}, Micros(START), key="other"), "no")
    clock.move(300)
    assert [case.message.key for case in cases.rise_overdue()] == ["other"]
    assert cases.rise_overdue() == []
    assert {case.message.key for case in cases.waiting()} == {"k", "round", "other"}


def test_at_the_top_it_is_told_that_nobody_is_above(cases: Cases) -> None:
    case = cases.rise(TASK, "beyond me", critical=True)
    assert case
    with pytest.raises(Conflict, match="nobody is above"):
        cases.rise(case.message, "beyond me too")


def test_what_was_taken_up_long_ago_is_forgotten_with_its_steps(cases: Cases, clock: Hands) -> None:
    for key in ("done", "open"):
        cases.rise(replace(TASK, key=key), "beyond me")
    cases.acknowledge("done", CLAUDE_ELDER)
    clock.move(KEPT_SECONDS)
    cases.forget()
    assert len(cases.steps("done")) == 1
    clock.move(1)
    cases.forget()
    assert (len(cases.steps("done")), len(cases.steps("open"))) == (0, 1)
    with pytest.raises(NotFound):
        cases.acknowledge("done", CLAUDE_ELDER)
    assert [case.message.key for case in cases.waiting()] == ["open"]
