from __future__ import annotations

from pathlib import Path

from ingest.sources.folders import FolderSource
from tests.ingest.sources.trees import errors, make, names


def test_folder_loops_end_and_nothing_is_read_twice(tmp_path: Path) -> None:
    make(tmp_path, "a/b/c.md", "z.md")
    (tmp_path / "a" / "b" / "up").symlink_to("../..")
    (tmp_path / "a" / "self").symlink_to(".")
    (tmp_path / "again").symlink_to("a")
    records = list(FolderSource(tmp_path).records())
    assert names(records) == ["a/b/c.md", "z.md"]
    assert not errors(records)


def test_a_link_to_a_file_within_the_root_is_a_document_of_its_own_name(tmp_path: Path) -> None:
    make(tmp_path, "AGENTS.md")
    (tmp_path / "CLAUDE.md").symlink_to("AGENTS.md")
    records = list(FolderSource(tmp_path).records())
    assert names(records) == ["AGENTS.md", "CLAUDE.md"]
    assert records[1].data == b"content of AGENTS.md"
    assert records[1].uri == "file://" + str(tmp_path / "CLAUDE.md")


def test_a_folder_that_only_a_link_reaches_is_read_under_the_links_name(tmp_path: Path) -> None:
    make(tmp_path, ".store/guide.md", "z.md")
    (tmp_path / "guides").symlink_to(".store")
    assert names(FolderSource(tmp_path).records()) == ["z.md", "guides/guide.md"]


def test_links_out_of_the_root_are_refused_unless_asked_for(tmp_path: Path) -> None:
    make(tmp_path, "out/secret.md", "out/more/x.md", "outside-too/y.md", "root/a.md")
    root = tmp_path / "root"
    (root / "file.md").symlink_to("../out/secret.md")
    (root / "folder").symlink_to("../out")
    (root / "back").symlink_to("..")
    refused = list(FolderSource(root).records())
    assert names(refused) == ["a.md"]
    assert errors(refused).keys() == {"file.md", "folder/", "back/"}
    assert all("follow_links" in error for error in errors(refused).values())

    followed = list(FolderSource(root, follow_links=True).records())
    assert not errors(followed)
    assert names(followed) == [
        "a.md",
        "file.md",
        "back/out/more/x.md",
        "back/out/secret.md",
        "back/outside-too/y.md",
    ]


def test_a_sibling_whose_name_begins_as_the_roots_is_outside(tmp_path: Path) -> None:
    make(tmp_path, "root/a.md", "root-private/b.md")
    (tmp_path / "root" / "b.md").symlink_to("../root-private/b.md")
    assert names(FolderSource(tmp_path / "root").records()) == ["a.md"]


def test_broken_and_circular_links_are_told(tmp_path: Path) -> None:
    (tmp_path / "gone.md").symlink_to("nothing")
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    told = errors(FolderSource(tmp_path).records())
    assert told.keys() == {"gone.md", "one", "two"}
    assert all("link to nowhere" in error for error in told.values())


def test_the_root_may_be_a_link_and_hidden(tmp_path: Path) -> None:
    make(tmp_path, ".store/a.md")
    (tmp_path / "link").symlink_to(".store")
    [record] = FolderSource(tmp_path / "link", prefix="p/").records()
    assert record.source_id == "p/a.md"
    assert record.uri.endswith("/link/a.md")
