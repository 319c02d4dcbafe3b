"""Patterns come, become active, are retired and told of; every step is a change."""

from __future__ import annotations

import pytest

from foundation.database.engine import Database
from foundation.database.schema import documents
from knowledge.curation import ACCEPTED, REJECTED, Curation
from knowledge.follower import catch_up
from knowledge.learning import Learner
from knowledge.library import Library
from knowledge.log import AsOf, head, read_changes
from knowledge.model import INSIGHTS, Draft, Removal, Span
from knowledge.patterns.model import Pattern, PatternKind, PatternState
from knowledge.patterns.store import pattern_history, read_patterns
from knowledge.reading import Reader
from knowledge.sage import KnowledgeSage
from tests.knowledge.drafts import Ticking, make_sage

HEAD = "2026-01-0{day} 10:{minute:02}:{second:02} INFO worker "


def log_of(source: str, day: int, lines: int = 60) -> Draft:
    """Write a log in two passages: jobs start and end, a disk fills now and then."""
    told = []
    for number in range(lines):
        head_ = HEAD.format(day=day, minute=number // 60, second=number % 60)
        what = (
            f"disk /dev/sd{number % 3} is {50 + number % 40} % full"
            if number % 5 == 4
            else f"job {number * day} {'started' if number % 2 else 'ended in 12 ms'}"
        )
        told.append(head_ + what)
    parts = ["\n".join(told[: lines // 2]), "\n".join(told[lines // 2 :])]
    text = "\n\n".join(parts)
    spans = [Span(0, 0, len(parts[0])), Span(1, len(parts[0]) + 2, len(text))]
    return Draft(source, text, spans, title=source)


@pytest.fixture
def sage(database: Database) -> KnowledgeSage:
    return make_sage(database)


@pytest.fixture
def learner(database: Database, sage: KnowledgeSage) -> Learner:
    return Learner(database, sage, Ticking())


def patterns(database: Database, *states: PatternState) -> list[Pattern]:
    with database.read() as connection:
        return read_patterns(connection, states=[state.value for state in states])


def test_logs_teach_templates_that_pass_their_gate_and_are_told_of(
    database: Database, sage: KnowledgeSage, learner: Learner
) -> None:
    sage.add("default", [log_of(f"worker-{n}.log", n) for n in range(1, 7)])
    learned = learner.learn()
    active = patterns(database, PatternState.ACTIVE)
    assert {p.kind for p in active} >= {PatternKind.LOG_TEMPLATE}
    assert all(p.gate.passed and p.gate.score > p.gate.baseline for p in active)
    told = Library(database).list(collection=INSIGHTS)
    assert {d.metadata["pattern"] for d in told} == {p.key for p in active}
    assert learned.insights == len(told)
    text = Library(database).version(told[0].id).text
    assert "## Evidence" in text
    assert "## What changed" in text


def test_learning_again_changes_nothing_and_a_follower_comes_to_rest(
    database: Database, sage: KnowledgeSage, learner: Learner
) -> None:
    sage.add("default", [log_of(f"worker-{n}.log", n) for n in range(1, 7)])
    learner.learn()
    again = learner.learn()
    assert not again.patterns
    assert again.insights == 0
    reader = Reader(database)
    catch_up(learner, reader)
    catch_up(learner, reader)
    assert learner.position() == reader.head()


def test_a_pattern_whose_evidence_is_gone_is_retired_with_its_insight(
    database: Database, sage: KnowledgeSage, learner: Learner
) -> None:
    names = [f"worker-{n}.log" for n in range(1, 7)]
    sage.add("default", [log_of(name, n) for n, name in enumerate(names, start=1)])
    learner.learn()
    before = patterns(database, PatternState.ACTIVE)
    with database.read() as connection:
        then = head(connection)
    sage.add("default", [Removal(name) for name in names])
    learned = learner.learn()
    assert {p.key for p in learned.patterns.retired} >= {p.key for p in before}
    assert patterns(database, PatternState.ACTIVE) == []
    assert Library(database).list(collection=INSIGHTS) == []
    with database.read() as connection:
        past = read_patterns(connection, states=["active"], at=AsOf(seq=then))
        states = [p.state for p in pattern_history(connection, before[0].key)]
        kinds = {c.kind for c in read_changes(connection, limit=10_000)}
    assert {p.key for p in past} == {p.key for p in before}
    assert states == [PatternState.ACTIVE, PatternState.RETIRED]
    assert {"pattern.learned", "pattern.retired"} <= kinds


def test_a_very_long_pattern_is_learned_once_and_kept(
    database: Database, sage: KnowledgeSage, learner: Learner
) -> None:
    words = " ".join(f"word{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(80))
    logs = [log_of(f"worker-{n}.log", n) for n in range(1, 7)]
    for number, log in enumerate(logs):
        line = f"2026-01-0{number + 1} 11:00:00 INFO worker {words}\n"
        text = line + log.text
        logs[number] = Draft(log.source_id, text, [Span(0, 0, len(text))], title=log.title)
    sage.add("default", logs)
    learner.learn()
    assert any(len(p.key) == 400 for p in patterns(database))
    assert not learner.learn().patterns


def test_peoples_word_beats_the_gate_until_it_is_taken_back(
    database: Database, sage: KnowledgeSage, learner: Learner
) -> None:
    sage.add("default", [log_of(f"worker-{n}.log", n) for n in range(1, 7)])
    learner.learn()
    curation = Curation(database, Ticking())
    key = patterns(database, PatternState.ACTIVE)[0].key
    decision = curation.decide(REJECTED, key)
    learner.learn()
    assert key in {p.key for p in patterns(database, PatternState.REJECTED)}
    assert key not in {d.metadata["pattern"] for d in Library(database).list(collection=INSIGHTS)}
    curation.undo(decision.seq)
    learner.learn()
    assert key in {p.key for p in patterns(database, PatternState.ACTIVE)}
    for waiting in patterns(database, PatternState.CANDIDATE)[:1]:
        curation.decide(ACCEPTED, waiting.key)
        learner.learn()
        assert waiting.key in {p.key for p in patterns(database, PatternState.ACTIVE)}


def test_a_purge_takes_the_patterns_that_quote_the_document_with_it(
    database: Database, sage: KnowledgeSage, learner: Learner
) -> None:
    sage.add("default", [log_of(f"worker-{n}.log", n) for n in range(1, 7)])
    learner.learn()
    document = Library(database).list(collection="default")[0]
    quoting = {
        p.key
        for p in patterns(database)
        for chunk in Reader(database).chunks(list(p.evidence)).values()
        if chunk.document_id == document.id
    }
    assert quoting
    sage.purge(document.id, reason="test")
    assert quoting.isdisjoint(p.key for p in patterns(database))
    with database.read() as connection:
        told = connection.execute(
            documents.select().where(documents.c.collection == INSIGHTS)
        ).all()
        subjects = {c.subject for c in read_changes(connection, limit=10_000)}
    assert quoting.isdisjoint(row.source_id.removeprefix("patterns/") for row in told)
    assert quoting.isdisjoint(subjects)
