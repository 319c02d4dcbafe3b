"""Names of files: what is another file is refused, what is the same file goes on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from foundation.database.engine import Database
from ingest.batching import BatchSize
from ingest.model import Parsed, Record
from ingest.pipeline import Pipeline
from ingest.sources.open import open_source
from knowledge.library import Library
from knowledge.model import Result, Span
from tests.ingest.sources.git_repository import create
from tests.knowledge.drafts import make_sage, words


class Whole:
    """Each text is one passage."""

    def chunk(self, text: str, _media_type: str) -> list[Span]:
        return [Span(0, 0, len(text))]


def read(record: Record) -> Parsed:
    return Parsed((record.data or b"").decode() if record.text is None else record.text)


class Taking:
    """Takes targets in, and says what became of each record."""

    def __init__(self, database: Database, size: int = 1_000) -> None:
        self.library = Library(database)
        self._pipeline = Pipeline(
            make_sage(database), parser=read, chunking=Whole(), batch=BatchSize(records=size)
        )

    def __call__(self, *targets: Path, collection: str = "c", **options: Any) -> list[str]:
        results: list[Result] = []
        sources = [open_source(str(target), **options) for target in targets]
        self._pipeline.run(Chain(sources), collection, on_result=results.append)
        self.reasons = [result.reason for result in results]
        return [f"{result.source_id} {result.outcome.value}" for result in results]

    def text(self, source_id: str) -> str:
        return self.library.version(self.library.find(source_id)).text


class Chain:
    """Several sources in one run."""

    def __init__(self, sources: list[Any]) -> None:
        self._sources = sources

    def records(self) -> Iterator[Record]:
        for source in self._sources:
            yield from source.records()

    def count(self) -> None:
        return None


@pytest.fixture
def roots(tmp_path: Path) -> tuple[Path, Path]:
    """Two folders with files of one name and different content."""
    for number, name in enumerate(("hand book", "wiki")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "README.md").write_text(words(number))
    return tmp_path / "hand book", tmp_path / "wiki"


def test_another_file_of_the_name_is_refused_and_nothing_is_overwritten(
    database: Database, roots: tuple[Path, Path]
) -> None:
    take, (one, other) = Taking(database), roots
    (other / "more.md").write_text(words(3))
    assert take(one) == ["README.md added"]
    assert take(other) == ["README.md failed", "more.md added"]
    assert (one / "README.md").as_uri() in take.reasons[0]
    assert "prefix" in take.reasons[0]
    assert take.text("README.md") == words(0)
    assert take(one) == ["README.md unchanged"]
    assert take(other, prefix="wiki/") == ["wiki/README.md added", "wiki/more.md merged"]
    assert take(other, collection="d") == ["README.md added", "more.md added"]


@pytest.mark.parametrize("size", [1, 1_000])
def test_two_roots_in_one_run_do_not_share_a_name(
    sqlite_database: Database, roots: tuple[Path, Path], size: int
) -> None:
    take = Taking(sqlite_database, size)
    assert take(*roots) == ["README.md added", "README.md failed"]
    assert take.text("README.md") == words(0)
    assert take(roots[0], *roots) == [
        f"README.md {end}" for end in ("unchanged", "unchanged", "failed")
    ]


def test_a_folder_that_was_moved_keeps_its_documents(
    sqlite_database: Database, roots: tuple[Path, Path]
) -> None:
    take, (one, _) = Taking(sqlite_database), roots
    take(one)
    moved = one.rename(one.parent / "moved")
    (moved / "README.md").write_text(words(5))
    assert take(moved) == ["README.md updated"]
    assert take.text("README.md") == words(5)


def test_the_name_of_a_deleted_document_is_free(
    sqlite_database: Database, roots: tuple[Path, Path]
) -> None:
    take = Taking(sqlite_database)
    take(roots[0])
    make_sage(sqlite_database).delete(take.library.find("README.md"))
    assert take(roots[1]) == ["README.md added"]


def test_the_same_file_by_another_path_is_the_same_document(
    sqlite_database: Database, roots: tuple[Path, Path]
) -> None:
    take, (one, _) = Taking(sqlite_database), roots
    take(one)
    link = one.parent / "link"
    link.symlink_to(one)
    (one / "README.md").write_text(words(5))
    assert take(link) == ["README.md updated"]


def test_lines_and_texts_may_go_on_what_another_source_began(
    sqlite_database: Database, roots: tuple[Path, Path]
) -> None:
    take, (one, other) = Taking(sqlite_database), roots
    for number, folder in enumerate(roots):
        line = {"_id": "note", "text": words(number + 10)}
        (folder / "lines.jsonl").write_text(json.dumps(line))
    assert take(one / "lines.jsonl", other / "lines.jsonl") == ["note added", "note updated"]
    (one / "lines.jsonl").write_text('{"_id": "note", "_deleted": true}')
    assert take(one / "lines.jsonl") == ["note deleted"]


def test_a_history_goes_on_after_its_files_were_read_but_not_in_another_repository(
    sqlite_database: Database, tmp_path: Path
) -> None:
    take, repository = Taking(sqlite_database), create(tmp_path / "repository")
    repository.commit("one", a_md=words(1))
    assert take(repository.path) == ["a.md added"]
    repository.commit("two", a_md=words(2))
    repository.commit("three", a_md=None)
    clone = tmp_path / "clone"
    shutil.copytree(repository.path, clone)
    (repository.path / "a.md").write_text(words(1))  # it is there again, not committed
    assert take(clone, history=True) == ["a.md failed"] * 3
    assert take.text("a.md") == words(1)
    assert not any("failed" in each for each in take(repository.path, history=True))
