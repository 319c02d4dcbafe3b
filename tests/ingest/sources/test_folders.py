from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest

from foundation.errors import InvalidInput
from ingest.sources.folders import FolderSource
from tests.ingest.sources.conftest import without_privileges
from tests.ingest.sources.source_contract import SourceContract
from tests.ingest.sources.trees import errors, make, names


class TestContract(SourceContract):
    @pytest.fixture
    def source(self, tmp_path: Path) -> FolderSource:
        make(tmp_path, "a.md", "b/c.md", "b/d/e.md", "caf\udce9.txt", "שלום.md", ".hidden")
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / "loop").symlink_to(tmp_path)
        (tmp_path / "nowhere").symlink_to("nothing")
        return FolderSource(tmp_path)


def test_every_file_is_named_by_its_path_below_the_root(tmp_path: Path) -> None:
    make(tmp_path, "b/z.md", "b/a.md", "a.md", "B.md", "c/d/e.md")
    records = list(FolderSource(tmp_path).records())
    assert [record.source_id for record in records] == [
        "B.md",
        "a.md",
        "b/a.md",
        "b/z.md",
        "c/d/e.md",
    ]
    assert all(r.data == f"content of {r.source_id}".encode() for r in records)
    assert records[4].uri == (tmp_path / "c/d/e.md").as_uri()
    assert records[4].name == "e.md"


def test_names_of_all_kinds_are_read(tmp_path: Path) -> None:
    raw = os.fsdecode(b"caf\xe9.txt")
    wild = ["new\nline", "\u202eגנבה.md", "caf\\xe9.txt", "%41 #?", "x" * 255, raw]
    make(tmp_path, *wild[:-1])
    (tmp_path / raw).write_bytes(b"bytes")
    found = {record.source_id: record for record in FolderSource(tmp_path).records()}
    assert found.keys() == {
        "new\\x0aline",
        "\u202eגנבה.md",
        "caf\\\\xe9.txt",
        "caf\\xe9.txt",
        "%41 #?",
        "x" * 255,
    }
    assert found["caf\\xe9.txt"].data == b"bytes"
    assert found["caf\\xe9.txt"].uri.endswith("/caf%E9.txt")
    assert not errors(found.values())


def test_a_path_of_four_thousand_characters_is_read(tmp_path: Path) -> None:
    deep = tmp_path
    while len(str(deep)) < 3800:
        deep /= "d" * 200
    deep.mkdir(parents=True)
    name = "e" * (4090 - len(str(deep)))
    if len(name) > 250:
        name = name[:250]
    (deep / name).write_text("deep")
    [record] = FolderSource(tmp_path).records()
    assert record.data == b"deep"
    assert len(record.source_id) > 3700


def test_a_tree_deeper_than_any_path_is_accounted_for(tmp_path: Path) -> None:
    make(tmp_path, "a.md", "z.md")
    here = Path.cwd()
    os.chdir(tmp_path)
    try:
        for _ in range(25):
            Path("d" * 200).mkdir()
            os.chdir("d" * 200)
        Path("lost.md").write_text("too deep")
    finally:
        os.chdir(here)
    records = list(FolderSource(tmp_path).records())
    assert names(records) == ["a.md", "z.md"]
    [(name, error)] = errors(records).items()
    assert name.startswith("dddd")
    assert "too long" in error


def test_a_tree_deeper_than_the_stack_is_walked(tmp_path: Path) -> None:
    for depth in range(1, 1101):
        (tmp_path / ("d/" * depth)).mkdir()
    (tmp_path / ("d/" * 1100) / "a.md").write_text("deep")
    found = names(FolderSource(tmp_path).records())
    subprocess.run(["rm", "-rf", tmp_path / "d"], check=True)  # pytest's own removal recurses
    assert found == ["d/" * 1100 + "a.md"]


def test_the_defaults_pass_over_what_holds_no_knowledge(tmp_path: Path) -> None:
    rubbish = ["node_modules/a.js", "__pycache__/a.pyc", ".git/config", ".venv/x.py"]
    make(tmp_path, "a.md", ".env", ".cache/x", "sub/.secret/x", *rubbish)
    assert names(FolderSource(tmp_path).records()) == ["a.md"]
    assert names(FolderSource(tmp_path, hidden=True).records()) == [
        ".cache/x",
        ".env",
        "a.md",
        "sub/.secret/x",
    ]
    everything = FolderSource(tmp_path, hidden=True, default_ignores=False)
    assert len(names(everything.records())) == 8


def test_include_takes_files_by_glob(tmp_path: Path) -> None:
    make(tmp_path, "a.md", "a.txt", "b/c.md", "b/draft.md", "b/d/e.md", "g/x.txt")
    cases: dict[tuple[str, ...], list[str]] = {
        ("*.md",): ["a.md", "b/c.md", "b/d/e.md", "b/draft.md"],
        ("*.md", "!draft.md"): ["a.md", "b/c.md", "b/d/e.md"],
        ("/*.md",): ["a.md"],
        ("b/*.md",): ["b/c.md", "b/draft.md"],
        ("b/**/*.md", "g/"): ["b/c.md", "b/d/e.md", "b/draft.md", "g/x.txt"],
        ("*.pdf",): [],
    }
    for patterns, expected in cases.items():
        source = FolderSource(tmp_path, include=patterns)
        assert names(source.records()) == expected
        assert source.count() == len(expected)


def test_a_pattern_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"include pattern '!'"):
        list(FolderSource(tmp_path, include=("*.md", "!")).records())


def test_ignore_files_hold_below_their_folder_and_the_inner_one_wins(tmp_path: Path) -> None:
    make(tmp_path, "a.log", "keep.log", "b/a.log", "b/x.log", "build/x.md", "b/build/x.md")
    (tmp_path / ".gitignore").write_text("*.log\n!keep.log\n/build/\n# a comment\n\n")
    (tmp_path / "b" / ".gitignore").write_text("!x.log\n")
    assert names(FolderSource(tmp_path).records()) == ["b/build/x.md", "b/x.log", "keep.log"]
    assert len(names(FolderSource(tmp_path, gitignore=False).records())) == 6


def test_eldersignore_has_the_last_word(tmp_path: Path) -> None:
    make(tmp_path, "a.md", "draft.md", "b.log")
    (tmp_path / ".gitignore").write_text("*.log\n")
    (tmp_path / ".eldersignore").write_text("draft.md\n!b.log\n")
    assert names(FolderSource(tmp_path).records()) == ["a.md", "b.log"]
    assert names(FolderSource(tmp_path, eldersignore=False).records()) == ["a.md", "draft.md"]


def test_an_ignore_file_that_takes_everything_back_does_not_uncover_the_defaults(
    tmp_path: Path,
) -> None:
    make(tmp_path, "a.md", "b.txt", ".git/config", "node_modules/c.md")
    (tmp_path / ".gitignore").write_text("*\n!*/\n!*.md\n")
    assert names(FolderSource(tmp_path).records()) == ["a.md"]


def test_rules_that_are_not_understood_are_told_and_the_others_hold(tmp_path: Path) -> None:
    make(tmp_path, "a.md", "b.log")
    (tmp_path / ".gitignore").write_text("!\n[a\n*.log\n[[:nothing:]]\n")
    records = list(FolderSource(tmp_path).records())
    assert names(records) == ["a.md"]
    error = errors(records)[".gitignore"]
    assert "line 1: " in error
    assert "line 2: '[a' opens a bracket" in error
    assert "line 4: 'nothing' is no class" in error


def test_an_ignore_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    make(tmp_path, "a/x.md", "b/x.md")
    (tmp_path / "a" / ".gitignore").write_bytes(b"#" * 300_000)
    (tmp_path / "b" / ".gitignore").symlink_to("/etc/passwd")
    records = list(FolderSource(tmp_path).records())
    assert names(records) == ["a/x.md", "b/x.md"]
    told = errors(records)
    assert "262,144 bytes" in told["a/.gitignore"]
    assert told["b/.gitignore"]


def test_pipes_and_sockets_are_told_and_the_rest_is_read(tmp_path: Path) -> None:
    make(tmp_path, "a.md", "z.md")
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        records = list(FolderSource(tmp_path).records())
    assert names(records) == ["a.md", "z.md"]
    assert errors(records).keys() == {"pipe", "socket"}


def test_unreadable_files_and_folders_are_told_and_the_rest_is_read(open_folder: Path) -> None:
    make(open_folder, "a.md", "secret/x.md", "secret.md", "z.md")
    (open_folder / "secret").chmod(0o000)
    (open_folder / "secret.md").chmod(0o000)
    with without_privileges():
        records = list(FolderSource(open_folder).records())
    assert names(records) == ["a.md", "z.md"]
    assert errors(records).keys() == {"secret/", "secret.md"}


def test_large_files_are_told_and_the_rest_is_read(tmp_path: Path) -> None:
    make(tmp_path, "a.md", "z.md")
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(10**12)  # sparse: it takes no room
    records = list(FolderSource(tmp_path).records())
    assert names(records) == ["a.md", "z.md"]
    assert "bytes" in errors(records)["huge"]


def test_a_root_that_is_gone_is_told(tmp_path: Path) -> None:
    told = errors(FolderSource(tmp_path / "gone").records())
    assert "No such file" in told["./"]


def test_dated_files_became_true_when_they_were_modified(tmp_path: Path) -> None:
    make(tmp_path, "a.md")
    os.utime(tmp_path / "a.md", ns=(5_000, 5_000))
    [record] = FolderSource(tmp_path, dated=True).records()
    assert record.time == 5
