"""What the guild suggests to improve, and the elder's yes to it, from the command line."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from elders.guild.inbox import Inbox
from elders.improving.model import Risk, Suggestion
from elders.improving.records import Improvements
from elders.improving.wording import APPROVED, SUGGESTED, read_suggestion, write_suggestion
from elders.messages import Message
from elders.store import open_store
from elders.tree.outbox import Outbox
from foundation.clock import system_clock
from foundation.database.database import Database
from tests.api.doors import Elders

SUGGESTION = Suggestion(
    "empty the cache", "platform.cache", 1.0, "host.memory", 0.05, Risk.HIGH, 0.6,
    "host.memory is 95 in the middle",
)  # fmt: skip


@pytest.fixture
def store(home: Path) -> Iterator[Database]:
    with closing(open_store(home / "guild")) as opened:
        yield opened


def suggested(store: Database, key: str, suggestion: Suggestion = SUGGESTION) -> None:
    """Put it where the claude elder's seat does."""
    body = write_suggestion(suggestion)
    message = Message("incident_sage", "claude_elder", SUGGESTED, body, system_clock(), key=key)
    Inbox(store, system_clock).put(message)


def test_a_suggestion_waits_in_the_inbox_with_the_command_that_has_it_tried(
    elders: Elders, store: Database
) -> None:
    suggested(store, "improve:a:1")
    (row,) = elders("guild", "inbox", "--json").json["inbox"]
    assert row["answer"] == "elders guild approve improve:a:1"
    assert f"have it tried, or settle it:\n{row['answer']}" in elders("guild", "inbox").out
    assert elders(*shlex.split(row["answer"])[1:], "--json").json == {"id": "improve:a:1"}
    ((_, message),) = Outbox(store, ["claude_elder"]).waiting()
    assert (message.topic, message.recipient) == (APPROVED, "incident_sage")
    assert read_suggestion(message.body) == SUGGESTION
    assert elders("guild", "inbox", "--json").json["inbox"] == []


def test_the_newest_suggestion_of_each_kind_is_listed_and_its_yes_settles_the_kind(
    elders: Elders, store: Database
) -> None:
    suggested(store, "improve:a:1")
    suggested(store, "improve:a:2", replace(SUGGESTION, value=2.0))
    suggested(store, "improve:b:1", replace(SUGGESTION, kind="more workers", knob="task.workers"))
    rows = elders("guild", "suggestions", "--json").json["suggestions"]
    assert [(each["id"], each["value"]) for each in rows] == [
        ("improve:b:1", 1.0), ("improve:a:2", 2.0),
    ]  # fmt: skip
    assert "host.memory is 95" in elders("guild", "suggestions").out
    old = elders("guild", "approve", "improve:a:1")
    assert (old.status, "elders guild suggestions" in old.err) == (1, True)
    assert elders("guild", "approve", "improve:a:2").status == 0
    rows = elders("guild", "suggestions", "--json").json["suggestions"]
    assert [each["id"] for each in rows] == ["improve:b:1"]


def test_a_knob_of_which_a_trial_goes_on_is_not_approved_once_more(
    elders: Elders, store: Database
) -> None:
    suggested(store, "improve:a:1")
    Improvements(store, system_clock).begin(SUGGESTION, before=0.0)
    answer = elders("guild", "approve", "improve:a:1")
    assert answer.status == 1
    assert "a trial of platform.cache goes on" in answer.err
    assert len(elders("guild", "suggestions", "--json").json["suggestions"]) == 1
    assert Outbox(store).waiting() == []
