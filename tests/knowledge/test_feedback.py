"""Feedback on both engines: what holds, what it is worth, and that a purge leaves none of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from foundation.database.engine import Database
from foundation.database.schema import changes, feedback
from foundation.errors import InvalidInput, NotFound
from foundation.ids import ChunkId, DocumentId
from knowledge.feedback import Answer, FeedbackLog
from knowledge.judgements import judgements
from knowledge.library import Library
from knowledge.log import AsOf, read_changes
from knowledge.reading import Reader
from knowledge.sage import KnowledgeSage
from tests.knowledge.drafts import Ticking, draft, make_sage, words

ASKED = "How is the pump primed?"


@pytest.fixture
def sage(database: Database) -> KnowledgeSage:
    sage = make_sage(database)
    sage.add("c", [draft("a", words(1), words(2)), draft("b", words(3)), draft("か", words(4))])
    return sage


@pytest.fixture
def log(database: Database, sage: KnowledgeSage) -> FeedbackLog:
    return FeedbackLog(database, Ticking())


def passage(number: int) -> Answer:
    return Answer(chunk_id=ChunkId(number))


def graded(database: Database, **options: object) -> dict[str, dict[int | str, int]]:
    with database.read() as connection:
        found = judgements(connection, **options)  # type: ignore[arg-type]  # a test's shorthand
        return {q: {target: int(g) for target, g in grades.items()} for q, grades in found.items()}


def test_what_is_said_is_a_change_that_names_who_said_it_of_what(
    database: Database, log: FeedbackLog
) -> None:
    said = log.give(f" {ASKED} ", passage(3), "useful", rank=2, actor="ann")
    assert (said.query, said.source_id, said.collection, said.rank) == (ASKED, "b", "c", 2)
    assert log.list() == [said]
    with database.read() as connection:
        last = read_changes(connection, after=said.seq - 1)[0]
    assert (last.kind, last.actor, last.subject) == ("feedback.useful", "ann", "b")
    assert last.document_id == said.document_id
    assert last.details == {"query": ASKED, "rank": 2, "chunk": 3}


def test_saying_it_again_changes_nothing(database: Database, log: FeedbackLog) -> None:
    first = log.give(ASKED, passage(3), "clicked", rank=1)
    assert log.give("how is the  PUMP primed?", passage(3), "clicked", rank=4) == first
    assert len(log.list(current=False)) == 1


def test_of_two_opinions_the_last_holds_and_a_click_stays(log: FeedbackLog) -> None:
    for kind in ("useful", "clicked", "wrong"):
        log.give(ASKED, passage(1), kind)
    log.give(ASKED, passage(1), "useful", actor="ben")
    assert [(s.kind.value, s.actor) for s in log.list()] == [
        ("clicked", "user"), ("wrong", "user"), ("useful", "ben"),
    ]  # fmt: skip
    assert len(log.list(current=False)) == 4


def test_undoing_takes_back_all_that_this_actor_said_of_it(
    database: Database, log: FeedbackLog
) -> None:
    log.give(ASKED, passage(1), "clicked")
    log.give(ASKED, passage(1), "useful")
    log.give(ASKED, passage(1), "useful", actor="ben")
    undone = log.undo(ASKED.upper(), passage(1))
    assert [each.kind for each in undone] == ["clicked", "useful"]
    assert [each.actor for each in log.list()] == ["ben"]
    with database.read() as connection:
        assert read_changes(connection, after=undone[0].valid_to - 1)[0].kind == "feedback.undone"
    with pytest.raises(NotFound, match="said nothing"):
        log.undo(ASKED, passage(1))


def test_what_is_not_there_or_not_said_rightly_is_refused(log: FeedbackLog) -> None:
    for answer in (passage(99), passage(-1), passage(2**70), Answer(document_id=DocumentId("x"))):
        with pytest.raises(NotFound, match="there is no"):
            log.give(ASKED, answer, "useful")
    for query, kind, rank in ((" ", "useful", 1), (ASKED, "liked", 1), (ASKED, "useful", 0)):
        with pytest.raises(InvalidInput):
            log.give(query, passage(1), kind, rank=rank)
    with pytest.raises(InvalidInput, match="name one of them"):
        log.give(ASKED, Answer(), "useful")
    with pytest.raises(InvalidInput, match="at most"):
        log.give("x" * 40_000, passage(1), "useful")
    assert log.list(current=False) == []


def test_most_opinions_decide_and_before_them_clicks_count_for_nothing(
    database: Database, log: FeedbackLog
) -> None:
    for actor, kind in (("ann", "useful"), ("ben", "useful"), ("cem", "wrong")):
        log.give(ASKED, passage(1), kind, actor=actor)
    log.give(ASKED, passage(2), "wrong")
    log.give(ASKED, passage(2), "clicked", rank=9)
    for actor, kind in (("ann", "useful"), ("ben", "wrong")):
        log.give(ASKED, passage(3), kind, actor=actor)
    assert graded(database) == {ASKED: {1: 2, 2: 0}}


def test_a_click_on_what_stood_first_is_proof_only_from_two_people(
    database: Database, log: FeedbackLog
) -> None:
    log.give(ASKED, passage(1), "clicked", rank=1)
    log.give(ASKED, passage(2), "clicked")
    log.give(ASKED, passage(3), "clicked", rank=2)
    assert graded(database) == {ASKED: {3: 1}}
    log.give("HOW is the pump primed?", passage(1), "clicked", rank=1, actor="ben")
    assert graded(database) == {"HOW is the pump primed?": {1: 1, 3: 1}}


def test_a_documents_grade_is_that_of_its_best_passage_or_its_own(
    database: Database, log: FeedbackLog
) -> None:
    document = {name: Library(database).find(name) for name in ("a", "b", "か")}
    log.give(ASKED, passage(1), "wrong")
    log.give(ASKED, passage(2), "useful")
    log.give("ポンプの呼び水", Answer(document_id=document["か"]), "useful")
    assert graded(database, by="document") == {
        ASKED: {document["a"]: 2}, "ポンプの呼び水": {document["か"]: 2},
    }  # fmt: skip
    assert graded(database) == {ASKED: {1: 0, 2: 2}}


def test_feedback_follows_a_passage_into_later_versions_and_to_who_stands_for_it(
    database: Database, sage: KnowledgeSage, log: FeedbackLog
) -> None:
    log.give(ASKED, passage(3), "useful")
    before = Reader(database).head()
    sage.add("c", [draft("b", words(5))])
    assert graded(database) == {}
    assert graded(database, at=AsOf(seq=before)) == {ASKED: {3: 2}}
    sage.add("c", [draft("b", words(3))])
    reopened = max(Reader(database).chunk_ids())
    assert reopened > 3
    assert graded(database) == {ASKED: {reopened: 2}}
    sage.delete(Library(database).find("b"))
    sage.add("d", [draft("elsewhere", words(3))])
    assert graded(database) == graded(database, by="document") == {}


def test_a_merged_documents_feedback_is_that_of_who_stands_for_it(
    database: Database, sage: KnowledgeSage, log: FeedbackLog
) -> None:
    sage.add("c", [draft("twin", words(3))])
    first, twin = (Library(database).find(name) for name in ("b", "twin"))
    log.give(ASKED, Answer(document_id=twin), "useful")
    assert graded(database, by="document") == {ASKED: {first: 2}}


def test_at_a_moment_of_the_past_only_what_had_been_said_counts(
    database: Database, log: FeedbackLog
) -> None:
    useful = log.give(ASKED, passage(1), "useful")
    wrong = log.give(ASKED, passage(1), "wrong")
    log.undo(ASKED, passage(1))
    assert graded(database) == {}
    assert graded(database, at=AsOf(seq=wrong.seq)) == {ASKED: {1: 0}}
    assert graded(database, at=AsOf(seq=useful.seq)) == {ASKED: {1: 2}}
    assert graded(database, at=AsOf(time=useful.at)) == {ASKED: {1: 2}}


def test_with_a_purged_document_its_feedback_is_gone(
    database: Database, sage: KnowledgeSage, log: FeedbackLog
) -> None:
    log.give("zanzibarium", passage(3), "useful")
    log.give("zanzibarium", Answer(document_id=Library(database).find("b")), "wrong")
    log.give("kept", passage(1), "useful")
    log.undo("zanzibarium", passage(3))
    sage.purge(Library(database).find("b"), reason="asked by its author")
    with database.read() as connection:
        rows = [*connection.execute(select(feedback)), *connection.execute(select(changes))]
    assert [row for row in rows if "zanzibarium" in str(row)] == []
    assert [each.query for each in log.list(current=False)] == ["kept"]


def test_no_file_of_a_sqlite_home_keeps_the_query_of_a_purged_documents_feedback(
    sqlite_database: Database,
) -> None:
    sage, log = make_sage(sqlite_database), FeedbackLog(sqlite_database, Ticking())
    sage.add("c", [draft("a", words(1))])
    log.give("zanzibarium " * 9, passage(1), "useful")
    sage.purge(Library(sqlite_database).find("a"), reason="test")
    with sqlite_database.read() as connection:
        file = connection.exec_driver_sql("PRAGMA database_list").all()[0][2]
    folder = [path for path in Path(file).parent.iterdir() if path.is_file()]
    assert [path.name for path in folder if b"zanzibarium" in path.read_bytes()] == []
