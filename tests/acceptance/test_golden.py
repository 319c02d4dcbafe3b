"""The sample documents end to end, with the default model, on both database engines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from api import KnowledgeBase
from foundation.errors import NotFound
from knowledge.model import Decision, Outcome, Result
from retrieval.model import Hit
from tests.acceptance.golden import (
    SAMPLES,
    VERSIONED,
    Question,
    corpus_of,
    golden_questions,
    ingest_samples,
    judged_corpus,
)
from tests.support.postgres import migrated_database

QUESTIONS = golden_questions()
PASSAGES = 20


@dataclass(frozen=True, slots=True)
class Ingested:
    """A home with the samples, and what became of each record."""

    base: KnowledgeBase
    results: Sequence[Result]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def ingested(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, models_dir: Path
) -> Iterator[Ingested]:
    folder = tmp_path_factory.mktemp("golden")
    settings: dict[str, Any] = {"embedder": "minilm", "models_dir": models_dir}
    with ExitStack() as stack:
        if request.param == "postgresql":
            server = request.getfixturevalue("postgres_server")
            settings["database_url"] = stack.enter_context(migrated_database(server, folder))
            settings |= {"database_pool_min_connections": 1, "database_pool_max_connections": 8}
        base = stack.enter_context(KnowledgeBase.open(folder / "home", **settings))
        yield Ingested(base, ingest_samples(base))


@pytest.fixture
def base(ingested: Ingested) -> KnowledgeBase:
    return ingested.base


def documents(hits: Sequence[Hit]) -> list[set[str]]:
    """List the documents found, best first, each as all the source ids that it stands for."""
    found: dict[str, set[str]] = {}
    for hit in hits:
        sources = {source.source_id for source in hit.citation.sources}
        found.setdefault(hit.citation.document_id, sources | {hit.citation.source_id})
    return list(found.values())


def test_the_questions_are_worth_asking() -> None:
    languages = Counter(question.language for question in QUESTIONS)
    assert min(languages["en"], languages["ja"]) >= 20
    texts = {row["_id"]: row["text"] for row in judged_corpus()}
    for question in QUESTIONS:
        assert question.sources, question
        holders = {source_id for source_id, text in texts.items() if question.answer in text}
        assert holders <= question.sources, question  # else another document is as right
        assert holders, question


def test_the_judged_corpus_says_what_the_samples_say(base: KnowledgeBase) -> None:
    assert judged_corpus() == corpus_of(base), "run python -m tests.acceptance.golden"


def test_every_record_is_accounted_for(ingested: Ingested) -> None:
    outcomes = Counter(result.outcome for result in ingested.results)
    assert outcomes == {Outcome.ADDED: 25, Outcome.MERGED: 3, Outcome.UPDATED: 2}
    merged = {r.source_id for r in ingested.results if r.outcome is Outcome.MERGED}
    assert {source_id.partition("/")[0] for source_id in merged} == {"wiki"}
    languages = Counter(document.language for document in ingested.base.documents)
    assert set(languages) == {"en", "ja"}
    assert min(languages.values()) >= 12


def test_taking_them_in_again_changes_nothing(base: KnowledgeBase) -> None:
    before = base.status()
    assert base.ingest(SAMPLES).counts == {"unchanged": 27}
    assert base.status().counts == before.counts
    assert base.status().seq == before.seq


def test_duplicates_are_decided_as_designed(base: KnowledgeBase) -> None:
    groups = {
        frozenset(member.source_id for member in group.members): (group.kind, group.decision)
        for group in base.duplicates.list()
    }
    assert groups == {
        frozenset({"how-to/roll-back-a-release.md", "wiki/roll-back-a-release.md"}): (
            "exact",
            Decision.MERGED,
        ),
        frozenset({"how-to/refund-a-ticket.ja.md", "wiki/refund-a-ticket.ja.md"}): (
            "exact",
            Decision.MERGED,
        ),
        frozenset({"runbooks/payments-queue.md", "wiki/payments-queue.md"}): (
            "near",
            Decision.MERGED,
        ),
        frozenset({"releases/2.4.md", "releases/2.5.md"}): ("variant", Decision.REVIEW),
        frozenset({"onboarding/first-week.ja.md", "onboarding/first-week-support.ja.md"}): (
            "near",
            Decision.REVIEW,
        ),
    }


def test_a_variant_waits_for_review_although_it_is_alike_enough_to_be_merged(
    base: KnowledgeBase,
) -> None:
    likeness = {
        group.kind: group.members[0].similarity
        for group in base.duplicates.list()
        if group.decision is Decision.REVIEW
    }
    assert likeness["variant"] >= 0.85
    assert 0.6 <= likeness["near"] < 0.85


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_a_golden_question_finds_its_document_and_cites_it_exactly(
    base: KnowledgeBase, question: Question
) -> None:
    hits = base.search(question.text, k=PASSAGES)
    best = list(islice(documents(hits), 3))
    assert any(found & question.sources for found in best), best
    for hit in hits:
        cited = hit.citation
        version = base.documents.show(cited.document_id, version=cited.version)
        assert version.id == cited.version_id
        assert version.text[cited.start : cited.end] == hit.text
    if len(question.sources) > 1:
        assert question.sources in documents(hits)  # once, with both its sources


def test_nine_of_ten_questions_have_their_answer_among_the_first_five_passages(
    base: KnowledgeBase,
) -> None:
    missed = [
        question.id
        for question in QUESTIONS
        if not any(
            question.answer in hit.text and hit.citation.source_id in question.sources
            for hit in base.search(question.text, k=5)
        )
    ]
    assert len(missed) <= 0.1 * len(QUESTIONS), missed


@pytest.mark.parametrize(
    ("moment", "version", "says"),
    [
        ("2025-04-01", 1, "deleted after 30 days"),
        ("2025-09-30T23:59:59", 1, "deleted after 30 days"),
        ("2025-10-01", 2, "deleted after 90 days"),
        ("2026-02-01", 3, "no longer recorded"),
    ],
)
def test_a_search_as_of_a_day_answers_what_held_on_that_day(
    base: KnowledgeBase, moment: str, version: int, says: str
) -> None:
    hits = base.search("recordings of phone calls to support", as_of=moment)
    assert {hit.citation.source_id for hit in hits} == {VERSIONED}
    assert {hit.citation.version for hit in hits} == {version}
    assert says in hits[0].text
    shown = base.documents.show(VERSIONED, as_of=moment)
    assert (shown.number, says in shown.text) == (version, True)


def test_nothing_is_found_of_a_day_before_the_first_version(base: KnowledgeBase) -> None:
    assert len(base.search("recordings of phone calls", as_of="2025-03-31")) == 0
    with pytest.raises(NotFound):
        base.documents.show(VERSIONED, as_of="2025-03-31")


def test_the_doctor_finds_nothing_wrong(base: KnowledgeBase) -> None:
    assert [finding for finding in base.doctor() if not finding.ok] == []
