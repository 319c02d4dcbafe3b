from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from foundation.clock import parse_moment
from foundation.errors import InvalidInput
from ingest.model import Record
from ingest.sources.folders import FolderSource
from ingest.sources.git import GitSource
from tests.ingest.sources.git_repository import Repository, final, told
from tests.ingest.sources.source_contract import SourceContract


class TestContract(SourceContract):
    @pytest.fixture
    def source(self, repository: Repository) -> GitSource:
        repository.commit("one", a_md="1", docs__b_md="1", big_md="x" * 2000)
        (repository.path / "link").symlink_to("a.md")
        (repository.path / os.fsdecode(b"caf\xe9 #?.md")).write_text("x")
        repository.commit("two", a_md="2", docs__b_md=None)
        return GitSource(repository.path, max_bytes=1000)


def test_each_commit_that_touched_a_file_is_a_version_of_it(repository: Repository) -> None:
    first = repository.commit("Begin", "2024-01-01T10:00:00+02:00", a_md="1", b_md="1")
    repository.commit("Other", "2024-01-02T00:00:00Z", b_md="2")
    third = repository.commit("Go on\n\nBecause.", "2024-01-03T00:00:00Z", a_md="2")
    repository.commit("Clean up", "2024-01-04T00:00:00Z", a_md=None)
    records = list(GitSource(repository.path).records())
    assert told(records) == [
        ("a.md", "1"),
        ("b.md", "1"),
        ("b.md", "2"),
        ("a.md", "2"),
        ("a.md", "-"),
    ]
    assert [record.time for record in records] == [
        parse_moment(moment)
        for moment in (
            "2024-01-01T08:00:00Z",
            "2024-01-01T08:00:00Z",
            "2024-01-02",
            "2024-01-03",
            "2024-01-04",
        )
    ]
    assert records[3] == Record(
        "a.md",
        data=b"2",
        uri=(repository.path / "a.md").as_uri(),
        name="a.md",
        metadata={
            "commit": third,
            "committed": "2024-01-03T00:00:00+00:00",
            "authored": "2024-01-03T00:00:00+00:00",
        },
        author="Ann <ann@example.org>",
        message="Go on\n\nBecause.",
        time=parse_moment("2024-01-03"),
    )
    assert records[0].metadata["commit"] == first
    assert records[4].message == "Clean up"


def test_the_time_is_the_committers_and_the_authors_is_kept(repository: Repository) -> None:
    repository.write(a="1")
    repository.git("add", "-A")
    repository.git(
        "commit", "-q", "-m", "x", at="2020-01-01T00:00:00Z", GIT_COMMITTER_DATE="2024-05-05T00:00Z"
    )
    [record] = GitSource(repository.path).records()
    assert record.time == parse_moment("2024-05-05")
    assert record.metadata["authored"] == "2020-01-01T00:00:00+00:00"
    assert record.author.startswith("Ann ")


def test_a_clock_that_went_back_does_not_turn_a_files_history_round(
    repository: Repository,
) -> None:
    for number, at in enumerate(["2024-01-05", "2024-01-02", "2024-01-06"]):
        repository.commit(f"{number}", at + "T00:00:00Z", a=str(number))
    records = list(GitSource(repository.path).records())
    assert told(records) == [("a", "0"), ("a", "1"), ("a", "2")]
    assert [record.time for record in records] == [
        parse_moment(day) for day in ("2024-01-05", "2024-01-05", "2024-01-06")
    ]
    assert records[1].metadata["committed"].startswith("2024-01-02")


def test_a_renamed_file_is_deleted_and_added(repository: Repository) -> None:
    repository.commit("one", old_md="same text\n" * 20)
    repository.git("mv", "old.md", "new.md")
    repository.commit("two")
    records = list(GitSource(repository.path).records())
    assert [(record.source_id, record.deleted) for record in records] == [
        ("old.md", False),
        ("new.md", False),
        ("old.md", True),
    ]


def test_names_and_content_of_all_kinds_come_through(repository: Repository) -> None:
    names = ["new\nline", "\u202eשלום.md", "a b", "tab\tname", ":colon", "-dash", "q'\"", "\\x"]
    raw = os.fsdecode(b"caf\xe9")
    blob = bytes(range(256)) * 300 + b"\n\0\n"
    for name in [*names, raw]:
        repository.put(name, blob)
    repository.put("empty", b"")
    repository.commit("all\n\n:100644 100644 a b M\n")
    records = {record.source_id: record for record in GitSource(repository.path).records()}
    files = {record.source_id: record.uri for record in FolderSource(repository.path).records()}
    assert {name: record.uri for name, record in records.items()} == files
    assert records.pop("empty").data == b""
    assert all(record.data == blob for record in records.values())
    assert not any(record.error for record in records.values())


def test_links_and_submodules_are_told_once(repository: Repository) -> None:
    (repository.path / "link").symlink_to("a")
    repository.commit("one", a="1")
    head = repository.git("rev-parse", "HEAD").decode().strip()
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{head},module")
    repository.git("commit", "-q", "-m", "two")
    (repository.path / "link").unlink()
    (repository.path / "link").symlink_to("b")
    repository.git("add", "link")
    repository.git("commit", "-q", "-m", "three")
    records = list(GitSource(repository.path).records())
    assert told(records) == [("a", "1"), ("link", "!"), ("module", "!")]
    assert "symbolic link" in records[1].error
    assert "submodule" in records[2].error


def test_bare_repositories_are_read_without_a_checkout(repository: Repository) -> None:
    repository.commit("one", docs__a_md="1")
    bare = repository.path.parent / "bare.git"
    repository.git("clone", "-q", "--bare", ".", str(bare))
    before = sorted(bare.rglob("*"))
    [record] = GitSource(bare, folder="docs").records()
    assert (record.source_id, record.data) == ("a.md", b"1")
    assert record.uri == bare.as_uri() + "#docs/a.md"
    assert sorted(bare.rglob("*")) == before


def test_a_folder_within_is_named_as_a_folder_source_would(repository: Repository) -> None:
    repository.commit("one", docs__a_md="1", docs__deep__b_md="1", docsx__c_md="1", d_md="1")
    inner = GitSource(repository.path / "docs")
    named = GitSource(repository.path, folder="docs/")
    assert final(inner.records()) == final(named.records()) == {"a.md": b"1", "deep/b.md": b"1"}
    files = {
        record.source_id: record.uri for record in FolderSource(repository.path / "docs").records()
    }
    assert {record.source_id: record.uri for record in inner.records()} == files
    assert told(GitSource(repository.path, folder="docs/deep", prefix="p/").records()) == [
        ("p/b.md", "1")
    ]


@pytest.mark.parametrize("folder", ["/etc", "../x", "a/../../x", "a\0b"])
def test_a_folder_outside_is_refused(repository: Repository, folder: str) -> None:
    repository.commit("one", a="1")
    with pytest.raises(InvalidInput, match="must be a path inside the repository"):
        GitSource(repository.path, folder=folder)


def test_globs_and_the_defaults_choose_as_they_do_for_folders(repository: Repository) -> None:
    repository.commit("one", a_md="1", b_txt="1", docs__c_md="1", node_modules__d_md="1")
    repository.put(".github/e.md", "1")
    repository.put("node_modules/f.md", "1")
    repository.commit("two")
    cases: list[dict[str, Any]] = [
        {},
        {"include": ("*.md",)},
        {"hidden": True},
        {"default_ignores": False},
    ]
    for options in cases:
        by_history = set(final(GitSource(repository.path, **options).records()))
        by_folder = FolderSource(repository.path, **options).records()
        assert by_history == {record.source_id for record in by_folder}


def test_a_range_of_revisions_is_read(repository: Repository) -> None:
    repository.commit("one", a="1", b="1")
    repository.git("tag", "v1")
    repository.commit("two", a="2")
    repository.git("tag", "-a", "v2", "-m", "two")
    repository.commit("three", a="3", b=None)
    assert told(GitSource(repository.path, since="v1").records()) == [
        ("a", "2"),
        ("a", "3"),
        ("b", "-"),
    ]
    assert told(GitSource(repository.path, since="v1", until="v2").records()) == [("a", "2")]
    assert told(GitSource(repository.path, since="HEAD").records()) == []


@pytest.mark.parametrize(
    "revision",
    [
        "--output=/tmp/owned",
        "-n1",
        "nothing",
        "v1..HEAD",
        "^HEAD",
        "HEAD:a",
        "",
        "a b",
        "a\0b",
        "@{u}",
    ],
)
def test_what_is_no_single_revision_is_refused(repository: Repository, revision: str) -> None:
    repository.commit("one", a="1")
    repository.git("tag", "v1")
    with pytest.raises(InvalidInput):
        GitSource(repository.path, until=revision)
    if revision:
        with pytest.raises(InvalidInput):
            GitSource(repository.path, since=revision)


def test_content_over_the_limit_is_told_and_the_rest_goes_on(repository: Repository) -> None:
    commit = repository.commit("one", a="x" * 11, b="x" * 10)
    repository.commit("two", a="small")
    records = list(GitSource(repository.path, max_bytes=10).records())
    assert told(records) == [("a", "!"), ("b", "x" * 10), ("a", "small")]
    assert records[0].error.startswith(f"commit {commit[:12]}: more than the 10 bytes")


def test_an_empty_repository_is_refused_with_the_reason(repository: Repository) -> None:
    with pytest.raises(InvalidInput, match="has no commit 'HEAD'"):
        GitSource(repository.path)


def test_a_shallow_clone_begins_with_what_it_has(repository: Repository) -> None:
    repository.commit("one", a="1", b="1")
    repository.commit("two", a="2")
    clone = repository.path.parent / "clone"
    repository.git("clone", "-q", "--depth=1", repository.path.as_uri(), str(clone))
    assert told(GitSource(clone).records()) == [("a", "2"), ("b", "1")]


def test_uris_lead_to_the_files(repository: Repository) -> None:
    repository.commit("one", docs__a_md="text")
    [record] = GitSource(repository.path / "docs").records()
    assert Path(unquote(record.uri.removeprefix("file://"))).read_text() == "text"
