"""What people read and decide of the guild, from the command line."""

from __future__ import annotations

from pathlib import Path

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
    assert told == [
        {
            "key": "a", "member": "claude_elder", "topic": "alert", "sender": "incident_sage",
            "arrived": told[0]["arrived"], "waits": False, "body": {"n": 1},
        }
    ]  # fmt: skip
    assert "rag_sage" in elders("guild", "inbox").out
    assert elders("guild", "settle", "a", "b", "--json").json == {"settled": ["a", "b"]}
    assert elders("guild", "inbox", "--json").json == []
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
    refused = elders("guild", "decide", "strategy", "Grow.")
    assert refused.status != 0
    assert "lacks opinions" in refused.err
