"""What a search says of how it understood the question."""

from __future__ import annotations

from pathlib import Path

from api import KnowledgeBase
from foundation.clock import Micros

ASKED = "What do the latest release notes say of the boiler?"


def test_newer_before_older_is_said_where_something_was_newer(home: Path) -> None:
    with KnowledgeBase.open(home, embedder="hashing", background=False) as base:
        base.add("Release notes of the boiler: the valve is blue.", source_id="one")
        base.add("Release notes of the boiler, and of its red tap.", source_id="two")
        found = base.search(ASKED).result
        assert len(found.hits) == 2
        assert "wanted: the newest, for “latest”" in found.understood
        assert not any("newer" in note for note in found.notes)
        base.add("Release notes of the old boiler.", source_id="old", time=Micros(1_000_000))
        assert "newer before older (“latest”)" in base.search(ASKED).result.notes
