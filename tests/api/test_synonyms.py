"""What documents teach about names reaches searches, and leaves them with the documents."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from api import KnowledgeBase
from foundation.errors import InvalidInput
from tests.api.teaching import opened, teach

PAIRS = {
    "PPR": ("personalised PageRank", "a walk that returns to its seeds with a fixed chance"),
    "SLA": ("service level agreement", "what a provider promises about the uptime of a service"),
    "RCA": ("root cause analysis", "the hunt for what made an outage happen in the first place"),
    "MVC": ("model view controller", "how to part data, pages and what users do to them"),
    "OCR": ("optical character recognition", "how scanned pages become text that can be searched"),
    "CDN": ("content delivery network", "machines near the readers that keep copies of pages"),
}
"""Made up: acronyms with what they stand for, and what the thing is."""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which one glossary defines what other documents only use."""
    home = tmp_path_factory.mktemp("glossary") / "home"
    with opened(home) as base:
        for short, (full, what) in PAIRS.items():
            opening = full[0].upper() + full[1:]
            base.add(f"{opening} ({short}) means: {what}.", source_id=f"glossary/{short}")
            base.add(f"We chose {full} in spring, and were glad of it.", source_id=f"{short}/full")
            base.add(f"The report of May is about {short} alone.", source_id=f"{short}/short")
        for number in range(20):
            text = f"Minutes of day {number}: the report was late, we chose to wait in spring."
            base.add(text, source_id=f"minutes/{number}")
    return home


@pytest.fixture
def taught(template: Path, tmp_path: Path) -> Iterator[KnowledgeBase]:
    """A base of the test's own with those documents."""
    with opened(shutil.copytree(template, tmp_path / "taught")) as base:
        base.platform.parts.rag.refresh()
        yield base


def ranks(base: KnowledgeBase, query: str, wanted: str) -> int:
    """Answer the place of a document among the hits, 99 if it is in none."""
    base.platform.parts.rag.refresh()
    found = [hit.citation.source_id for hit in base.search(query, k=10, mode="lexical")]
    return found.index(wanted) + 1 if wanted in found else 99


def test_a_name_finds_what_is_written_with_the_other_until_its_definition_is_gone(
    taught: KnowledgeBase,
) -> None:
    assert ranks(taught, "PPR", "PPR/full") < 10
    note = taught.search("PPR", mode="lexical").result.notes[0]
    assert note.lower() == "also searched for: personalised pagerank (ppr)"
    taught.documents.delete("glossary/PPR")
    assert ranks(taught, "PPR", "PPR/full") == 99
    assert taught.search("PPR", mode="lexical").result.notes == []


def test_questions_with_the_one_name_find_answers_with_the_other(
    taught: KnowledgeBase, tmp_path: Path
) -> None:
    asked = [(f"when did we choose {s}?", f"{s}/full") for s in PAIRS]
    asked += [(f"May report {full}", f"{s}/short") for s, (full, _) in PAIRS.items()]
    after = [1 / ranks(taught, query, wanted) for query, wanted in asked]
    with opened(tmp_path / "taught", read_only=True, synonym_weight=0.0) as base:
        before = [1 / ranks(base, query, wanted) for query, wanted in asked]
    assert all(now >= then for now, then in zip(after, before, strict=True))
    assert sum(after) > 1.3 * sum(before)


def test_the_past_and_meaning_alone_are_asked_as_they_are(taught: KnowledgeBase) -> None:
    now = taught.search("PPR", mode="lexical").result.seq
    assert taught.search("PPR", mode="lexical", as_of=now).result.notes == []
    assert taught.search("PPR", mode="dense").result.notes == []


def test_a_weight_outside_zero_to_one_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(InvalidInput, match="ELDERS_SYNONYM_WEIGHT"),
        opened(tmp_path / "refused", synonym_weight=1.5),
    ):
        raise AssertionError


def test_insights_are_found_only_where_they_are_asked_for(tmp_path: Path) -> None:
    with opened(tmp_path / "insights") as base:
        teach(base)
        base.patterns.learn()
        base.wait()
        told = base.search("door opens pattern support", collections=["insights"])
        assert {hit.collection for hit in told} == {"insights"}
        for mode in ("default", "lexical", "dense"):
            found = base.search("door opens pattern support", k=100, mode=mode)
            assert found
            assert "insights" not in {hit.collection for hit in found}
