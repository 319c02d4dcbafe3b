from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from foundation.errors import Forbidden, InvalidInput
from ingest.sources.files import FileSource
from ingest.sources.folders import FolderSource
from ingest.sources.git import GitSource
from ingest.sources.jsonl import JsonlSource
from ingest.sources.open import open_source
from ingest.sources.stdin import StreamSource
from ingest.sources.web import UrlSource
from tests.ingest.sources.git_repository import create


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.md", FileSource),
        ("a", FileSource),
        ("c.jsonl", JsonlSource),
        ("C.JSONL.GZ", JsonlSource),
        ("c.gz", FileSource),
        ("c.json", FileSource),
    ],
)
def test_a_file_is_opened_by_its_name(tmp_path: Path, name: str, kind: type) -> None:
    (tmp_path / name).write_text("x")
    assert type(open_source(str(tmp_path / name))) is kind


def test_a_folder_is_walked_even_if_it_is_called_as_a_file(tmp_path: Path) -> None:
    (tmp_path / "c.jsonl").mkdir()
    assert type(open_source(str(tmp_path / "c.jsonl"))) is FolderSource


def test_options_reach_the_source(tmp_path: Path) -> None:
    source = open_source(str(tmp_path), include=("*.md",), hidden=True)
    assert source == FolderSource(tmp_path, include=("*.md",), hidden=True)


def test_options_of_another_source_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"a folder takes no option allow_hosts, dated_by; it"):
        open_source(str(tmp_path), dated_by="date", allow_hosts=["a"])
    with pytest.raises(InvalidInput, match="an address takes no option include"):
        open_source("https://example.org/", include=("*.md",))


@pytest.mark.parametrize("url", ["http://example.org/a", "HTTPS://example.org/"])
def test_addresses_are_fetched(url: str) -> None:
    source = open_source(url, max_bytes=5)
    assert isinstance(source, UrlSource)
    assert (source.urls, source.max_bytes) == ((url,), 5)


def test_addresses_that_will_never_do_are_refused_at_once() -> None:
    for url in ("ftp://example.org/", "file:///etc/passwd", "http://", "git+ssh://a/b"):
        with pytest.raises(InvalidInput):
            open_source(url)
    with pytest.raises(Forbidden):
        open_source("https://user:secret@example.org/")


def test_a_dash_is_standard_input(tmp_path: Path) -> None:
    source = open_source("-", stream=io.BytesIO(b"x"), source_id="me")
    assert isinstance(source, StreamSource)
    assert [record.source_id for record in source.records()] == ["me"]
    script = (
        "from ingest.sources.open import open_source\n"
        "print([record.data for record in open_source('-').records()])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], input=b"piped", capture_output=True, check=True
    )
    assert done.stdout.strip() == b"[b'piped']"


@pytest.mark.parametrize("target", ["gone.md", "", "a\0b", "x" * 300, "a/" * 3000])
def test_what_does_not_exist_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidInput) as caught:
        open_source(target)
    assert len(str(caught.value)) < 500
    with pytest.raises(InvalidInput):
        open_source(target, history=True)


def test_a_history_is_read_only_on_request(tmp_path: Path) -> None:
    repository = create(tmp_path / "r")
    repository.commit("one", docs__a_md="1", docs__b_md="1")
    repository.commit("two", docs__a_md="2")
    assert type(open_source(str(repository.path))) is FolderSource
    source = open_source(str(repository.path / "docs"), history=True, include=("a.md",))
    assert isinstance(source, GitSource)
    assert [(record.source_id, record.data) for record in source.records()] == [
        ("a.md", b"1"),
        ("a.md", b"2"),
    ]


@pytest.mark.parametrize("name", ["a.md", "!a [x]*?#.md", "#a", "a\\b ", "*"])
def test_the_history_of_one_file_is_named_as_the_file_is(tmp_path: Path, name: str) -> None:
    repository = create(tmp_path / "r")
    for other in ("docs/deep/" + name, "docs/a", "docs/other.md", "docs/" + name):
        repository.put(other, "1")
    repository.commit("one")
    path = str(repository.path / "docs" / name)
    [record] = open_source(path, history=True).records()
    [file] = open_source(path).records()
    assert (record.source_id, record.uri, record.data) == (file.source_id, file.uri, file.data)


def test_a_folder_without_history_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is no git repository"):
        open_source(str(tmp_path), history=True)
    for target in ("-", "https://example.org/r.git"):
        with pytest.raises(InvalidInput, match="clone it"):
            open_source(target, history=True)


def test_a_socket_is_opened_and_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        for name in ("pipe", "s"):
            [record] = open_source(str(tmp_path / name)).records()
            assert "regular files" in record.error


def test_opening_loads_nothing_heavy() -> None:
    script = (
        "import sys, ingest.sources.open\n"
        "print([name for name in ('httpx', 'numpy', 'torch', 'sqlalchemy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"
