"""The guild's commands: what they refuse, and what they tell."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from elders.guild.members import MEMBERS, Presences
from elders.guild.settings import GuildSettings
from elders.store import open_store
from elders.transports.key_files import read_keys
from foundation.clock import system_clock
from foundation.settings import PREFIX
from tests.api.doors import Elders

SENDERS = {*MEMBERS.values(), "servant.alerts", "servant.health"}
PAGE = Path(__file__).parents[2] / "docs" / "guild.md"
ROW = re.compile(r"^\| `(ELDERS_GUILD_[A-Z_]+)` \| (?:`([^`]*)`)? ?\|", re.MULTILINE)


def test_the_table_of_settings_is_complete_and_names_the_defaults() -> None:
    defaults = {
        PREFIX + name.upper(): "" if field.default is None else str(field.default)
        for name, field in GuildSettings.model_fields.items()
        if name.startswith("guild_")
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
