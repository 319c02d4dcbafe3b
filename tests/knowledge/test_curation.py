from __future__ import annotations

import json

import pytest

from foundation.database.engine import Database
from foundation.errors import InvalidInput, NotFound
from knowledge.curation import INTENDED, Curation
from knowledge.curation_log import export_lines, replay_lines
from knowledge.graph.identities import DIFFERENT, RENAMED, SAME
from knowledge.library import Library
from knowledge.log import read_changes
from knowledge.sage import KnowledgeSage
from tests.knowledge.drafts import Ticking, draft, make_sage, words


@pytest.fixture
def sage(database: Database) -> KnowledgeSage:
    return make_sage(database)


@pytest.fixture
def curation(database: Database) -> Curation:
    return Curation(database, Ticking())


def holding(curation: Curation) -> list[tuple[str, str, str]]:
    return [(d.kind, d.subject, d.object) for d in curation.list()]


def test_of_two_decisions_about_a_pair_the_later_holds(curation: Curation) -> None:
    curation.merge("Blue Team", "Azure Crew")
    curation.keep_apart("azure crew", "Blue-Team")
    assert holding(curation) == [(DIFFERENT, "azurecrew", "blueteam")]
    assert [d.kind for d in curation.list(current=False)] == [SAME, DIFFERENT]


def test_undoing_lets_the_decision_hold_again_that_was_ended(curation: Curation) -> None:
    curation.merge("Blue Team", "Azure Crew")
    parted = curation.keep_apart("Blue Team", "Azure Crew")
    curation.undo(parted.seq)
    assert holding(curation) == [(SAME, "azurecrew", "blueteam")]


def test_renaming_twice_keeps_the_last_label(curation: Curation) -> None:
    curation.rename("PPR", "PageRank")
    curation.rename("PPR", "Personal PageRank")
    assert holding(curation) == [(RENAMED, "ppr", "Personal PageRank")]


def test_of_a_question_the_last_intent_holds_whoever_says_it_and_however_it_is_written(
    database: Database, curation: Curation
) -> None:
    first = curation.intend(" Why is  it SLOW? ", "troubleshooting", actor="ann")
    assert (first.kind, first.subject) == (INTENDED, "why is it slow?")
    assert curation.intend("why is it slow?", "troubleshooting", actor="ben") == first
    curation.intend("Ｗｈｙ is it slow?", "performance", actor="ben")
    assert holding(curation) == [(INTENDED, "why is it slow?", "performance")]
    assert curation.undo_intent("WHY is it slow?").actor == "ben"
    assert curation.list() == [first]
    curation.undo_intent("why is it slow?")
    with pytest.raises(NotFound, match="nobody said what 'Why is it slow\\?' was after"):
        curation.undo_intent("Why is it slow?")
    with database.read() as connection:
        told = [(c.kind, c.collection, c.actor) for c in read_changes(connection)]
    assert told == [
        (INTENDED, "", "ann"), (INTENDED, "", "ben"),
        (f"{INTENDED}.undone", "", "user"), (f"{INTENDED}.undone", "", "user"),
    ]  # fmt: skip


def test_no_intent_is_said_of_what_is_no_question_and_none_that_there_is_not(
    curation: Curation,
) -> None:
    for question, intent in (("　", "factual"), ("x" * 601, "factual"), ("why?", "curiosity")):
        with pytest.raises(InvalidInput):
            curation.intend(question, intent)
    longest = "".join(chr(0x20000 + 37 * number) for number in range(600))  # four bytes each
    assert curation.intend(longest, "factual").data == {"query": longest}
    assert [d.object for d in curation.list()] == ["factual"]


def test_intents_are_replayed_and_a_line_whose_question_is_another_is_refused(
    database: Database, sage: KnowledgeSage, curation: Curation
) -> None:
    curation.intend("Where is the Map?", "navigational")
    curation.intend("where is the map?", "factual")
    lines = list(export_lines(database))
    curation.undo_intent("where is the map?")
    assert replay_lines(lines, curation, sage, database) == {"replayed": 1, "unchanged": 1}
    assert holding(curation) == [(INTENDED, "where is the map?", "factual")]
    other = json.loads(lines[0])
    wrongs: list[dict[str, object]] = [
        {"object": "curiosity"},
        {"data": {}},
        {"data": {"query": "another"}},
        {"subject": "x" * 601, "data": {"query": "x" * 601}},
    ]
    for wrong in wrongs:
        with pytest.raises(InvalidInput, match="line 1"):
            replay_lines([json.dumps(other | wrong)], curation, sage, database)


def test_every_decision_and_its_end_is_a_change_that_names_who_did_it(
    database: Database, curation: Curation
) -> None:
    made = curation.merge("A Name", "Other Name", actor="ann")
    curation.undo(made.seq, actor="bob")
    with database.read() as connection:
        told = [(c.kind, c.actor) for c in read_changes(connection)]
    assert told == [(SAME, "ann"), (f"{SAME}.undone", "bob")]
    assert curation.list() == []
    with pytest.raises(NotFound, match="no decision of change 1 holds"):
        curation.undo(made.seq)


def test_spellings_of_one_name_cannot_be_merged(curation: Curation) -> None:
    with pytest.raises(InvalidInput, match="spellings of one name"):
        curation.merge("e-mail", "E-Mail")


def test_a_name_alone_cannot_be_split(sage: KnowledgeSage, curation: Curation) -> None:
    sage.add("default", [draft("a", "Mount Wilson stands.")])
    with pytest.raises(NotFound, match="the only name of its entity"):
        curation.split("Mount Wilson")


def test_splitting_takes_a_name_out_of_its_entity(
    database: Database, sage: KnowledgeSage, curation: Curation
) -> None:
    from knowledge.graph.store import GraphStore

    sage.add("default", [draft("a", "Personalised PageRank (PPR) ranks.")])
    assert len(curation.split("PPR")) == 1
    store = GraphStore(database)
    assert store.entity("PPR") != store.entity("Personalised PageRank")


def test_the_log_replayed_into_a_base_leaves_the_same_decisions_and_does_so_once(
    database: Database, sage: KnowledgeSage, curation: Curation
) -> None:
    same = words(1, 200)
    sage.add("default", [draft("a", same), draft("b", same + " and more")])
    first, second = (document.id for document in Library(database).list())
    sage.decide(first, second, same=False)
    curation.merge("Blue Team", "Azure Crew", actor="ann")
    made = curation.rename("Blue Team", "The Blues")
    curation.undo(made.seq)
    curation.keep_apart("One Thing", "Other Thing")
    lines = list(export_lines(database))
    assert [json.loads(line)["kind"] for line in lines] == [
        "duplicates.verdict", SAME, RENAMED, f"{RENAMED}.undone", DIFFERENT,
    ]  # fmt: skip
    before = holding(curation)
    done = replay_lines(lines, curation, sage, database)
    assert sum(done.values()) == len(lines)
    assert holding(curation) == before
    again = replay_lines(list(export_lines(database)), curation, sage, database)
    assert set(again) == {"unchanged"}


def test_what_was_undone_gives_way_in_another_base_to_what_it_had_ended(
    database: Database, sage: KnowledgeSage, curation: Curation
) -> None:
    merged = curation.merge("Blue Team", "Azure Crew")
    parted = curation.keep_apart("Blue Team", "Azure Crew")
    curation.undo(parted.seq)
    lines = list(export_lines(database))
    curation.undo(merged.seq)
    assert curation.list() == []
    assert replay_lines(lines, curation, sage, database) == {"replayed": 1, "unchanged": 2}
    assert holding(curation) == [(SAME, "azurecrew", "blueteam")]
    ended = [*lines, *list(export_lines(database))[3:4]]
    replay_lines(ended, curation, sage, database)
    assert curation.list() == []


def test_a_verdict_about_documents_that_are_not_here_waits(
    database: Database, sage: KnowledgeSage, curation: Curation
) -> None:
    line = {
        "format": "elders-curation-1",
        "actor": "ann",
        "kind": "duplicates.verdict",
        "subject": "default/x",
        "object": "default/y",
        "data": {"same": True},
    }
    assert replay_lines([json.dumps(line)], curation, sage, database) == {"waiting": 1}


@pytest.mark.parametrize("line", ["{", "[]", '{"kind": "entities.same"}', '{"kind": "x"}'])
def test_a_line_that_is_no_decision_is_named_and_nothing_is_taken_in(
    database: Database, sage: KnowledgeSage, curation: Curation, line: str
) -> None:
    curation.merge("Blue Team", "Azure Crew")
    good = list(export_lines(database))
    curation.undo(1)
    with pytest.raises(InvalidInput, match="line 2"):
        replay_lines([*good, line], curation, sage, database)
    assert holding(curation) == []
