"""Filters over documents' fields: as they are now, and as they were."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from foundation.database.engine import Database
from foundation.errors import InvalidInput, NotFound
from foundation.security.policy import Access
from knowledge.library import Library
from knowledge.log import NOW, AsOf
from knowledge.model import Removal
from knowledge.reading import AttributeRow, Reader
from retrieval.attributes import Attributes
from retrieval.filters import parse_filter
from tests.knowledge.drafts import draft, later, make_sage, words


def passing(found: Attributes, condition: dict[str, object], at: AsOf = NOW) -> list[int]:
    mask = found.mask(parse_filter(condition), None, at)
    assert mask is not None
    return [int(number) for number in mask.nonzero()[0]]


def test_without_a_condition_all_pass_and_nothing_is_read(database: Database) -> None:
    assert Attributes(Reader(database)).mask(None, None) is None


def test_what_changes_is_seen_by_the_next_filter(database: Database) -> None:
    sage, found = make_sage(database), Attributes(Reader(database))
    sage.add("c", [draft("a", words(1), metadata={"year": 1}), draft("b", words(2))])
    assert passing(found, {"year": 1}) == [1]
    sage.add("c", [draft("b", words(2), metadata={"year": 1}), draft("x", words(3))])
    assert passing(found, {"year": 1}) == [1, 2]
    sage.add("c", [Removal("a")])
    assert passing(found, {"year": 1}) == [2]
    sage.purge(Library(database).find("b"), reason="test")
    assert passing(found, {"year": 1}) == []
    assert passing(found, {"source_id": {"$in": ["x", "b"]}}) == [3]


def test_a_past_moment_is_filtered_by_what_was_so_then(database: Database) -> None:
    sage, reader = make_sage(database), Reader(database)
    found = Attributes(reader)
    sage.add("c", [draft("a", words(1), metadata={"year": 1}, time=later(0))])
    then = AsOf(seq=reader.head())
    sage.add("c", [draft("a", words(1), metadata={"year": 2}, time=later(5)), draft("b", words(2))])
    for at in (then, AsOf(time=later(3))):
        assert passing(found, {"year": 1}, at) == [1]
        assert passing(found, {"year": 2}, at) == []
    assert passing(found, {"year": 2}) == [1]
    assert passing(found, {"source_id": "b"}, then) == []


def test_while_the_past_is_read_others_are_answered(database: Database) -> None:
    sage = make_sage(database)
    sage.add("c", [draft("a", words(1), metadata={"year": 1})])

    class Meanwhile(Reader):
        def attribute_rows(self, at: AsOf = NOW) -> list[AttributeRow]:
            if at != NOW:
                assert pool.submit(found.visible, Access.everything).result(timeout=30).any()
            return super().attribute_rows(at)

    reader = Meanwhile(database)
    found = Attributes(reader)
    with ThreadPoolExecutor(1) as pool:
        assert passing(found, {"year": 1}, AsOf(seq=reader.head())) == [1]


def test_more_moments_than_are_kept_are_all_answered_rightly(database: Database) -> None:
    sage, reader = make_sage(database), Reader(database)
    found, moments = Attributes(reader), []
    for year in range(7):
        sage.add("c", [draft("a", words(1), metadata={"year": year})])
        moments.append(AsOf(seq=reader.head()))
    for _ in range(2):
        for year, at in enumerate(moments):
            assert passing(found, {"year": year}, at) == [1]


def test_a_document_passes_with_what_is_said_of_those_merged_into_it(database: Database) -> None:
    sage, reader, library = make_sage(database), Reader(database), Library(database)
    found = Attributes(reader)
    texts = {"a": ("ops", 1), "b": ("dev", 1), "x": ("dev", 2)}
    drafts = [draft(name, words(n), metadata={"team": team}) for name, (team, n) in texts.items()]
    sage.add("c", drafts)
    merged = AsOf(seq=reader.head())
    assert passing(found, {"team": "dev"}) == [1, 2, 3]
    assert passing(found, {"team": "ops"}) == [1]
    assert passing(found, {"source_id": "b"}) == [1, 2]
    assert passing(found, {"team": {"$ne": "ops"}}) == [1, 2, 3]
    sage.decide(library.find("a"), library.find("b"), same=False)
    assert passing(found, {"team": "dev"}) == [2, 3]
    assert passing(found, {"team": "dev"}, merged) == [1, 2, 3]
    sage.decide(library.find("x"), library.find("a"), same=True)
    assert passing(found, {"team": "dev"}) == [1, 2, 3]
    sage.purge(library.find("x"), reason="test")
    assert passing(found, {"team": "dev"}) == [2]


def test_a_moment_of_the_content_is_filtered_with_the_groups_of_today(database: Database) -> None:
    sage, found = make_sage(database), Attributes(Reader(database))
    fields = [("a", "ops", 0), ("b", "dev", 5)]
    for name, team, hour in fields:
        sage.add("c", [draft(name, words(1), metadata={"team": team}, time=later(hour))])
    assert passing(found, {"team": "dev"}, AsOf(time=later(6))) == [1, 2]
    assert passing(found, {"team": {"$in": ["dev", "ops"]}}, AsOf(time=later(3))) == [1]


def test_the_language_is_that_of_the_document_whose_passages_are_searched(
    database: Database,
) -> None:
    sage, found = make_sage(database), Attributes(Reader(database))
    sage.add("c", [draft("a", words(1), language="ja"), draft("b", words(1), language="en")])
    assert passing(found, {"language": "en"}) == [1, 2]
    speaking = found.speaking(frozenset({"en"}))
    assert speaking is not None
    assert speaking.nonzero()[0].tolist() == [2]


def test_collections_narrow_and_unknown_names_are_refused(database: Database) -> None:
    sage, found = make_sage(database), Attributes(Reader(database))
    sage.add("one", [draft("a", words(1))])
    sage.add("two", [draft("a", words(2))])
    mask = found.mask(None, ["two"])
    assert mask is not None
    assert mask.nonzero()[0].tolist() == [2]
    with pytest.raises(NotFound, match="three"):
        found.mask(None, ["three"])
    with pytest.raises(InvalidInput, match="yaer"):
        passing(found, {"yaer": 1})
