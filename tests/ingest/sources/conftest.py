from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ingest.sources.git_repository import Repository, create
from tests.ingest.sources.web_server import WebServer, serve

NOBODY = 65534


@contextmanager
def without_privileges() -> Iterator[None]:
    """Let file permissions count even where the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter (tmp_path's parents are its owner's alone)."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    for path in folder.rglob("*"):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
    shutil.rmtree(folder)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return create(tmp_path / "repository")


@pytest.fixture
def server() -> Iterator[WebServer]:
    with serve() as running:
        running.answer("/a.html", b"<p>hi</p>", Content_Type="text/html; charset=Shift_JIS")
        running.answer("/b.md", b"# B", Content_Type="text/markdown")
        yield running
