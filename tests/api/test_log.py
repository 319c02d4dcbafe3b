"""What happened, who did it and why can be read; both doors show it in one shape."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from api import KnowledgeBase
from api.schemas import ChangeOut, DocumentLineOut, VersionOut
from tests.api.doors import Elders, notes


@pytest.fixture
def taken(tmp_path: Path, elders: Elders, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three documents that the user `curator` took in, from a file with dates."""
    monkeypatch.setenv("LOGNAME", "curator")
    lines = [{"_id": r.source_id, "text": r.text, "day": "2026-01-31"} for r in notes(3)]
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text("\n".join(map(json.dumps, lines)))
    assert elders("ingest", str(corpus), "--dated-by", "day").status == 0


@pytest.mark.usefixtures("taken")
def test_the_log_tells_who_did_what_and_why(elders: Elders) -> None:
    document = elders("documents", "list", "--json").json["documents"][0]["id"]
    elders("duplicates", "merge", "weather/0.md", "weather/1.md")
    elders("documents", "purge", "weather/0.md", "--reason", "told by mistake")
    log = elders("documents", "log", "--json").json["changes"]
    assert [ChangeOut.model_validate(each).seq for each in log] == list(range(1, len(log) + 1))
    assert all(each["actor"] == "curator" for each in log)
    assert datetime.fromisoformat(log[0]["at"]).tzinfo is not None
    assert {"duplicates.verdict", "document.purged"} <= {each["kind"] for each in log}
    own = elders("documents", "log", document, "--json").json["changes"]
    assert own[-1]["details"]["reason"] == "told by mistake"
    assert {each["document_id"] for each in own} == {document}
    later = elders("documents", "log", "--after", str(log[-2]["seq"]), "--json").json["changes"]
    assert later == log[-1:]
    assert elders("documents", "log", "--limit", "2", "--json").json["changes"] == log[:2]
    shown = elders("documents", "log").out
    assert "told by mistake" in shown
    assert elders("documents", "log", "weather/0.md").status == 1


@pytest.mark.usefixtures("taken")
def test_documents_and_versions_look_as_over_http(elders: Elders) -> None:
    listed = elders("documents", "list", "--json").json["documents"][0]
    assert DocumentLineOut.model_validate(listed).model_dump() == listed
    shown = elders("documents", "show", "weather/1.md", "--json").json
    assert shown.pop("text").startswith("# Note 1")
    (version,) = elders("documents", "history", "weather/1.md", "--json").json["versions"]
    assert VersionOut.model_validate(version).model_dump() == version == shown
    assert (version["valid_to"], version["time_to"]) == (None, None)
    assert version["time_from"] == "2026-01-31T00:00:00+00:00"


def test_prefixes_keep_folders_apart(elders: Elders, home: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "readme.md").write_text(f"What stands in folder {name} alone.")
        assert elders("ingest", str(tmp_path / name), "--prefix", f"{name}/").status == 0
    with KnowledgeBase.open(home, read_only=True) as base:
        assert [d.source_id for d in base.documents] == ["a/readme.md", "b/readme.md"]
