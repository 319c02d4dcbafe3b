"""The sentences that the checker is judged on, and those that its rules were not made on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import answer_checks
from benchmarks.answer_checks import SETS


@pytest.fixture
def sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small sets of the same form as the real ones."""
    for name in SETS:
        folder = tmp_path / name
        folder.mkdir()
        texts = [
            f"The old bridge number {n} was built by the masons of the town." for n in range(9)
        ]
        rows = [
            {"_id": str(n), "title": f"Bridge {n}", "text": f"{text} It is still there today."}
            for n, text in enumerate(texts)
        ]
        (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)))
        (folder / "queries.jsonl").write_text('{"_id": "q", "text": "Who built it?"}')
        judged = "".join(f"q{n}\t{n}\t1\n" for n in range(9))
        (folder / "qrels.tsv").write_text(f"query-id\tcorpus-id\tscore\n{judged}")
    (tmp_path / "scifact-train" / "queries.jsonl").write_text(
        "\n".join(json.dumps({"_id": f"q{n}", "text": f"Bridge {n} is old."}) for n in range(9))
    )
    monkeypatch.setenv("ELDERS_DATA", str(tmp_path))


@pytest.mark.usefixtures("sets")
def test_others_are_those_that_the_draw_brings_next() -> None:
    assert "\nof 20 sentences; " in answer_checks.told(4)
    assert "\nof 25 sentences; " in answer_checks.told(8, after=4)
