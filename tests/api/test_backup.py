from __future__ import annotations

import json
import stat
import tarfile
from pathlib import Path

import pytest

from api import KnowledgeBase
from api.backup import export_truth
from api.restoring import import_truth, verify
from foundation.clock import system_clock
from foundation.errors import Conflict, InvalidInput, NotFound
from ingest.model import Record
from tests.api.doors import Elders, notes


@pytest.fixture
def filled(home: Path) -> Path:
    """A home with versions, a deleted document, duplicates, verdicts and vectors."""
    with KnowledgeBase.open(home) as base:
        base.ingest(notes(5))
        base.add(
            "a second version, 日本語も", source_id="weather/1.md", metadata={"x": [0.1, 6.4e16]}
        )
        base.ingest([Record("twin", text=notes(1)[0].text)])
        base.documents.delete("weather/2.md")
        base.duplicates.merge("weather/3.md", "weather/4.md")
        base.wait()
    return home


def contents(base: KnowledgeBase) -> object:
    documents = [base.documents.get(d.id) for d in base.documents]
    return (
        documents,
        [base.documents.history(d.id) for d in documents],
        [base.documents.show(d.id).text for d in documents],
        base.duplicates.list(),
        base.status().counts,
        base.search("weather", mode="dense", k=20).result.hits,
    )


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_restored_home_is_as_it_was(
    engine: str, filled: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    database = request.getfixturevalue("postgres_url") if engine == "postgresql" else None
    target = tmp_path / "backup.tar"
    with KnowledgeBase.open(filled, read_only=True) as base:
        before = contents(base)
        manifest = export_truth(base.platform.parts.database, target, system_clock)
        assert manifest.seq == base.status().seq
    with KnowledgeBase.open(tmp_path / "new", background=False, database_url=database) as base:
        assert import_truth(target, base.platform.parts.database) == manifest
        base.wait()
        assert contents(base) == before
        assert all(finding.ok for finding in base.doctor())
        back = tmp_path / "back.tar"
        again = export_truth(base.platform.parts.database, back, system_clock)
        assert again.parts == manifest.parts


def test_the_commands_back_up_and_restore(filled: Path, tmp_path: Path, elders: Elders) -> None:
    target = tmp_path / "backup.tar"
    exported = elders("export", str(target), "--json")
    assert exported.status == 0
    assert {"format", "revision", "made_at", "seq", "parts"} == set(exported.json)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert elders("export", str(target)).status == 1
    new = ["--home", str(tmp_path / "new")]
    assert "every checksum right" in elders("import", str(target), *new).out
    assert elders("search", "second version", *new, "--json").json["hits"]
    twice = elders("import", str(target), *new)
    assert twice.status == 1
    assert "already" in twice.err


def test_a_backup_is_made_while_somebody_writes(filled: Path, tmp_path: Path) -> None:
    with KnowledgeBase.open(filled) as writer, KnowledgeBase.open(filled, read_only=True) as base:
        writer.ingest(notes(50, about="later"))
        manifest = export_truth(base.platform.parts.database, tmp_path / "b", system_clock)
        assert verify(tmp_path / "b") == manifest


@pytest.mark.parametrize("share", [0.02, 0.5, 0.97])
def test_a_damaged_or_torn_backup_restores_nothing(
    share: float, filled: Path, tmp_path: Path
) -> None:
    target = tmp_path / "backup.tar"
    with KnowledgeBase.open(filled, read_only=True) as base:
        export_truth(base.platform.parts.database, target, system_clock)
    data = target.read_bytes()
    torn, flipped = tmp_path / "torn", tmp_path / "flipped"
    torn.write_bytes(data[: int(len(data) * share * 0.5)])
    with tarfile.open(target) as archive:
        inside = next(m for m in archive if m.name == "versions.jsonl.gz").offset_data + 30
    flipped.write_bytes(data[:inside] + bytes([data[inside] ^ 0xFF]) + data[inside + 1 :])
    with KnowledgeBase.open(tmp_path / "new", background=False) as base:
        for bad in (torn, flipped):
            with pytest.raises(InvalidInput, match=bad.name):
                import_truth(bad, base.platform.parts.database)
        assert base.status().seq == 0


def test_what_is_no_backup_is_refused(tmp_path: Path, home: Path) -> None:
    (tmp_path / "text").write_text("hello")
    (tmp_path / "folder").mkdir()
    (tmp_path / "manifest.json").write_text(json.dumps({"format": "elders-backup-99"}))
    with tarfile.open(tmp_path / "newer", "w") as archive:
        archive.add(tmp_path / "manifest.json", "manifest.json")
    with tarfile.open(tmp_path / "empty", "w"):
        pass
    for name in ("text", "newer", "empty"):
        with pytest.raises(InvalidInput):
            verify(tmp_path / name)
    for name in ("folder", "missing"):
        with pytest.raises(NotFound):
            verify(tmp_path / name)


def test_a_file_that_is_no_backup_makes_no_home(tmp_path: Path, elders: Elders) -> None:
    (tmp_path / "garbage").write_bytes(b"\x00garbage" * 999)
    answer = elders("import", str(tmp_path / "garbage"), "--home", str(tmp_path / "new"))
    assert answer.status == 2
    assert answer.err.startswith("elders: ")
    assert answer.err.count("\n") == 1
    assert not (tmp_path / "new").exists()


def test_a_failed_backup_leaves_nothing(filled: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    with (
        KnowledgeBase.open(filled, read_only=True) as base,
        pytest.raises(Conflict, match="never overwrites"),
    ):
        export_truth(base.platform.parts.database, tmp_path / "taken", system_clock)
    assert (tmp_path / "taken").read_text() == "x"
    assert not list(tmp_path.glob("*.part"))
