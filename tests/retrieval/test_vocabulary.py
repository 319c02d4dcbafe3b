"""What else things are called: found in queries, kept in step with the log, weighed in searches."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.database.engine import Database
from knowledge.curation import REJECTED, Curation
from knowledge.learning import Learner
from knowledge.model import Removal
from knowledge.patterns.model import PatternState
from retrieval.vocabulary import Group, Synonyms, Term, Vocabulary
from tests.knowledge.drafts import Ticking, draft, make_sage
from tests.retrieval.indexes.small import NOW, index_of_texts

DEFINES = "Personalised PageRank (PPR) starts its walks from the nodes that a question names."
IS = "Personalised PageRank is a measure of how near other nodes are to some."
USES = "With personalised PageRank, a walk returns to its seeds with a fixed chance at each step."
JAPANESE = "自然言語処理（NLP）とは、人が話す言葉を機械で扱う技術である。"


class Stopped:
    """A monotonic clock that moves when it is told to, and holds up what works in the background.

    While `going` is not set, a thread beside the test's that asks for the time waits.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self.going = threading.Event()
        self.going.set()
        self._own = threading.get_ident()

    def __call__(self) -> float:
        if threading.get_ident() != self._own:
            assert self.going.wait(30.0)
        return self.now


def synonyms(*groups: tuple[str, ...]) -> Synonyms:
    return Synonyms(
        Group([Term([name], len(group) - at) for at, name in enumerate(group)], "stands for")
        for group in groups
    )


def others(found: Synonyms | Vocabulary, query: str) -> dict[str, list[str]]:
    return {each.name: list(each.others) for each in found.expand(query)}


@pytest.fixture
def vocabulary(database: Database) -> Iterator[Vocabulary]:
    found = Vocabulary(database)
    yield found
    found.close()


def test_names_are_found_in_any_case_and_the_longest_counts() -> None:
    known = synonyms(("Personalised PageRank", "PPR"), ("PageRank", "PR"))
    assert others(known, "what does PPR mean") == {"PPR": ["Personalised PageRank"]}
    assert others(known, "ppr in short") == {"ppr": ["Personalised PageRank"]}
    assert others(known, "is personalised pagerank fast?") == {"personalised pagerank": ["PPR"]}
    assert others(known, "PPR or Personalised PageRank") == {}
    assert others(known, "nothing known") == {}


def test_japanese_names_are_found_inside_running_text() -> None:
    known = synonyms(("自然言語処理", "NLP"))
    assert others(known, "自然言語処理とは何か") == {"自然言語処理": ["NLP"]}
    assert others(known, "NLPの例") == {"NLP": ["自然言語処理"]}


def test_an_acronym_that_is_a_common_word_counts_in_capitals_alone() -> None:
    known = synonyms(("World Health Organization", "WHO"), ("Information Technology", "IT"))
    assert others(known, "who is it that said so") == {}
    assert others(known, "WHO guidelines") == {"WHO": ["World Health Organization"]}


@given(st.text(max_size=60))
def test_any_query_can_be_expanded_and_names_what_it_has(query: str) -> None:
    known = synonyms(("Personalised PageRank", "PPR"), ("自然言語処理", "NLP"))
    for found in known.expand(query):
        assert found.name in query
        assert found.others


def test_a_common_word_is_no_other_name_to_search_for() -> None:
    known = synonyms(("Honolulu County", "city", "County of Honolulu"), ("Tokyo", "cities"))
    assert others(known, "which city") == {}
    assert others(known, "Honolulu County") == {"Honolulu County": ["County of Honolulu"]}
    assert others(known, "Tokyo") == {}
    nickname = synonyms(("The Mouth", "Man of Words"))
    assert others(nickname, "where the mouth of the river is") == {}
    assert others(nickname, "The Mouth") == {"The Mouth": ["Man of Words"]}
    misread = synonyms(("API", "along with the options listed above"))
    assert others(misread, "the API") == {}


def test_what_a_document_defines_holds_until_it_is_deleted(
    database: Database, vocabulary: Vocabulary
) -> None:
    sage = make_sage(database)
    sage.add("c", [draft("defines", DEFINES), draft("uses", USES), draft("ja", JAPANESE)])
    vocabulary.refresh()
    (found,) = vocabulary.expand("How does PPR work?")
    assert (found.name, found.why) == ("PPR", "stands for")
    assert [name.lower() for name in found.others] == ["personalised pagerank"]
    assert others(vocabulary, "personalised pagerank") == {"personalised pagerank": ["PPR"]}
    assert others(vocabulary, "NLPの例") == {"NLP": ["自然言語処理"]}
    sage.add("c", [Removal("defines")])
    vocabulary.refresh()
    assert others(vocabulary, "How does PPR work?") == {}


def test_an_acronym_with_two_senses_is_not_expanded(
    database: Database, vocabulary: Vocabulary
) -> None:
    sage = make_sage(database)
    sage.add("c", [draft("one", DEFINES)])
    vocabulary.refresh()
    assert others(vocabulary, "PPR") != {}
    sage.add("c", [draft("two", "The Patient Participation Report (PPR) is due in May.")])
    vocabulary.refresh()
    assert others(vocabulary, "PPR") == {}
    assert others(vocabulary, "personalised pagerank") == {}


def test_people_join_and_part_names(database: Database, vocabulary: Vocabulary) -> None:
    make_sage(database).add("c", [draft("one", DEFINES), draft("two", "# Walk Rank\n\nWalk Rank.")])
    curation = Curation(database, Ticking())
    curation.merge("Walk Rank", "PPR")
    vocabulary.refresh()
    (found,) = vocabulary.expand("walk rank")
    assert "PPR" in found.others
    assert "decided" in found.why
    curation.keep_apart("PPR", "Personalised PageRank")
    vocabulary.refresh()
    assert others(vocabulary, "PPR") == {"PPR": ["Walk Rank"]}


def test_a_rejected_pattern_stops_its_synonyms_at_once_until_that_is_undone(
    database: Database, vocabulary: Vocabulary
) -> None:
    sage = make_sage(database)
    sage.add("c", [draft("defines", f"{DEFINES} {IS}"), draft("more", "We ran PPR twice.")])
    learner = Learner(database, sage, Ticking())
    learned = learner.learn().patterns.learned
    (key,) = [p.key for p in learned if "PPR" in p.data.get("acronyms", ())]
    vocabulary.refresh()
    assert others(vocabulary, "PPR") != {}
    curation = Curation(database, Ticking())
    decision = curation.decide(REJECTED, key)
    vocabulary.refresh()
    assert others(vocabulary, "PPR") == {}
    assert {p.state for p in learner.learn().patterns.changed} == {PatternState.REJECTED}
    vocabulary.refresh()
    assert others(vocabulary, "PPR") == {}
    curation.undo(decision.seq)
    vocabulary.refresh()
    assert others(vocabulary, "PPR") != {}


def test_the_log_is_looked_at_once_a_second_and_what_changed_is_read_aside(
    database: Database,
) -> None:
    sage, clock = make_sage(database), Stopped()
    sage.add("c", [draft("defines", DEFINES)])
    vocabulary = Vocabulary(database, monotonic=clock)
    try:
        assert vocabulary.expand("PPR"), "the first search waits for the names"
        sage.add("c", [Removal("defines")])
        assert vocabulary.expand("PPR"), "not looked at again within the second"
        clock.now += 2.0
        deadline = time.monotonic() + 30.0
        while vocabulary.expand("PPR") and time.monotonic() < deadline:
            clock.now += 2.0
        assert not vocabulary.expand("PPR")
    finally:
        vocabulary.close()
    clock.now += 60.0
    assert not vocabulary.expand("PPR"), "closed, it answers what it knew"


def test_a_search_does_not_wait_for_names_that_are_being_read(database: Database) -> None:
    sage, clock = make_sage(database), Stopped()
    sage.add("c", [draft("defines", DEFINES)])
    vocabulary = Vocabulary(database, monotonic=clock)
    vocabulary.refresh()
    sage.add("c", [Removal("defines")])
    clock.now += 2.0
    clock.going.clear()
    try:
        for _ in range(3):
            assert vocabulary.expand("PPR"), "the old names serve"
            clock.now += 2.0
    finally:
        clock.going.set()
        vocabulary.close()
    assert not vocabulary.expand("PPR"), "what was being read has come"


def test_other_names_add_little_and_change_nothing_where_there_are_none(tmp_path: Path) -> None:
    index = index_of_texts(
        tmp_path, "PPR is fast", "personalised PageRank is fast", "a walk", "自然言語処理の例"
    )
    plain = index.search("is PPR fast", 9, NOW)
    for also, weight in (((), 0.5), (("personalised PageRank",), 0.0), (("PPR", "fast"), 0.5)):
        same = index.search("is PPR fast", 9, NOW, also, weight)
        assert same.ids.tolist() == plain.ids.tolist()
        assert same.scores.tolist() == plain.scores.tolist()
    more = index.search("PPR", 9, NOW, ["personalised PageRank"], 0.2)
    assert more.ids.tolist() == [1, 2]
    assert more.scores[0] == index.search("PPR", 1, NOW).scores[0]
    assert 0 < more.scores[1] < index.search("personalised PageRank", 1, NOW).scores[0] * 0.21
    assert index.search("NLP", 9, NOW, ["自然言語処理"], 0.2).ids.tolist() == [4]
    index.close()
