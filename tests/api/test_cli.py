from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from api import KnowledgeBase
from api.cli.app import app
from tests.api.doors import COMMAND, Elders, command, notes

WITHOUT_HOME = ("elders eval", "elders learn cycle", "elders guild redeliver")
"""They read and write nothing in it."""

PAGES = Path(__file__).parents[2] / "docs"


def commands(group: typer.Typer = app, prefix: str = "elders") -> Iterator[tuple[str, object]]:
    """List every command with its function."""
    for each in group.registered_commands:
        assert each.callback is not None
        yield f"{prefix} {each.name or each.callback.__name__}", each.callback
    for below in group.registered_groups:
        assert below.typer_instance is not None
        yield from commands(below.typer_instance, f"{prefix} {below.name}")


@pytest.mark.parametrize("name", [name for name, _ in commands()])
def test_every_command_is_documented_with_all_its_options(name: str, elders: Elders) -> None:
    page = (PAGES / "cli.md").read_text()
    start = page.index(f"\n## `{name}`")
    section = page[start : page.find("\n## ", start + 4)]
    shown = elders(*name.split()[1:], "--help").out
    options = set(re.findall(r"--[a-z][a-z-]+", shown)) - {"--help", "--home", "--json"}
    assert {option for option in options if f"`{option}" not in section} == set()
    assert f"$ {name}" in section


@pytest.mark.parametrize("name", [name for name, _ in commands()])
def test_every_command_takes_json_and_a_home(name: str, elders: Elders) -> None:
    shown = elders(*name.split()[1:], "--help").out
    assert "--json" in shown or name == "elders mcp"  # that speaks a protocol of its own
    assert "--home" in shown or name in WITHOUT_HOME


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for record in notes(3):
        (folder / Path(record.source_id).name).write_text(record.text or "")
    (folder / "copy.md").write_text((folder / "0.md").read_text())
    return folder


def test_ingest_reports_each_target_in_a_stable_shape(folder: Path, elders: Elders) -> None:
    answer = elders("ingest", str(folder), "--wait", "--json")
    assert answer.status == 0
    assert set(answer.json) == {"targets", "seconds", "followers", "error"}
    assert set(answer.json["targets"][0]) == {
        "target", "records", "added", "updated", "unchanged", "merged", "deleted", "failed",
        "chunks", "seconds", "sensitive", "suspicious", "failures",
    }  # fmt: skip
    assert answer.json["targets"][0]["added"] == 3
    assert answer.json["targets"][0]["merged"] == 1
    assert [set(each) for each in answer.json["followers"]] == [
        {"name", "position", "behind", "error"}
    ] * 7
    assert all(each["behind"] == 0 for each in answer.json["followers"])
    again = elders("ingest", str(folder))
    assert "4 unchanged" in again.out
    assert "Found by words and by meaning now" in again.out


def test_a_file_whose_name_another_file_has_is_refused_and_told(
    folder: Path, elders: Elders
) -> None:
    other = folder.parent / "other"
    other.mkdir()
    (other / "0.md").write_text("Something else altogether, under a name that is taken.")
    answer = elders("ingest", str(folder), str(other), "--json")
    assert answer.status == 1
    (failure,) = answer.json["targets"][1]["failures"]
    assert failure["source_id"] == "0.md"
    assert (folder / "0.md").as_uri() in failure["reason"]
    assert elders("documents", "show", "0.md").out == (folder / "0.md").read_text()
    assert elders("ingest", str(other), "-c", "other").status == 0


def test_without_wait_the_embedder_stays_behind_until_follow(folder: Path, elders: Elders) -> None:
    assert "Still behind: embedder" in elders("ingest", str(folder)).out
    found = elders("search", "weather2word3", "--json")
    assert found.json["hits"][0]["citation"]["source_id"] == "2.md"
    assert found.json["notes"] == ["no passage is embedded yet: ranked by words alone"]
    done = elders("follow", "--json").json
    assert done["done"] is True
    assert all(each["behind"] == 0 for each in done["followers"])
    assert elders("search", "weather2word3", "--mode", "dense", "--json").json["hits"]


def test_search_cites_with_all_sources(folder: Path, elders: Elders) -> None:
    elders("ingest", str(folder), "--wait")
    hit = elders("search", "weather0word3", "-k", "1", "--json").json["hits"][0]
    assert {source["source_id"] for source in hit["citation"]["sources"]} == {"0.md", "copy.md"}
    shown = elders("search", "weather0word3", "-k", "1").out
    assert "0.md" in shown
    assert "copy.md" in shown
    assert "version 1" in shown


def test_filters_and_collections_narrow_a_search(elders: Elders, home: Path) -> None:
    with KnowledgeBase.open(home) as base:
        base.ingest(notes(6), collection="sky")
        base.ingest(notes(6, about="soil"), collection="ground")
    where = '{"$and": [{"number": {"$gte": 2}}, {"even": true}]}'
    found = elders("search", "weather", "--filter", where, "-c", "sky", "--json").json["hits"]
    assert all(h["collection"] == "sky" and h["metadata"]["even"] for h in found)
    listed = elders("documents", "list", "-c", "ground", "--limit", "2", "--json").json["documents"]
    assert [document["source_id"] for document in listed] == ["soil/0.md", "soil/1.md"]
    more = elders("documents", "list", "--after", str(listed[-1]["number"]), "-c", "ground").out
    assert "soil/2.md" in more
    assert "soil/1.md" not in more


def test_no_document_takes_more_than_its_share_of_a_search(elders: Elders, home: Path) -> None:
    long = "\n\n".join(f"# Part {n}\n\n{'harvest ' * (300 + n)}" for n in range(4))
    with KnowledgeBase.open(home) as base:
        base.add(long, source_id="long.md")
        base.add(
            "A harvest of another kind, with many other words beside it.", source_id="short.md"
        )
    plain = elders("search", "harvest", "--mode", "lexical", "-k", "2", "--json").json["hits"]
    assert {hit["citation"]["source_id"] for hit in plain} == {"long.md"}
    options = ("--mode", "lexical", "-k", "2", "--per-source", "1", "--diversity", "0.2", "--json")
    shared = elders("search", "harvest", *options).json["hits"]
    assert {hit["citation"]["source_id"] for hit in shared} == {"long.md", "short.md"}
    assert "diversity is 2" in elders("search", "harvest", "--diversity", "2").err


def test_standard_input_is_a_document_with_versions(elders: Elders, home: Path) -> None:
    for text in ("# One\n\nfirst line\n", "# One\n\nfirst line\nsecond line\n"):
        done = command("ingest", "-", "--source-id", "note.md", data=text.encode())
        assert done.status == 0, done.err
    history = elders("documents", "history", "note.md", "--json").json["versions"]
    assert [version["number"] for version in history] == [1, 2]
    assert history[1]["change"]["summary"]
    assert "+second line" in elders("documents", "diff", "note.md").out
    assert elders("documents", "show", "note.md", "--version", "1").out == "# One\n\nfirst line\n"
    at = str(history[0]["valid_from"])
    assert elders("documents", "show", "note.md", "--as-of", at).out == "# One\n\nfirst line\n"
    assert elders("documents", "rollback", "note.md", "1", "--json").json["version"] == 3
    assert elders("documents", "delete", "note.md", "--json").json["outcome"] == "deleted"
    assert not elders("search", "second line", "--json").json["hits"]
    assert elders("documents", "list", "--deleted", "--json").json["documents"]
    assert "restored" in elders("documents", "restore", "note.md").out
    assert elders("search", "first line", "--json").json["hits"]


def test_duplicates_are_listed_in_the_agreed_shape_and_decided(
    folder: Path, elders: Elders
) -> None:
    elders("ingest", str(folder))
    listed = elders("duplicates", "list", "--json").json
    assert set(listed) == {"groups"}
    (group,) = listed["groups"]
    assert set(group) == {"id", "kind", "decision", "members"}
    assert (group["kind"], group["decision"]) == ("exact", "merged")
    assert [set(m) for m in group["members"]] == [{"document_id", "source_id", "similarity"}] * 2
    assert elders("duplicates", "split", group["id"], "copy.md").status == 0
    assert elders("duplicates", "list", "--json").json["groups"][0]["decision"] == "kept"
    elders("ingest", str(folder))
    assert elders("duplicates", "list", "--json").json["groups"][0]["decision"] == "kept"
    assert elders("duplicates", "merge", "0.md", "copy.md", "--json").status == 0
    assert elders("duplicates", "list", "--json").json["groups"][0]["decision"] == "merged"
    assert "copy.md" in elders("duplicates", "list").out


def test_doctor_repairs_what_is_broken(folder: Path, elders: Elders, home: Path) -> None:
    elders("ingest", str(folder), "--wait")
    well = elders("doctor", "--json")
    assert (well.status, well.json["healthy"]) == (0, True)
    assert {"subject", "check", "problem"} == set(well.json["findings"][0])
    with KnowledgeBase.open(home, background=False) as base:
        exact = next(
            p.follower for p in base.platform.parts.doctor._patients if p.follower.name == "exact"
        )
        feed = base.platform.parts.reader.feed(0, limit=10)  # type: ignore[arg-type]  # a seq
        exact.reset()
        from dataclasses import replace

        exact.apply(replace(feed, opened=feed.opened[:1]))
    sick = elders("doctor")
    assert sick.status == 1
    assert "missing" in sick.out
    assert elders("doctor", "--repair").status == 0
    assert elders("doctor").status == 0


def test_status_names_what_there_is(folder: Path, elders: Elders) -> None:
    elders("ingest", str(folder))
    status = elders("status", "--json").json
    assert set(status) == {"database", "counts", "seq", "held_by", "followers"}
    assert status["counts"]["documents"] == 4
    assert status["held_by"] == ""
    assert "embedder" in elders("status").out


def test_an_interrupted_ingestion_ends_in_order(tmp_path: Path, home: Path) -> None:
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text(
        "\n".join(json.dumps({"_id": r.source_id, "text": r.text}) for r in notes(20_000))
    )
    process = subprocess.Popen(
        [COMMAND, "ingest", corpus], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    while not (home / "truth.db").exists():
        time.sleep(0.01)
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    _, error = process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM
    assert error == "elders: stopped; what was accepted is kept\n"
    assert not (home / "lock.json").exists()
    with KnowledgeBase.open(home) as base:
        assert all(finding.ok for finding in base.doctor())


def test_a_closed_pipe_is_no_traceback(folder: Path, elders: Elders) -> None:
    elders("ingest", str(folder))
    line = f"{COMMAND} documents list --json | true"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr


def test_a_fault_of_the_program_is_one_line_too(
    elders: Elders, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise LookupError("a fault")

    monkeypatch.setattr("api.knowledge_base.KnowledgeBase.open", break_down)
    answer = elders("status")
    assert answer.status == 70
    assert answer.err.startswith("elders: a fault of this program")
    assert answer.err.count("\n") == 1
