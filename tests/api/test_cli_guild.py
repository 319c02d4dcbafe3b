"""The guild's commands: what they refuse, and what they tell."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from elders.alerts.silences import Silences
from elders.alerts.sinks.tree import SERVANT
from elders.alerts.tables import put_notice
from elders.guild.members import MEMBERS, Presences
from elders.guild.settings import GuildSettings
from elders.incidents.acting import Acting
from elders.incidents.actions import MoreWorkers
from elders.incidents.books import Books, Incident, Incidents
from elders.incidents.model import Finding
from elders.incidents.records import Taken
from elders.incidents.rules import (
    DEFAULTS,
    LEARNED,
    Kind,
    Rule,
    Rulebook,
    read_rules,
    write_rules,
)
from elders.incidents.sage import ADOPT, JUDGE, REVERT, UNDO
from elders.messages import Message
from elders.severity import Severity
from elders.store import open_store
from elders.transports.key_files import read_keys
from elders.transports.memory import MemoryTransport
from elders.tree.outbox import Outbox
from elders.tree.tree import ElderTree
from foundation.clock import Micros, system_clock
from foundation.database.database import Database
from foundation.settings import PREFIX
from tests.api.doors import Elders
from tests.elders.alerts.conftest import notice

SENDERS = {*MEMBERS.values(), "servant.alerts", "servant.health"}
STANDARD = write_rules(DEFAULTS)
START = Micros(1_760_000_000_000_000)
PAGE = Path(__file__).parents[2] / "docs" / "guild.md"
ROW = re.compile(r"^\| `(ELDERS_[A-Z_]+)` \| (?:`([^`]*)`)? ?\|", re.MULTILINE)


def test_the_table_of_settings_is_complete_and_names_the_defaults() -> None:
    defaults = {
        PREFIX + name.upper(): "" if field.default is None else str(field.default)
        for name, field in GuildSettings.model_fields.items()
        if name != "secrets_dir"
    }
    assert dict(ROW.findall(PAGE.read_text())) == defaults


def test_one_member_alone_needs_a_broker(elders: Elders) -> None:
    answer = elders("guild", "run", "--sage", "task")
    assert answer.status == 2
    assert "ELDERS_BUS_URL" in answer.err


def test_a_member_that_nobody_knows_is_named(elders: Elders) -> None:
    answer = elders("guild", "run", "--sage", "tailor")
    assert answer.status == 2
    assert "tailor" in answer.err
    assert "knowledge, rag, task, incident" in answer.err


def test_a_wrong_setting_is_named_and_its_value_is_not_told(
    elders: Elders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELDERS_GUILD_CYCLE_SECONDS", "soon")
    answer = elders("guild", "run")
    assert answer.status == 2
    assert "ELDERS_GUILD_CYCLE_SECONDS" in answer.err
    assert "soon" not in answer.err


def test_rules_of_alerts_that_are_not_there_are_told_before_anything_runs(
    elders: Elders, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ELDERS_GUILD_ALERT_RULES", str(tmp_path / "alerts.toml"))
    answer = elders("guild", "run")
    assert answer.status == 1
    assert "alerts.toml" in answer.err
    assert answer.out == ""


def test_status_tells_who_is_there_and_who_is_missing(elders: Elders, home: Path) -> None:
    store = open_store(home / "guild")
    Presences(store, system_clock).beat("task_sage", "here:1", beat_seconds=10)
    store.close()
    told = elders("guild", "status", "--json").json
    assert [(each["member"], each["there"]) for each in told["members"]] == [("task_sage", True)]
    assert set(told["missing"]) == set(MEMBERS.values()) - {"task_sage"}
    assert (told["unsent"], told["cycle"]) == (0, None)
    assert "missing: " in elders("guild", "status").out


def test_keys_are_drawn_once(elders: Elders, home: Path) -> None:
    told = elders("guild", "keys", "--together", "--json").json
    folder = home / "guild" / "keys"
    assert set(told["files"]) == {
        "keys.json", "guild.signing.json", *(f"{each}.signing.json" for each in SENDERS)
    }  # fmt: skip
    keys = read_keys(folder / "keys.json", folder / "guild.signing.json")
    assert set(keys.signing) == set(keys.senders) == SENDERS
    again = elders("guild", "keys")
    assert again.status == 2
    assert "not replaced" in again.err


@pytest.fixture
def store(home: Path) -> Iterator[Database]:
    with closing(open_store(home / "guild")) as opened:
        yield opened


def test_alerts_are_listed_and_acknowledged(elders: Elders, store: Database) -> None:
    told = notice(composite="c1", at=system_clock())
    with store.write() as connection:
        put_notice(connection, told, "latency", [], told.at)
    tree = ElderTree(MemoryTransport(clock=system_clock), store)
    own = Message(SERVANT, "incident_sage", "alert", {}, system_clock(), key="alert:c1:1:x")
    asyncio.run(tree.escalate(own, "critical alert", critical=True))
    (row,) = elders("guild", "alerts", "--json").json["alerts"]
    assert (row["id"], row["title"], row["response"]) == ("c1", told.title, None)
    said = elders("guild", "alerts", "--acknowledge", "c1", "--json").json
    assert said == {"id": "c1", "response": "acknowledged", "taken_up": 1}
    assert asyncio.run(tree.waiting()) == []
    assert "acknowledged" in elders("guild", "alerts").out
    assert elders("guild", "alerts", "--acted", "c1", "--json").json["response"] == "acted"
    assert elders("guild", "alerts", "--acted", "c9").status == 1


def test_incidents_are_listed_judged_undone_and_rules_reverted(
    elders: Elders, store: Database
) -> None:
    finding = Finding("circuit", Severity.HIGH, {}, START, 2.0, 0.0, 0.0, 1.0, "redis fails")
    Incidents(store).put(Incident("incident-1", START, None, [finding], None, {}))
    Books(store, system_clock).active()

    async def acted() -> None:
        async def report(taken: Taken) -> None:
            assert taken.number == 1

        transport = MemoryTransport(clock=system_clock)
        acting = Acting(
            [MoreWorkers(transport, system_clock)], store, clock=system_clock, report=report
        )
        await acting.take("workers", "requests are shed")
        await transport.close()

    asyncio.run(acted())
    found = elders("guild", "incidents", "--json").json
    assert [each["what"] for each in found["incidents"]] == ["redis fails"]
    assert [each["name"] for each in found["actions"]] == ["workers"]
    assert [each["version"] for each in found["rules"]] == [1]
    assert "requests are shed" in elders("guild", "incidents").out
    assert elders("guild", "judge", "incident-1", "--false", "--json").json["real"] is False
    assert elders("guild", "undo", "1", "--reason", "planned").status == 0
    assert elders("guild", "revert", "1").status == 0
    sent = [message for _, message in Outbox(store).waiting()]
    assert [(each.topic, dict(each.body)) for each in sent] == [
        (JUDGE, {"id": "incident-1", "real": False}),
        (UNDO, {"number": 1, "reason": "planned"}),
        (REVERT, {"version": 1}),
    ]
    assert {(each.sender, each.recipient) for each in sent} == {("claude_elder", "incident_sage")}


def test_silences_are_set_listed_and_ended(elders: Elders, store: Database) -> None:
    asked = ("guild", "silence", 'service="db"', 'severity!="low"', "--why", "upgrade")
    made = elders(*asked, "--seconds", "60", "--json").json
    (kept,) = Silences(store, system_clock).all()
    assert (kept.id, kept.until - kept.since, kept.reason) == (made["id"], 60_000_000, "upgrade")
    assert made["conditions"] == ['service="db"', 'severity!="low"']
    assert elders("guild", "silences", "--json").json == {"silences": [made]}
    assert "upgrade" in elders("guild", "silences").out
    assert elders("guild", "unsilence", made["id"], "--json").json == {"id": made["id"]}
    assert elders("guild", "silences", "--json").json == {"silences": []}
    assert elders("guild", "silence", "nonsense", "--why", "x").status == 2
    assert elders("guild", "silence", 'service="db"').status == 2


@pytest.mark.parametrize(
    "asked",
    [("judge", "incident-9", "--real"), ("undo", "9"), ("revert", "9"), ("unsilence", "9")],
)
def test_what_is_not_there_is_refused_at_once(elders: Elders, asked: tuple[str, ...]) -> None:
    answer = elders("guild", *asked)
    assert answer.status == 1
    assert "there is no" in answer.err


def test_rules_are_listed_adopted_and_brought_up_to_date(
    elders: Elders, store: Database, tmp_path: Path
) -> None:
    listed = elders("guild", "rules", "--json").json
    assert (listed["version"], listed["rules"]) == (1, json.loads(json.dumps(STANDARD)))
    assert "disk is full" in elders("guild", "rules").out
    file = tmp_path / "rules.json"
    listed["rules"][2]["threshold"] = 80
    file.write_text(json.dumps(listed))
    adopted = elders("guild", "rules", "--adopt", str(file), "--reason", "small disks", "--json")
    assert adopted.json == {"rules": len(STANDARD)}
    learned = Rule(f"{LEARNED}x", "app.behind", Kind.ABOVE, 3, Severity.LOW)
    Books(store, system_clock).adopt(Rulebook((learned,)), "learned of an incident")
    assert elders("guild", "rules", "--defaults").status == 0
    first, second = [message for _, message in Outbox(store).waiting()]
    assert (first.topic, first.body["reason"]) == (ADOPT, "small disks")
    assert read_rules(first.body["rules"]).rules[2].threshold == 80
    assert read_rules(second.body["rules"]) == DEFAULTS.with_rule(learned)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[", "no JSON"), ("7", "no list of rules"), ('{"rules": [1]}', "no list of rules"),
        ('[{"name": "a"}]', "kind"), (json.dumps([{**STANDARD[0], "action": "dance"}]), "dance"),
        (json.dumps(STANDARD[:1] * 2), "one name"), (" " * 600_000, "bytes"),
    ],
)  # fmt: skip
def test_what_is_no_book_of_rules_is_refused(
    elders: Elders, tmp_path: Path, text: str, told: str
) -> None:
    file = tmp_path / "rules.json"
    file.write_text(text)
    answer = elders("guild", "rules", "--adopt", str(file))
    assert (answer.status, told in answer.err) == (2, True), answer.err
    assert elders("guild", "rules", "--adopt", str(file), "--defaults").status == 2
    assert "no-such" in elders("guild", "rules", "--adopt", str(tmp_path / "no-such")).err


def test_the_learning_cycle_says_where_its_data_should_be(
    elders: Elders, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("ELDERS_DATA", raising=False)
    unset = elders("learn", "cycle")
    assert unset.status == 2
    assert "ELDERS_DATA" in unset.err
    empty = elders("learn", "cycle", "--data", str(tmp_path), "--json")
    assert empty.status == 1
    assert "loghub-dev" in empty.err
    assert json.dumps(str(tmp_path))[1:-1] in empty.err
