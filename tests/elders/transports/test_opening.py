"""Settings, key files, and the transport that they make."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from elders.guild.settings import database_url
from elders.store import open_store
from elders.transports.key_files import draw_keys, read_keys
from elders.transports.memory import MemoryTransport
from elders.transports.opening import open_transport
from elders.transports.rabbitmq import RabbitTransport
from elders.transports.sealed import SealedTransport
from elders.transports.settings import BusSettings, load_bus_settings
from foundation.clock import system_clock
from foundation.database.database import Database
from foundation.errors import InvalidInput, Unavailable
from foundation.settings import PREFIX, Settings
from tests.elders.transports.buses import Inbox, eventually, message, run

PAGE = Path(__file__).parents[3] / "docs" / "messages.md"
ROW = re.compile(r"^\| `(ELDERS_[A-Z_]+)` \| (?:`([^`]*)`)? ?\|", re.MULTILINE)


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("ELDERS_BUS_"):
            monkeypatch.delenv(name)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    with closing(open_store(tmp_path / "guild")) as found:
        yield found


def test_by_default_messages_stay_within_the_process(store: Database) -> None:
    assert isinstance(
        open_transport(load_bus_settings(), store, clock=system_clock), MemoryTransport
    )


def test_a_broker_and_keys_are_used_where_they_are_set(store: Database, tmp_path: Path) -> None:
    draw_keys(tmp_path / "keys", ["claude_elder", "task_sage"], key_id="2026-01")
    plain = load_bus_settings(bus_url="amqp://broker.invalid")
    assert isinstance(open_transport(plain, store, clock=system_clock), RabbitTransport)
    sealed = load_bus_settings(
        bus_keys_file=tmp_path / "keys" / "keys.json",
        bus_signing_file=tmp_path / "keys" / "claude_elder.signing.json",
    )
    keys = read_keys(tmp_path / "keys" / "keys.json")
    assert (list(keys.encryption), set(keys.senders)) == (
        ["2026-01"],
        {"claude_elder", "task_sage"},
    )
    assert keys.signing == {}
    bus = open_transport(sealed, store, clock=system_clock)
    assert isinstance(bus, SealedTransport)

    async def work() -> None:
        inbox = Inbox()
        await bus.listen("task_sage", inbox)
        await bus.send(message("a secret"))
        await eventually(lambda: inbox.topics == ["a secret"])
        await bus.close()

    run(work())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BUS_PREFIX", "two words"),
        ("BUS_BATCH_SECONDS", "-1"),
        ("BUS_CAPACITY", "0"),
        ("BUS_SIGNING_FILE", "signing.json"),
        ("BUS_CA_FILE", "ca.pem"),
        ("BUS_CLOCK_SKEW_SECONDS", "a while"),
    ],
)
def test_what_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"ELDERS_{name}", value)
    with pytest.raises(InvalidInput, match=f"ELDERS_{name}"):
        load_bus_settings()


def test_keys_are_not_replaced_and_nobody_else_reads_them(tmp_path: Path) -> None:
    draw_keys(tmp_path, ["task_sage"], key_id="k")
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    with pytest.raises(InvalidInput, match="not replaced"):
        draw_keys(tmp_path, ["task_sage"], key_id="k")
    (tmp_path / "keys.json").chmod(0o644)
    with pytest.raises(InvalidInput, match="chmod 600"):
        read_keys(tmp_path / "keys.json")
    with pytest.raises(Unavailable, match="can't be read"):
        read_keys(tmp_path / "missing.json")
    with pytest.raises(Unavailable, match="can't be written"):
        draw_keys(tmp_path / "keys.json" / "folder", [], key_id="k")


@pytest.mark.parametrize(
    "told",
    [
        "{",
        "[]",
        '{"encryption": [], "senders": {}}',
        '{"encryption": [{"id": "a", "key": "c2hvcnQ="}], "senders": {}}',
        '{"encryption": [{"id": "a", "key": 3}], "senders": {}}',
        '{"encryption": [{"id": "a", "key": "é"}], "senders": {}}',
    ],
)
def test_what_holds_no_keys_is_told_and_not_repeated(tmp_path: Path, told: str) -> None:
    (tmp_path / "keys.json").write_text(told)
    (tmp_path / "keys.json").chmod(0o600)
    with pytest.raises(InvalidInput) as error:
        read_keys(tmp_path / "keys.json")
    assert "c2hvcnQ=" not in str(error.value)


def test_the_manual_lists_every_setting_with_its_default() -> None:
    listed = dict(ROW.findall(PAGE.read_text("utf-8")))
    assert listed == {
        PREFIX + name.upper(): "" if field.default is None else str(field.default)
        for name, field in BusSettings.model_fields.items()
        if name != "secrets_dir"
    }
    assert set(BusSettings.model_fields) & set(Settings.model_fields) == {"secrets_dir"}


def test_the_broker_and_the_database_may_be_secrets_in_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ELDERS_GUILD_DATABASE_URL", raising=False)
    monkeypatch.setenv("ELDERS_SECRETS_DIR", str(tmp_path))
    assert (load_bus_settings().bus_url, database_url()) == (None, None)
    for name in ("bus", "guild_database"):
        (tmp_path / f"elders_{name}_url").write_text(f"{name}://secret\n")
    found = load_bus_settings().bus_url
    assert found is not None
    assert (found.get_secret_value(), database_url()) == ("bus://secret", "guild_database://secret")


def test_keys_survive_their_files(tmp_path: Path) -> None:
    draw_keys(tmp_path, ["task_sage"], key_id="k")
    written = json.loads((tmp_path / "keys.json").read_text())
    written["encryption"].insert(0, {"id": "new", "key": written["encryption"][0]["key"]})
    (tmp_path / "keys.json").write_text(json.dumps(written))
    keys = read_keys(tmp_path / "keys.json", tmp_path / "task_sage.signing.json")
    assert list(keys.encryption) == ["new", "k"]
    assert list(keys.signing) == ["task_sage"]
