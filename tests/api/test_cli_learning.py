"""`elders learn`, `elders patterns …` and `elders curation …` as people and programs use them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.api.doors import Elders, command
from tests.api.teaching import DOOR, opened, teach, tell

CLASH = "contradiction: larkspur | port"


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("taught")
    with opened(home) as base:
        tell(base)
        teach(base)
        for number, port in enumerate(("8080", "9090")):
            fields = f"Title: Larkspur\nPort: {port}\nOwner: Ada Quist\nState: final"
            base.add(f"{fields}\n\nIt runs at night.", source_id=f"{number}.txt", title="Larkspur")
        base.add("Say.", source_id="short.md")
        base.add("# Larkspurr\n\nLarkspurr is a scheduler of jobs.", source_id="slip.md")
    return home


@pytest.fixture
def here(taught: Path, home: Path) -> Path:
    """A copy of the home that was taught."""
    shutil.copytree(taught, home)
    return home


def decisions(elders: Elders, *options: str) -> list[Any]:
    found: list[Any] = elders("curation", "list", "--json", *options).json["decisions"]
    return found


def test_learning_tells_what_is_new_and_then_nothing(here: Path, elders: Elders) -> None:
    first = elders("learn").out
    assert first.startswith("learned: ")
    assert "insights: " in first
    done = elders("learn", "--json").json
    assert set(done) == {
        "learned", "changed", "retired", "joined", "parted", "insights", "names",
    }  # fmt: skip
    assert elders("learn").out == "nothing new\n"


def test_patterns_are_listed_by_kind_and_state(here: Path, elders: Elders) -> None:
    elders("learn")
    shown = elders("patterns", "list", "--kind", "log template").out
    assert DOOR in shown
    assert "active" in shown
    found = elders("patterns", "list", "--state", "all", "--limit", "2", "--json").json
    assert len(found["patterns"]) == 2 < found["total"]
    assert found["patterns"][0]["state"] == "active"
    assert found["patterns"][0]["valid_to"] is None
    none = elders("patterns", "list", "--as-of", "1", "--json").json
    assert none == {"patterns": [], "total": 0}
    assert elders("patterns", "list", "--state", "rejected").out == "0 of 0 rejected patterns\n"


def test_a_pattern_is_shown_with_gate_history_and_evidence(here: Path, elders: Elders) -> None:
    elders("learn")
    elders("patterns", "reject", DOOR)
    shown = elders("patterns", "show", DOOR).out
    assert "passed its gate" in shown
    assert "a person rejected it" in shown
    assert "opens" in shown.partition("Evidence")[2]
    found = elders("patterns", "show", DOOR, "--limit", "1", "--json").json
    assert [version["state"] for version in found["history"]] == ["active", "rejected"]
    assert len(found["passages"]) == 1


def test_a_persons_word_on_a_pattern_holds_until_it_is_undone(here: Path, elders: Elders) -> None:
    elders("learn")
    said = elders("patterns", "reject", DOOR).out
    seq = decisions(elders)[0]["seq"]
    assert said == f"{DOOR} is rejected; `elders curation undo {seq}` takes it back\n"
    elders("learn")
    assert DOOR in elders("patterns", "list", "--state", "rejected").out
    assert elders("curation", "undo", str(seq)).out == f"taken back: rejected {DOOR}\n"
    elders("learn")
    assert DOOR in elders("patterns", "list", "--limit", "99").out
    (accepted,) = elders("patterns", "accept", DOOR, "--json").json["decisions"]
    assert (accepted["kind"], accepted["valid_to"]) == ("patterns.accepted", None)


def test_what_waits_is_counted_and_shown_with_what_to_do(here: Path, elders: Elders) -> None:
    elders("learn")
    shown = elders("curation", "todo").out
    assert "“Larkspur” is spelled much like “Larkspurr”" in shown
    assert CLASH in shown
    assert "short.md: very short" in shown
    found = elders("curation", "todo", "--meaning", "--json").json
    assert set(found) == {
        "duplicate_entities", "contradictions", "low_quality", "orphans", "names",
    }  # fmt: skip
    assert found["names"]["larkspurr"] == "Larkspurr"
    assert elders("curation", "settle", CLASH, "--note", "two hosts").status == 0
    assert "no contradictions" in elders("curation", "todo").out
    assert "two hosts" in elders("curation", "list").out


def test_names_are_merged_split_and_kept_apart(here: Path, elders: Elders) -> None:
    done = elders("curation", "merge", "Larkspur", "Larkspurr")
    assert done.out.startswith("“Larkspur” and “Larkspurr” are one entity now; `elders curation")
    assert (
        "because “Larkspur” was said to be “Larkspurr”" in elders("graph", "show", "Larkspur").out
    )
    (split,) = elders("curation", "split", "Larkspurr", "--json").json["decisions"]
    assert split["data"] == {"names": ["Larkspurr", "Larkspur"]}
    assert "because" not in elders("graph", "show", "Larkspur").out
    elders("curation", "apart", "BGP", "Border Gateway Protocol")
    assert "also called" not in elders("graph", "show", "BGP").out
    assert [d["kind"] for d in decisions(elders)] == ["entities.different"] * 2
    ended = decisions(elders, "--all")[0]
    assert (ended["kind"], ended["valid_to"]) == ("entities.same", split["seq"])
    assert f"to {split['seq']}" in elders("curation", "list", "--all").out
    assert [d["seq"] for d in decisions(elders, "--all", "--limit", "1")] == [
        decisions(elders)[-1]["seq"]
    ]


def test_entities_are_renamed_and_documents_labelled(here: Path, elders: Elders) -> None:
    elders("curation", "rename", "東京タワー", "Tokyo Tower")
    assert elders("graph", "show", "東京タワー").out.startswith("Tokyo Tower (")
    assert elders("curation", "label", "net.md", "kind", "incident").status == 0
    labels = elders("documents", "labels", "net.md", "--json").json["labels"]
    assert {"facet": "kind", "value": "incident", "confidence": 1.0, "origin": "user"} in labels
    shown = elders("documents", "labels", "net.md").out
    assert "incident" in shown
    assert "user" in shown
    assert "default/net.md: kind is incident" in elders("curation", "list").out


def test_decisions_outlive_reingestion(here: Path, elders: Elders, tmp_path: Path) -> None:
    elders("curation", "merge", "Larkspur", "Larkspurr")
    (tmp_path / "slip.md").write_text("# Larkspurr\n\nLarkspurr is a scheduler that never rests.")
    assert elders("ingest", str(tmp_path / "slip.md")).status == 0
    assert "was said to be" in elders("graph", "show", "Larkspurr").out


def test_the_log_of_decisions_is_exported_and_replayed_elsewhere(
    here: Path, elders: Elders, taught: Path, tmp_path: Path
) -> None:
    elders("curation", "merge", "Larkspur", "Larkspurr")
    elders("curation", "rename", "東京タワー", "Tokyo Tower")
    file = tmp_path / "decisions.jsonl"
    assert elders("curation", "export", str(file), "--json").json["decisions"] == 2
    printed = elders("curation", "export", "-").out
    assert printed == file.read_text()
    other = tmp_path / "other"
    shutil.copytree(taught, other)
    first = elders("curation", "replay", str(file), "--home", str(other), "--json").json
    assert first == {"replayed": 2, "unchanged": 0, "waiting": 0}
    again = command("curation", "replay", "-", "--home", str(other), data=printed.encode())
    assert again.out.startswith("0 replayed, 2 unchanged, 0 waiting")
    assert elders("graph", "show", "東京タワー", "--home", str(other)).out.startswith("Tokyo Tower")


def test_a_line_that_is_no_decision_is_named_by_its_number(
    here: Path, elders: Elders, tmp_path: Path
) -> None:
    elders("curation", "rename", "東京タワー", "Tokyo Tower")
    good = elders("curation", "export", "-").out
    wrong = {
        "{": "line 2",
        json.dumps({"kind": "entities.same"}): "line 2 is no decision of this platform: subject",
        good.replace("renamed", "adored").strip(): "its kind or its format is unknown",
        "[" * 100_000: "line 2",
        json.dumps(json.loads(good) | {"subject": ""}): "its subject or its object is empty",
        json.dumps(json.loads(good) | {"object": "\ud800"}): "line 2",
    }
    for line, said in wrong.items():
        file = tmp_path / "decisions.jsonl"
        file.write_text(good + line + "\n")
        answer = elders("curation", "replay", str(file))
        assert (answer.status, answer.out) == (2, ""), line[:80]
        assert said in answer.err
        assert answer.err.count("\n") == 1


def test_what_is_no_text_is_refused(here: Path, elders: Elders, tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"\xff\xfe")
    assert "is not UTF-8" in elders("curation", "replay", str(tmp_path / "log")).err
    piped = command("curation", "replay", "-", data=b"\xff\xfe")
    assert piped.status == 2
    assert "standard input is not UTF-8" in piped.err


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ("patterns list --kind beauty", 2, "'beauty' is no kind of pattern: association"),
        ("patterns list --state happy", 2, "'happy' is no state of a pattern: candidate"),
        ("patterns list --as-of 9999", 2, "lies in the future"),
        ("patterns show nonsuch", 1, "there is no pattern 'nonsuch'"),
        ("patterns accept nonsuch", 1, "there is no pattern 'nonsuch'"),
        ("patterns reject nonsuch", 1, "there is no pattern 'nonsuch'"),
        ("curation merge Larkspur nonsuch", 1, "no passage names 'nonsuch'"),
        ("curation merge Larkspur larkspur", 2, "are spellings of one name"),
        ("curation apart nonsuch Larkspur", 1, "no passage names 'nonsuch'"),
        ("curation split nonsuch", 1, "no passage names 'nonsuch'"),
        ("curation split Larkspur", 1, "there is nothing to split"),
        ("curation rename nonsuch Such", 1, "no passage names 'nonsuch'"),
        ("curation label nonsuch.md kind incident", 1, "nonsuch.md"),
        ("curation label net.md kind beauty", 2, "'beauty' is no kind of document: how-to"),
        ("curation settle nonsuch", 1, "there is no contradiction 'nonsuch'"),
        ("curation undo 9999", 1, "no decision of change 9999 holds"),
        ("curation undo soon", 2, "Invalid value for 'seq'"),
        ("curation replay nowhere.jsonl", 1, "nowhere.jsonl can't be read: No such file"),
        ("curation export .", 1, ". exists: an export never overwrites"),
        ("curation export nowhere/log", 1, "nowhere/log can't be written"),
        ("documents labels nonsuch.md", 1, "nonsuch.md"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_decided(
    arguments: str, status: int, said: str, here: Path, elders: Elders
) -> None:
    answer = elders(*arguments.split())
    assert (answer.status, answer.out) == (status, "")
    assert said in answer.err
    assert "Traceback" not in answer.err
    assert decisions(elders, "--all") == []


@pytest.mark.slow
def test_who_only_looks_need_not_wait_for_who_holds_the_home(here: Path) -> None:
    with opened(here):
        for line in ("patterns list", "curation list", "curation todo", "curation export -"):
            assert command(*line.split()).status == 0, line
        held = command("learn", env={"ELDERS_LOCK_TIMEOUT_SECONDS": "0.1"})
    assert (held.status, held.out) == (1, "")
