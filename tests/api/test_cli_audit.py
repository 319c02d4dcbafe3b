"""The audit log from the command line, and through a backup."""

from __future__ import annotations

import csv
import json
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from api import KnowledgeBase
from api.auditing import open_audit
from foundation.database.schema import audit_entries
from foundation.security.audit_entry import Caller
from foundation.security.audit_signing import new_private_pem, public_pem, read_signer
from foundation.settings import load_settings
from tests.api.doors import Elders, command
from tests.foundation.security.audits import entry


def record(home: Path, *numbers: int) -> None:
    """Let a program write entries into a home's log."""
    with KnowledgeBase.open(home, background=False) as base:
        trail = open_audit(load_settings(), base.platform.parts.database, home).trail()
        for number in numbers:
            caller = Caller("ada" if number % 2 else "eve", "sage", "192.0.2.7")
            trail.record(entry(number=number, caller=caller), critical=number == 1)
        trail.close()


def spoil(home: Path, statement: str) -> None:
    with closing(sqlite3.connect(home / "truth.db")) as raw:
        raw.execute(statement)
        raw.commit()


@pytest.fixture
def audited(home: Path) -> Path:
    record(home, *range(1, 8))
    return home


def test_a_log_that_nobody_changed_is_said_to_be_so(audited: Path, elders: Elders) -> None:
    answer = elders("audit", "verify")
    assert answer.status == 0
    assert answer.out == (
        "7 entries, all as they were written; signatures vouch for all up to entry 7\n"
    )
    assert elders("audit", "verify", "--json").json == {
        "intact": True, "entries": 7, "vouched": 7, "checkpoints": 3, "unread": 0,
        "first_bad": None, "reason": None, "detail": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "first", "reason"),
    [
        ("UPDATE audit_entries SET \"user\" = 'mallory' WHERE seq = 3", 3, "edited"),
        ("DELETE FROM audit_entries WHERE seq = 4", 4, "missing"),
        ("UPDATE audit_entries SET seq = CASE seq WHEN 2 THEN -5 ELSE seq END", -5, "inserted"),
        ("DELETE FROM audit_entries WHERE seq > 5", 6, "cut"),
        ("UPDATE audit_checkpoints SET signature = hash || hash", 7, "bad signature"),
        ("DELETE FROM audit_head", 7, "no head"),
    ],
)
def test_the_first_bad_entry_is_named_and_the_status_is_one(
    statement: str, first: int, reason: str, audited: Path, elders: Elders
) -> None:
    spoil(audited, statement)
    answer = elders("audit", "verify")
    assert answer.status == 1
    assert answer.out.startswith(f"entry {first} is bad ({reason}): ")
    found = elders("audit", "verify", "--json")
    assert found.status == 1
    assert (found.json["intact"], found.json["first_bad"]) == (False, first)
    assert found.json["reason"] == reason


def test_a_wiped_log_is_missed_because_of_the_homes_file(audited: Path, elders: Elders) -> None:
    for table in ("audit_entries", "audit_head", "audit_checkpoints"):
        spoil(audited, f"DELETE FROM {table}")
    found = elders("audit", "verify", "--json").json
    assert (found["first_bad"], found["reason"]) == (1, "cut")
    (audited / "audit.checkpoints").unlink()
    assert elders("audit", "verify").out == "the audit log is empty\n"


def test_an_auditor_needs_the_public_key_and_a_file_alone(
    audited: Path, elders: Elders, tmp_path: Path
) -> None:
    pem = elders("audit", "key").out
    (tmp_path / "audit.pub").write_text(pem)
    line = elders("audit", "checkpoint").out
    (tmp_path / "kept").write_text(line)
    options = ("--public-key", str(tmp_path / "audit.pub"), "--checkpoints", str(tmp_path / "kept"))
    assert elders("audit", "verify", *options).status == 0
    record(audited, 8)
    assert elders("audit", "verify", *options, "--json").json["vouched"] == 8
    (tmp_path / "other.pub").write_text(public_pem(read_signer(new_private_pem(), "").public_key))
    wrong = elders("audit", "verify", "--public-key", str(tmp_path / "other.pub"), "--json")
    assert (wrong.status, wrong.json["reason"]) == (1, "unknown key")
    spoil(audited, "DELETE FROM audit_entries")
    spoil(audited, "DELETE FROM audit_head")
    spoil(audited, "DELETE FROM audit_checkpoints")
    (audited / "audit.checkpoints").unlink()
    assert elders("audit", "verify", *options, "--json").json["first_bad"] == 1


def test_checkpoints_are_kept_where_the_setting_says(
    home: Path, elders: Elders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "audit.pem").write_bytes(new_private_pem())
    monkeypatch.setenv("ELDERS_AUDIT_KEY", str(tmp_path / "audit.pem"))
    monkeypatch.setenv("ELDERS_AUDIT_CHECKPOINTS", str(tmp_path / "far" / ".." / "kept.jsonl"))
    (tmp_path / "far").mkdir()
    record(home, 1, 2)
    (line,) = (tmp_path / "kept.jsonl").read_text().splitlines()
    signed = elders("audit", "checkpoint", "--json").json
    assert set(signed) == {"seq", "hash", "at", "public_key", "signature"}
    assert json.loads(line)["seq"] == signed["seq"] == 2
    assert not list(home.glob("audit*"))
    assert elders("audit", "verify").status == 0


def test_entries_are_searched_for(audited: Path, elders: Elders) -> None:
    shown = elders("audit", "search", "--user", "eve").out
    assert "document-6" in shown
    assert "document-5" not in shown
    page = elders("audit", "search", "--limit", "3", "--json").json
    assert [each["seq"] for each in page["entries"]] == [7, 6, 5]
    assert set(page["entries"][0]) == {
        "seq", "id", "at", "operation", "user", "level", "resource", "action", "result",
        "address", "session", "duration_micros", "metadata", "previous", "hash",
    }  # fmt: skip
    more = elders("audit", "search", "--limit", "9", "--cursor", str(page["cursor"]), "--json").json
    assert [each["seq"] for each in more["entries"]] == [4, 3, 2, 1]
    assert more["cursor"] is None
    assert "more with --cursor 7" in elders("audit", "search", "--limit", "1").out
    for option, value, count in (
        ("--operation", "documents.*", 7),
        ("--resource", "document-3", 1),
        ("--result", "denied", 0),
        ("--text", "DOCUMENT-4", 1),
        ("--since", "2026-09-21", 7),
        ("--until", "2026-09-21", 0),
    ):
        found = elders("audit", "search", option, value, "--json").json["entries"]
        assert len(found) == count, option


def test_entries_are_exported(audited: Path, elders: Elders, tmp_path: Path) -> None:
    done = elders("audit", "export", str(tmp_path / "log.csv"), "--user", "ada", "--json").json
    assert done == {"file": str(tmp_path / "log.csv"), "entries": 4}
    assert stat.S_IMODE((tmp_path / "log.csv").stat().st_mode) == 0o600
    with (tmp_path / "log.csv").open(newline="") as file:
        assert [row["seq"] for row in csv.DictReader(file)] == ["1", "3", "5", "7"]
    assert "7 entries are in" in elders("audit", "export", str(tmp_path / "log.jsonl")).out
    lines = (tmp_path / "log.jsonl").read_text()
    assert elders("audit", "export", "-").out == lines
    assert [json.loads(line)["seq"] for line in lines.splitlines()] == list(range(1, 8))
    assert elders("audit", "export", "-", "--format", "csv").out.count("\n") == 8
    again = elders("audit", "export", str(tmp_path / "log.csv"))
    assert again.status == 1
    assert "never overwrites" in again.err
    refused = elders("audit", "export", str(tmp_path / "log.pdf"))
    assert refused.status == 2
    assert "'pdf' is no format of exports: jsonl, csv" in refused.err


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ("audit verify --checkpoints nowhere", 1, "there is no checkpoint file nowhere"),
        ("audit verify --public-key nowhere", 1, "there is no file nowhere"),
        ("audit verify --public-key pyproject.toml", 2, "is no Ed25519 public key"),
        ("audit key --trust nowhere", 1, "there is no file nowhere"),
        ("audit search --since soon", 2, "'soon' is not a time"),
        ("audit search --limit 0", 2, "--limit"),
        ("audit export nowhere/log.csv", 1, "nowhere/log.csv can't be written"),
        ("audit checkpoint", 1, "the audit log is empty"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    arguments: str, status: int, said: str, home: Path, elders: Elders
) -> None:
    elders("init")
    answer = elders(*arguments.split())
    assert (answer.status, answer.out) == (status, "")
    assert said in answer.err
    assert "Traceback" not in answer.err


def test_it_can_be_looked_at_beside_whoever_holds_the_home(audited: Path) -> None:
    with KnowledgeBase.open(audited):
        for line in ("audit checkpoint", "audit verify"):
            assert command(*line.split()).status == 0, line


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_restored_log_can_be_verified_and_goes_on(
    engine: str,
    audited: Path,
    elders: Elders,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    """The new home has a key of its own; the restoration is when the old one is trusted."""
    backup, new = str(tmp_path / "backup"), tmp_path / "new"
    assert elders("export", backup).status == 0
    if engine == "postgresql":
        monkeypatch.setenv("ELDERS_DATABASE_URL", request.getfixturevalue("postgres_url"))
    answer = elders("import", backup, "--home", str(new))
    assert "audit log: 7 entries, all as they were written" in answer.out
    monkeypatch.setenv("ELDERS_HOME", str(new))
    found = elders("audit", "verify", "--json")
    assert (found.status, found.json["entries"], found.json["vouched"]) == (0, 7, 7)
    record(new, 8)
    assert elders("audit", "verify", "--json").json["entries"] == 8
    trusted = elders("audit", "key", "--json").json["trusted"]
    assert len(trusted) == 1
    old = elders("audit", "key", "--json", "--home", str(audited)).json
    if engine == "sqlite":
        assert trusted == [old["public_key"]]
        (new / "audit.trusted").unlink()
        assert elders("audit", "verify", "--json").json["reason"] == "unknown key"
        (tmp_path / "old.pub").write_text(old["pem"])
        assert elders("audit", "key", "--trust", str(tmp_path / "old.pub")).status == 0
        assert elders("audit", "verify").status == 0


def test_a_backup_whose_log_was_changed_is_restored_but_not_trusted(
    audited: Path, elders: Elders, tmp_path: Path
) -> None:
    spoil(audited, "UPDATE audit_entries SET result = 'ok ' WHERE seq = 2")
    elders("export", str(tmp_path / "backup"))
    answer = elders("import", str(tmp_path / "backup"), "--home", str(tmp_path / "new"))
    assert answer.status == 0
    assert "audit log: entry 2 is bad (edited)" in answer.out
    assert not (tmp_path / "new" / "audit.trusted").exists()


def test_nothing_is_restored_over_a_log(audited: Path, elders: Elders, tmp_path: Path) -> None:
    elders("export", str(tmp_path / "backup"))
    record(tmp_path / "new", 1)
    answer = elders("import", str(tmp_path / "backup"), "--home", str(tmp_path / "new"))
    assert answer.status == 1
    assert "has an audit log already" in answer.err


def test_a_purge_of_what_lies_beside_leaves_the_log_alone(audited: Path, elders: Elders) -> None:
    with KnowledgeBase.open(audited) as base:
        base.add("A secret.", source_id="a.md")
        base.documents.purge("a.md", reason="test")
        with base.platform.parts.database.read() as connection:
            assert len(connection.execute(audit_entries.select()).all()) == 7
    assert elders("doctor", "--repair").status == 0
    assert elders("audit", "verify").status == 0
