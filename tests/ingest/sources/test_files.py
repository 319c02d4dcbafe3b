from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from foundation.clock import parse_moment
from foundation.errors import InvalidInput
from ingest.sources.files import FileSource
from ingest.sources.folders import FolderSource
from ingest.sources.reading import iso
from tests.ingest.sources.conftest import without_privileges

# 2024-05-06 07:08:09.25 UTC
MODIFIED_NS = 1_714_979_289_250_000_000


def test_a_file_becomes_one_record_with_its_facts(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"# Hello\n")
    os.utime(path, ns=(MODIFIED_NS, MODIFIED_NS))
    source = FileSource(path)
    [record] = source.records()
    assert record.source_id == record.name == "a.md"
    assert record.data == b"# Hello\n"
    assert record.uri == path.as_uri()
    assert record.metadata == {"size": 8, "modified": "2024-05-06T07:08:09.250000+00:00"}
    assert record.time is None
    assert record.error == ""
    assert source.count() == 1


def test_a_dated_file_became_true_when_it_was_modified(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"x")
    os.utime(path, ns=(MODIFIED_NS, MODIFIED_NS))
    [record] = FileSource(path, dated=True).records()
    assert record.time == parse_moment("2024-05-06T07:08:09.25Z")


def test_a_file_has_the_name_that_its_folder_gives_it(tmp_path: Path) -> None:
    (tmp_path / "docs" / "deep").mkdir(parents=True)
    (tmp_path / "docs" / "a.md").write_text("a")
    (tmp_path / "docs" / "deep" / "b.md").write_text("b")
    by_folder = {record.source_id for record in FolderSource(tmp_path / "docs").records()}
    [a] = FileSource(tmp_path / "docs" / "a.md").records()
    [b] = FileSource(tmp_path / "docs" / "deep" / "b.md", root=tmp_path / "docs").records()
    assert {a.source_id, b.source_id} == by_folder == {"a.md", "deep/b.md"}


def test_a_prefix_keeps_roots_apart(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("a")
    [record] = FileSource(tmp_path / "a.md", prefix="handbook/").records()
    assert record.source_id == "handbook/a.md"


def test_a_root_that_does_not_hold_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("a")
    source = FileSource(tmp_path / "a.md", root=tmp_path / "docs")
    with pytest.raises(InvalidInput, match="not below root"):
        list(source.records())


@pytest.mark.parametrize(("size", "fits"), [(0, True), (10, True), (11, False)])
def test_a_file_over_the_limit_is_not_read(tmp_path: Path, size: int, *, fits: bool) -> None:
    (tmp_path / "a").write_bytes(b"x" * size)
    [record] = FileSource(tmp_path / "a", max_bytes=10).records()
    assert (record.data == b"x" * size) == fits
    assert ("10 bytes" in record.error) != fits


def test_a_file_that_hides_its_size_is_read_to_the_limit_only() -> None:
    # The kernel says that this file is empty; it is not.
    [whole] = FileSource(Path("/proc/self/status")).records()
    assert whole.data is not None
    assert len(whole.data) > 100
    [cut] = FileSource(Path("/proc/self/status"), max_bytes=50).records()
    assert cut.data is None
    assert "50 bytes" in cut.error


def test_a_file_that_may_not_be_read_says_so(open_folder: Path) -> None:
    path = open_folder / "secret"
    path.write_text("x")
    path.chmod(0o000)
    with without_privileges():
        [record] = FileSource(path).records()
    assert record.data is None
    assert "Permission denied" in record.error


def test_a_file_that_fails_while_it_is_read_says_so() -> None:
    [record] = FileSource(Path("/proc/self/mem")).records()
    assert "Input/output error" in record.error


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    [record] = FileSource(tmp_path / "gone").records()
    assert "No such file" in record.error


def test_pipes_sockets_devices_and_folders_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        paths = [tmp_path / "pipe", tmp_path / "socket", Path("/dev/zero"), tmp_path]
        errors = [record.error for path in paths for record in FileSource(path).records()]
    for error, kind in zip(errors, ["named pipe", "socket", "device", "folder"], strict=True):
        assert kind in error
        assert "regular" in error


def test_a_time_that_no_calendar_holds_is_left_out() -> None:
    assert iso(10**18) == ""
    assert iso(0) == "1970-01-01T00:00:00+00:00"
