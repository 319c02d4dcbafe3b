"""Looking documents up: by name, in pages, and at any moment of the past."""

from __future__ import annotations

import pytest

from foundation.database.engine import Database
from foundation.errors import InvalidInput, NotFound
from foundation.ids import DocumentId, Seq
from knowledge.library import Library
from knowledge.log import AsOf, parse_as_of
from knowledge.model import Removal
from knowledge.reading import Reader
from tests.knowledge.drafts import START, draft, later, make_sage, words


def test_a_document_is_found_by_its_id_or_by_its_source_id(database: Database) -> None:
    sage, library = make_sage(database), Library(database)
    made = sage.add("one", [draft("a", words(1))])[0].document_id
    assert made is not None
    assert library.find("a") == library.find(made) == library.find("a", collection="one") == made
    with pytest.raises(NotFound, match="'a' in collection 'two'"):
        library.find("a", collection="two")
    with pytest.raises(NotFound, match="'nothing'"):
        library.find("nothing")


def test_a_name_that_stands_in_several_collections_must_be_told_apart(database: Database) -> None:
    sage, library = make_sage(database), Library(database)
    one = sage.add("one", [draft("a", words(1))])[0].document_id
    sage.add("two", [draft("a", words(2))])
    with pytest.raises(InvalidInput, match=r"several collections \(one, two\): name one"):
        library.find("a")
    assert library.find("a", collection="one") == one


def test_an_id_beats_a_source_that_is_called_like_it(database: Database) -> None:
    sage, library = make_sage(database), Library(database)
    made = sage.add("c", [draft("a", words(1))])[0].document_id
    assert made is not None
    sage.add("c", [draft(made, words(2))])
    assert library.find(made) == made


def test_pages_hold_each_document_once_in_the_order_of_arrival(database: Database) -> None:
    sage, library = make_sage(database), Library(database)
    sage.add("c", [draft(f"d{n}", words(n)) for n in range(7)])
    sage.add("c", [Removal("d3"), draft("d1", words(50)), draft("d5", words(51))])
    sage.add("other", [draft("x", words(60))])
    seen: list[str] = []
    after = 0
    while page := library.list(collection="c", after=after, limit=2):
        seen += [document.source_id for document in page]
        after = page[-1].number
    assert seen == ["d0", "d1", "d2", "d4", "d5", "d6"]
    assert [(d.source_id, d.deleted, d.version) for d in library.list(deleted=True)] == [
        ("d3", True, 1)
    ]
    assert len(library.list()) == 7


def test_a_document_is_shown_as_it_was_with_its_group_of_then(database: Database) -> None:
    sage, library, reader = make_sage(database), Library(database), Reader(database)
    sage.add("c", [draft("b", words(1), title="B"), draft("a", words(1), title="A")])
    then = AsOf(seq=reader.head())
    a = library.find("a")
    assert not library.get(a).canonical
    sage.decide(a, library.find("b"), same=False)
    sage.add("c", [draft("a", words(2), title="New", metadata={"k": 1})])
    assert library.get(a).canonical
    assert (library.get(a).title, library.get(a).metadata) == ("New", {"k": 1})
    past = library.get(a, at=then)
    assert (past.title, past.metadata, past.canonical, past.version) == ("A", {}, False, 1)
    assert past.group_id is not None
    with pytest.raises(NotFound, match="at that moment"):
        library.get(a, at=AsOf(seq=Seq(1)))


def test_there_is_one_state_at_every_moment_though_sources_date_things_oddly(
    database: Database,
) -> None:
    sage, library = make_sage(database), Library(database)
    sage.add("c", [draft("a", words(1), time=START, metadata={"n": 1})])
    sage.add("c", [draft("a", words(1), time=later(9), metadata={"n": 2})])
    sage.add("c", [draft("a", words(2), time=later(5), metadata={"n": 3})])
    a = library.find("a")
    assert [library.version(a, at=AsOf(time=later(h))).number for h in (4.9, 5, 9)] == [1, 2, 2]
    for hour, number in ((0, 1), (4.9, 1), (7, 1), (9, 3), (10, 3)):
        assert library.get(a, at=AsOf(time=later(hour))).metadata == {"n": number}
        rows = Reader(database).attribute_rows(AsOf(time=later(hour)))
        assert [row.fields["n"] for row in rows] == [number]


def test_metadata_is_the_same_whether_it_came_as_lists_or_tuples(database: Database) -> None:
    sage = make_sage(database)
    sage.add("c", [draft("a", words(1), metadata={"tags": ("x", "y")})])
    again = sage.add("c", [draft("a", words(1), metadata={"tags": ("x", "y")})])
    assert again[0].outcome == "unchanged"
    assert sage.unchanged("c", [draft("a", words(1), metadata={"tags": ["x", "y"]})])[0]


def test_versions_are_answered_by_number_or_moment(database: Database) -> None:
    sage, library = make_sage(database), Library(database)
    sage.add("c", [draft("a", words(1)), draft("a", words(2))])
    a = library.find("a")
    assert library.version(a, 1).text == words(1)
    assert library.version(a).text == words(2)
    with pytest.raises(NotFound, match="has no version 3"):
        library.version(a, 3)
    with pytest.raises(NotFound, match="no document"):
        library.history(DocumentId("nowhere"))


def test_statistics_count_what_holds_now(database: Database) -> None:
    sage, library = make_sage(database), Library(database)
    sage.add("c", [draft("a", words(1), words(2)), draft("b", words(1), words(2)), draft("x", "y")])
    sage.add("c", [draft("x", "z"), draft("gone", words(9)), Removal("gone")])
    assert library.statistics() == {
        "collections": 1,
        "documents": 3,
        "versions": 5,
        "chunks": 3,
        "vectors": 0,
        "merged": 1,
    }


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("20230101", "time"),
        ("seq:20230101", "seq"),
        ("12", "seq"),
        ("2023-01-01T00:00:00+09:00", "time"),
    ],
)
def test_a_seq_and_a_date_are_told_apart(text: str, want: str) -> None:
    at = parse_as_of(text, head=Seq(99_999_999), now=START)
    assert (at.seq is not None, at.time is not None) == (want == "seq", want == "time")


@pytest.mark.parametrize("text", ["²", "-5", "seq:", "seq:x", "now", "१२"])
def test_what_is_neither_a_seq_nor_a_time_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not a time"):
        parse_as_of(text, head=Seq(5), now=START)
