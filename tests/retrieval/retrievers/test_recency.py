"""Finding the newest."""

from __future__ import annotations

import pytest

from foundation.clock import Micros
from knowledge.log import AsOf
from retrieval.model import Scope
from retrieval.retrievers.model import Asked
from retrieval.retrievers.recency import Recency
from tests.contracts.retriever import DAY, RetrieverContract
from tests.knowledge.drafts import draft
from tests.retrieval.searching import Home


class TestRecency(RetrieverContract):
    text = "the newest release notes of the boiler"

    @pytest.fixture
    def retriever(self, filled: Home) -> Recency:
        return Recency(filled.lexical, filled.reader.times)

    def test_the_newest_relevant_passage_is_first(self, filled: Home, retriever: Recency) -> None:
        found = retriever.retrieve(self.asked(filled, self.text))
        texts = [text for _, text in filled.reader.texts(found.ids.tolist())]
        assert [text.split()[0] for text in texts] == ["Look", "The"]
        assert found.scores.tolist() == [1.0, 0.5]

    def test_a_document_is_as_new_as_its_version(self, filled: Home, retriever: Recency) -> None:
        text = "The release notes of the boiler say that steam rises from the valve"
        filled.sage.add("c", [draft("old", text, "And more of it", time=9 * DAY)])
        filled.catch_up()
        now = retriever.retrieve(self.asked(filled, self.text))
        (first, *_) = filled.reader.texts(now.ids.tolist())
        assert first[1] == text
        then = AsOf(time=Micros(3 * DAY))
        asked = Asked(self.text, 10, Scope(time=then.time), then, newest=True)
        (first, *_) = filled.reader.texts(retriever.retrieve(asked).ids.tolist())
        assert first[1].startswith("Look")

    def test_it_is_asked_only_where_the_newest_is_wanted(self, retriever: Recency) -> None:
        assert not retriever.applies(Asked(self.text, 10, Scope()))


def test_what_came_within_an_hour_is_of_one_time(home: Home) -> None:
    for minute, name in enumerate(("one", "two")):
        home.sage.add("c", [draft(name, f"boiler notes {name}", time=DAY + minute * 60_000_000)])
    home.catch_up("lexical")
    recency = Recency(home.lexical, home.reader.times)
    assert len(recency.retrieve(Asked("boiler notes", 10, Scope(), newest=True))) == 0


def test_seconds_apart_are_of_one_time_on_either_side_of_a_full_hour(home: Home) -> None:
    hour = 10 * DAY + 3_600_000_000
    for second, name in ((-1, "one"), (1, "two")):
        home.sage.add("c", [draft(name, f"boiler notes {name}", time=hour + second * 1_000_000)])
    home.catch_up("lexical")
    recency = Recency(home.lexical, home.reader.times)
    assert len(recency.retrieve(Asked("boiler notes", 10, Scope(), newest=True))) == 0


def test_a_moment_ends_where_nothing_follows_for_longer_than_an_hour(home: Home) -> None:
    minutes = {"first": 0, "second": 59, "third": 119, "late": 180, "later": 240}
    for name, minute in minutes.items():
        text = f"boiler notes {name}" + " boiler" * (name == "first")
        home.sage.add("c", [draft(name, text, time=DAY + minute * 60_000_000)])
    home.catch_up("lexical")
    recency = Recency(home.lexical, home.reader.times)
    found = recency.retrieve(Asked("boiler notes", 10, Scope(), newest=True))
    texts = [text for _, text in home.reader.texts(found.ids.tolist())]
    assert [text.split()[2] for text in texts] == ["late", "later", "first", "second", "third"]
    assert found.scores.tolist() == [1.0, 1.0, 0.5, 0.5, 0.5]


def test_a_search_for_the_newest_shows_it_first_and_says_so(home: Home) -> None:
    home.sage.add("c", [draft("old", "boiler boiler boiler notes", time=DAY)])
    home.sage.add("c", [draft("new", "what was changed: notes on every boiler", time=9 * DAY)])
    home.catch_up()
    assert home.found("boiler notes", mode="default") == ["old", "new"]
    result = home.search("boiler notes", newest="latest")
    assert [hit.citation.source_id for hit in result.hits] == ["new", "old"]
    assert [hit.parts["newest"] for hit in result.hits] == [1.0, 0.5]
    assert "newer before older (“latest”)" in result.notes


def test_where_all_is_of_one_time_nothing_says_that_it_was_ordered(home: Home) -> None:
    home.sage.add("c", [draft(name, f"boiler notes {name}", time=DAY) for name in ("a", "b")])
    home.catch_up()
    result = home.search("boiler notes", newest="latest")
    assert len(result.hits) == 2
    assert not any("newer" in note for note in result.notes)
