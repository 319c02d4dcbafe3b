"""Several processes in one home: one writes, the others wait, read, or are told who it is."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from api import KnowledgeBase
from tests.api.doors import COMMAND, Elders, command, notes


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "corpus.jsonl"
    path.write_text("\n".join(json.dumps({"_id": r.source_id, "text": r.text}) for r in notes(50)))
    return path


def test_a_second_ingestion_waits_for_the_first(corpus: Path, home: Path, elders: Elders) -> None:
    with KnowledgeBase.open(home) as base:
        second = subprocess.Popen([COMMAND, "ingest", corpus, "--json"], stdout=subprocess.PIPE)
        base.ingest(notes(5, about="first"))
        time.sleep(1.5)
        assert second.poll() is None
    out, _ = second.communicate(timeout=60)
    assert second.returncode == 0
    assert json.loads(out)["targets"][0]["added"] == 50
    assert elders("status", "--json").json["counts"]["documents"] == 55


def test_or_is_told_who_holds_the_home(corpus: Path, base: KnowledgeBase) -> None:
    base.add("x", source_id="x")
    refused = command("ingest", str(corpus), env={"ELDERS_LOCK_TIMEOUT_SECONDS": "0.2"})
    assert refused.status == 1
    assert re.match(r"elders: .* is held by `.*` \(process \d+, since .*\)", refused.err)
    assert "ELDERS_LOCK_TIMEOUT_SECONDS" in refused.err


SEARCHES = """
import sys, time
from api import KnowledgeBase
with KnowledgeBase.open(read_only=True) as base:
    found = set()
    end = time.time() + 60
    while len(found) < 20 and time.time() < end:
        hits = base.search("weather", k=100, mode="lexical").result.hits + base.search(
            "weather19word1", k=1).result.hits
        found |= {hit.citation.source_id for hit in hits}
        if "weather/19.md" in found:
            break
    sys.exit(0 if "weather/19.md" in found else 1)
"""


def test_a_second_process_searches_while_the_first_ingests(base: KnowledgeBase) -> None:
    base.add("the first", source_id="first")
    reader = subprocess.Popen([sys.executable, "-c", SEARCHES], stderr=subprocess.PIPE, text=True)
    for record in notes(20):
        base.ingest([record])
        time.sleep(0.05)
    _, error = reader.communicate(timeout=90)
    assert reader.returncode == 0, error


def test_a_killed_owner_leaves_a_home_that_opens(corpus: Path, home: Path, elders: Elders) -> None:
    process = subprocess.Popen([COMMAND, "serve", "--port", "0"], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.communicate()
    assert elders("ingest", str(corpus), "--json").json["targets"][0]["added"] == 50
    assert elders("status", "--json").json["held_by"] == ""
