"""Feeds and fields: what followers read loses nothing, in steps of any size."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from foundation.database.engine import Database, open_database
from foundation.ids import ChunkId, Seq
from knowledge.library import Library
from knowledge.log import AsOf, read_changes
from knowledge.model import Removal
from knowledge.reading import Reader
from tests.knowledge.drafts import draft, make_sage, replay, words
from tests.support.postgres import SMALL_POOL


def test_a_feed_holds_whole_seqs_and_about_as_many_chunks_as_asked_for(database: Database) -> None:
    sage, reader = make_sage(database), Reader(database)
    sage.add("c", [draft(f"d{n}", words(n), words(n + 100)) for n in range(5)])
    feed = reader.feed(Seq(0), limit=5)
    assert len(feed.opened) == 4
    assert {chunk.valid_from for chunk in feed.opened} <= set(range(feed.after + 1, feed.upto + 1))
    one = reader.feed(Seq(1), limit=1)
    assert (one.after, one.upto, len(one.opened)) == (1, 2, 2)
    assert reader.feed(reader.head(), limit=9).empty
    assert reader.feed(Seq(0), limit=100, upto=Seq(3)).upto == 3


def test_a_chunk_that_opened_and_closed_within_a_feed_stands_in_both(database: Database) -> None:
    sage, reader = make_sage(database), Reader(database)
    sage.add("c", [draft("a", words(1)), draft("a", words(2))])
    feed = reader.feed(Seq(0), limit=100)
    assert [c.text for c in feed.opened] == [words(1), words(2)]
    assert [c.text for c in feed.closed] == [words(1)]


def test_of_a_purged_document_a_feed_names_the_numbers_alone(database: Database) -> None:
    sage, reader = make_sage(database), Reader(database)
    sage.add("c", [draft("a", words(1), words(2)), draft("b", words(3))])
    before = reader.head()
    sage.purge(Library(database).find("a"), reason="test")
    assert sorted(reader.feed(before, limit=100).purged) == [1, 2]
    assert [c.text for c in reader.feed(Seq(0), limit=100).opened] == [words(3)]
    rows = reader.changed_attribute_rows(before)
    assert [(row.document_number, row.deleted, row.fields) for row in rows] == [(1, True, {})]


def test_fields_are_those_of_the_moment(database: Database) -> None:
    sage, reader = make_sage(database), Reader(database)
    sage.add("c", [draft("a", words(1), title="One", author="Ada", metadata={"year": 1})])
    then = reader.head()
    sage.add("c", [draft("a", words(2), title="Two", metadata={"year": 2}), draft("b", words(3))])
    now = {row.fields["source_id"]: row.fields for row in reader.attribute_rows()}
    assert (now["a"]["year"], now["a"]["title"], now["a"]["version"]) == (2, "Two", 2)
    (past,) = reader.attribute_rows(AsOf(seq=then))
    assert (past.fields["year"], past.fields["title"], past.fields["author"]) == (1, "One", "Ada")
    changed = {row.fields["source_id"] for row in reader.changed_attribute_rows(then)}
    assert changed == {"a", "b"}
    sage.add("c", [Removal("a")])
    (gone,) = [r for r in reader.changed_attribute_rows(then) if r.document_number == 1]
    assert gone.deleted


def test_of_what_was_touched_the_fields_of_before_are_read_and_nothing_else(
    database: Database,
) -> None:
    sage, reader = make_sage(database), Reader(database)
    drafts = [draft(name, words(n), metadata={"year": 1}) for n, name in enumerate("abcd")]
    sage.add("c", drafts)
    then = reader.head()
    assert reader.attribute_rows_before(then) == []
    sage.add("c", [draft("a", words(0), metadata={"year": 2}), draft("new", words(9))])
    sage.add("c", [Removal("b")])
    sage.purge(Library(database).find("d"), reason="test")
    rows = {row.document_number: row for row in reader.attribute_rows_before(then)}
    assert {number: row.fields.get("year") for number, row in rows.items()} == {1: 1, 2: 1, 5: None}
    assert [number for number, row in rows.items() if row.deleted] == [5]


def test_metadata_cannot_pose_as_a_built_in_field(database: Database) -> None:
    make_sage(database).add("c", [draft("a", words(1), metadata={"source_id": "forged"})])
    assert Reader(database).attribute_rows()[0].fields["source_id"] == "a"


def test_more_is_asked_for_than_a_statement_may_bind(database: Database) -> None:
    sage, reader = make_sage(database), Reader(database)
    sage.add("c", [draft(f"d{n}", f"text {n}") for n in range(1_200)])
    ids = reader.chunk_ids()
    assert len(reader.chunks([*ids, ChunkId(10**9)])) == 1_200
    assert len(sage.unchanged("c", [draft(f"d{n}", f"text {n}") for n in range(1_200)])) == 1_200
    results = sage.add("c", [Removal(f"d{n}") for n in range(1_200)])
    assert {result.outcome for result in results} == {"deleted"}
    assert reader.chunk_ids() == []


def test_two_writers_at_once_leave_one_log_without_gaps(
    request: pytest.FixtureRequest, tmp_path: Path, database: Database
) -> None:
    url = f"sqlite:///{database.location}"
    if database.dialect == "postgresql":
        url = request.getfixturevalue("postgres_url")
    other = open_database(url, home=tmp_path, pool=SMALL_POOL)
    seen: list[int] = []
    ends = threading.Event()

    def follow() -> None:
        reader, position = Reader(other), Seq(0)
        while not ends.is_set() or position < reader.head():
            feed = reader.feed(position, limit=3)
            seen.extend(chunk.id for chunk in feed.opened)
            position = feed.upto

    def write(name: str, where: Database) -> None:
        sage = make_sage(where)
        for n in range(12):
            sage.add(
                "c", [draft(f"{name}{n}", words(hash((name, n)) % 9_999)), draft("both", name)]
            )

    follower = threading.Thread(target=follow)
    writers = [
        threading.Thread(target=write, args=(name, where))
        for name, where in (("x", database), ("y", other))
    ]
    try:
        for thread in (follower, *writers):
            thread.start()
        for thread in writers:
            thread.join()
        ends.set()
        follower.join()
        with database.read() as connection:
            changes = read_changes(connection, limit=10_000)
        assert [change.seq for change in changes] == list(range(1, len(changes) + 1))
        assert len(seen) == len(set(seen))
        assert set(replay(Reader(database), 4)) <= set(seen)
        assert sorted(replay(Reader(database), 4)) == Reader(database).chunk_ids()
    finally:
        ends.set()
        other.close()
