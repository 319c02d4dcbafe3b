"""Real incident reports: what their patterns say is what the reports say."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from foundation.ids import ChunkId
from knowledge.patterns.incident_ranking import Trial
from knowledge.patterns.incidents import (
    Incident,
    Sorted,
    mine_incidents,
    read_incidents,
    sort_incidents,
    told_of,
)
from knowledge.patterns.model import Finding, Passage
from tests.acceptance.data import data_set

CATEGORIES = {
    "a configuration change": "config-change",
    "a release or upgrade": "config-change",
    "a hardware failure": "hardware",
    "power loss": "hardware",
    "an attack or leaked secret": "security",
}
"""Our classes of causes, and the category that the collectors of the reports give such ones.

Theirs is a weak label: it covers all that a report mentions, not its cause alone.
"""


@pytest.fixture(scope="module")
def rows() -> Sequence[Mapping[str, Any]]:
    text = (data_set("postmortems") / "incidents.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def passages(rows: Sequence[Mapping[str, Any]]) -> list[Passage]:
    paragraphs = (
        (row, paragraph) for row in rows for paragraph in row["text"].split("\n\n") if paragraph
    )
    return [
        Passage(ChunkId(number), row["_id"], row["title"], (), paragraph, "en")
        for number, (row, paragraph) in enumerate(paragraphs, 1)
    ]


@pytest.fixture(scope="module")
def incidents(passages: Sequence[Passage]) -> list[Incident]:
    return read_incidents(passages)


@pytest.fixture(scope="module")
def entries(incidents: Sequence[Incident]) -> list[Sorted]:
    return sort_incidents(incidents)[0]


@pytest.fixture(scope="module")
def findings(passages: Sequence[Passage]) -> list[Finding]:
    return mine_incidents(passages)


def test_most_reports_are_read(
    rows: Sequence[Mapping[str, Any]], incidents: Sequence[Incident], entries: Sequence[Sorted]
) -> None:
    assert len(incidents) >= 0.8 * len(rows)
    assert len(entries) >= 0.7 * len(rows)
    assert sum(bool(entry.remedies) for entry in entries) >= 0.35 * len(rows)


def test_every_phrase_stands_where_it_is_said_to(
    passages: Sequence[Passage], incidents: Sequence[Incident]
) -> None:
    chunks = {passage.chunk_id: passage for passage in passages}
    for incident in incidents:
        for said in (incident.problem, *incident.causes, *incident.remedies):
            passage = chunks[said.chunk_id]
            assert passage.case == incident.case
            assert passage.text[said.start : said.end] == said.text


def test_every_pattern_is_proved_by_the_chunks_that_it_names(
    passages: Sequence[Passage], findings: Sequence[Finding]
) -> None:
    assert len(findings) >= 15
    texts = {passage.chunk_id: passage.text for passage in passages}
    for finding in findings:
        proofs = [texts[chunk] for chunk in finding.evidence]
        assert finding.support >= 3
        assert len(proofs) >= finding.support
        for example in finding.data["examples"]:
            assert any(example["cause"] in proof for proof in proofs)
            assert example["remedy"] is None or any(example["remedy"] in p for p in proofs)


def test_classes_of_causes_agree_with_the_collectors_categories(
    rows: Sequence[Mapping[str, Any]], entries: Sequence[Sorted]
) -> None:
    given = {row["_id"]: set(row["categories"]) for row in rows}
    base = {c: sum(c in own for own in given.values()) / len(given) for c in CATEGORIES.values()}
    claimed = [
        (CATEGORIES[cause], given[entry.incident.case])
        for entry in entries
        for cause in entry.causes
        if cause in CATEGORIES
    ]
    precision = sum(category in own for category, own in claimed) / len(claimed)
    chance = sum(base[category] for category, _ in claimed) / len(claimed)
    sys.stdout.write(f"precision {precision:.2f} of {len(claimed)}, by chance {chance:.2f}\n")
    assert len(claimed) >= 50
    assert precision >= 0.55
    assert precision >= 1.5 * chance


def test_patterns_together_rank_causes_better_than_base_rates(
    entries: Sequence[Sorted], findings: Sequence[Finding]
) -> None:
    together = Trial(told_of(entries)).together()
    sys.stdout.write(f"{together}\n")
    for finding in findings[:10]:
        gate = finding.gate
        measured = f"{gate.score:.2f} against {gate.baseline:.2f} in {gate.cases}: {gate.passed}"
        sys.stdout.write(f"{finding.statement} [{measured}]\n")
    assert together.cases >= 40
    assert together.passed
