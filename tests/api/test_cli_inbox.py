"""What people read and decide of the guild, from the command line."""

from __future__ import annotations

import shlex
from contextlib import closing
from pathlib import Path

import pytest

from elders.guild.inbox import Inbox
from elders.messages import Message
from elders.store import open_store
from elders.tree.outbox import Outbox
from foundation.clock import system_clock
from tests.api.doors import Elders


def test_the_inbox_lists_what_waits_until_it_is_settled(elders: Elders, home: Path) -> None:
    at = system_clock()
    store = open_store(home / "guild")
    for key, member in (("a", "claude_elder"), ("b", "rag_sage")):
        message = Message("incident_sage", member, "alert", {"n": 1}, at, key=key)
        Inbox(store, system_clock).put(message)
    store.close()
    told = elders("guild", "inbox", "--member", "claude-elder", "--json").json
    (row,) = told["inbox"]
    assert told["left_out"] == 0
    assert row == {
        "key": "a", "member": "claude_elder", "topic": "alert", "sender": "incident_sage",
        "arrived": row["arrived"], "waits": False, "body": {"n": 1}, "answer": None,
    }  # fmt: skip
    assert "rag_sage" in elders("guild", "inbox").out
    short = elders("guild", "inbox", "--limit", "1").out
    assert "rag_sage" in short
    assert "claude_elder" not in short
    assert "1 more" in short
    assert elders("guild", "settle", "a", "b", "--json").json == {"settled": ["a", "b"]}
    assert elders("guild", "inbox", "--json").json == {"inbox": [], "left_out": 0}
    again = elders("guild", "settle", "a")
    assert again.status != 0
    assert "'a'" in again.err


def test_a_decision_waits_for_the_elders_process_or_is_refused(elders: Elders, home: Path) -> None:
    asked = ("guild", "decide", "operation", "Wait.", "--by", "claude-elder", "--to", "task")
    told = elders(*asked, "--json").json
    assert told["recipients"] == ["task_sage"]
    store = open_store(home / "guild")
    ((_, message),) = Outbox(store, ["claude_elder"]).waiting()
    store.close()
    assert (message.key, message.recipient) == (told["key"], "task_sage")
    assert message.body["text"] == "Wait."
    assert message.body["opinions"] == []


DECIDE = ("guild", "decide", "capacity", "Run ten workers; it's needed.")


def test_a_decision_without_opinions_is_refused_with_the_commands_that_give_them(
    elders: Elders, home: Path
) -> None:
    for lacking in (2, 1):
        refused = elders(*DECIDE, "--to", "claude-elder")
        assert refused.status != 0
        commands = [line for line in refused.err.splitlines() if line.startswith("elders guild ")]
        assert len(commands) == lacking
        answer = elders(*shlex.split(commands[0])[1:], "--object", "--reason", "no", "--json")
        assert answer.json["approves"] is False
        assert len(answer.json["lacking"]) == lacking - 1
    made = elders(*DECIDE, "--json").json
    assert made["asked"] == []
    with closing(open_store(home / "guild")) as store:
        ((_, message),) = Outbox(store).waiting()
    assert (message.key, message.recipient) == (made["key"], "claude_elder")
    told = [(each["sage"], each["approves"], each["reason"]) for each in message.body["opinions"]]
    assert sorted(told) == [("incident_sage", False, "no"), ("task_sage", False, "no")]


def test_opinions_are_asked_for_and_the_inbox_tells_how_to_answer(
    elders: Elders, home: Path
) -> None:
    made = elders(*DECIDE, "--ask", "--json").json
    assert (made["key"], made["asked"]) == (None, ["incident_sage", "task_sage"])
    again = elders(*DECIDE, "--ask")  # nobody is asked twice: it says what to do
    assert (again.status, "elders guild opine task" in again.err) == (1, True)
    with closing(open_store(home / "guild")) as store:
        sent = [message for _, message in Outbox(store, ["claude_elder"]).waiting()]
        assert [each.recipient for each in sent] == made["asked"]
        for each in sent:  # as the Sages' seats do
            Inbox(store, system_clock).put(each)
    rows = elders("guild", "inbox", "--json").json["inbox"]
    assert {row["topic"] for row in rows} == {"opinion.asked"}
    assert rows[0]["answer"] in elders("guild", "inbox").out
    for row in rows:
        command = shlex.split(row["answer"])[1:]
        assert elders(*command, "--approve", "--reason", "yes").status == 0
    assert elders("guild", "inbox", "--json").json["inbox"] == []
    assert elders(*DECIDE, "--ask", "--json").json["key"] is not None


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (("claude-elder", "capacity", "Grow."), "claude_elder has no opinions"),
        (("tailor", "capacity", "Grow."), "'tailor' is no member"),
        (("task", "whim", "Grow."), "'whim' is no kind of decision"),
    ],
)
def test_what_is_no_opinion_of_a_sage_is_refused(
    elders: Elders, asked: tuple[str, ...], reason: str
) -> None:
    answer = elders("guild", "opine", *asked, "--approve", "--reason", "yes")
    assert answer.status == 2
    assert reason in answer.err
