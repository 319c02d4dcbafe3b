"""The truth on both engines: outcomes, versions, deletion, time travel, purge."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import pytest
from sqlalchemy import select

from foundation.clock import Micros
from foundation.database.engine import Database
from foundation.database.schema import chunks, metadata, vectors
from foundation.errors import Conflict, InvalidInput, NotFound
from foundation.ids import FOREVER, Seq
from knowledge.library import Library
from knowledge.log import AsOf, parse_as_of, read_changes
from knowledge.model import Draft, Outcome, Removal
from knowledge.reading import Reader
from knowledge.vectors import VectorStore
from tests.knowledge.drafts import (
    START,
    current_texts,
    draft,
    later,
    make_sage,
    outcomes,
    replay,
    words,
)


def test_a_batch_accounts_for_every_entry_in_order(database: Database) -> None:
    sage = make_sage(database)
    sage.add("c", [draft("old", words(1)), draft("gone", words(2))])
    results = sage.add(
        "c",
        [
            draft("new", words(3)),
            draft("old", words(1)),
            Removal("gone"),
            Removal("never-there"),
            draft("twin", words(3)),
            draft("old", words(4)),
        ],
    )
    assert outcomes(results) == ["added", "unchanged", "deleted", "unchanged", "merged", "updated"]
    assert [r.source_id for r in results] == ["new", "old", "gone", "never-there", "twin", "old"]


def test_unchanged_content_makes_no_version_and_no_change(database: Database) -> None:
    sage = make_sage(database)
    sage.add("c", [draft("a", words(1), metadata={"x": [1, "二", None]})])
    before = Reader(database).head()
    again = sage.add("c", [draft("a", words(1), metadata={"x": [1, "二", None]})])
    assert outcomes(again) == ["unchanged"]
    assert Reader(database).head() == before


def test_new_metadata_is_an_update_without_a_version(database: Database) -> None:
    sage = make_sage(database)
    sage.add("c", [draft("a", words(1), metadata={"year": 1})])
    result = sage.add("c", [draft("a", words(1), metadata={"year": 2})])[0]
    library = Library(database)
    assert (result.outcome, result.version) == (Outcome.UPDATED, 1)
    found = library.find("a")
    assert library.get(found).metadata == {"year": 2}
    assert library.get(found, at=AsOf(seq=Seq(result_seq(database) - 1))).metadata == {"year": 1}


def result_seq(database: Database) -> Seq:
    return Reader(database).head()


def test_only_changed_passages_get_new_chunks(database: Database) -> None:
    sage, reader = make_sage(database), Reader(database)
    sage.add("c", [draft("a", words(1), words(2), words(3))])
    first = {c.text: c.id for c in reader.chunks(reader.chunk_ids()).values()}
    result = sage.add("c", [draft("a", words(1), words(9), words(3))])[0]
    second = {c.text: c.id for c in reader.chunks(reader.chunk_ids()).values()}
    assert result.version == 2
    assert second.keys() == {words(1), words(9), words(3)}
    assert second[words(1)] == first[words(1)]
    assert second[words(3)] == first[words(3)]


def test_a_repeated_passage_has_as_many_chunks_as_it_has_places(database: Database) -> None:
    sage, reader = make_sage(database), Reader(database)
    sage.add("c", [draft("a", "same", "same", words(2))])
    assert len(reader.chunk_ids()) == 3
    sage.add("c", [draft("a", "same", words(2))])
    assert current_texts(reader) == sorted(["same", words(2)])


def test_versions_know_their_parent_author_time_and_change(database: Database) -> None:
    sage, library = make_sage(database), Library(database)
    first = draft("a", "one line", "two", author="Ada", message="begin", time=START)
    second = draft("a", "one line", "three\nfour", author="Bob", message="go on", time=later(1))
    sage.add("c", [first, second])
    one, two = library.history(library.find("a"))
    assert (one.number, two.number, two.parent_id) == (1, 2, one.id)
    assert (one.author, two.author, two.message) == ("Ada", "Bob", "go on")
    assert (one.time_from, one.time_to, two.time_from) == (START, later(1), later(1))
    assert (two.change["lines_added"], two.change["lines_removed"]) == (2, 1)
    assert two.valid_to == FOREVER
    assert "2 lines added, 1 removed" in two.change["summary"]


def test_content_cannot_be_dated_before_what_it_replaces(database: Database) -> None:
    sage, library = make_sage(database), Library(database)
    sage.add("c", [draft("a", words(1), time=later(1))])
    sage.add("c", [draft("a", words(2), time=START)])
    one, two = library.history(library.find("a"))
    assert one.time_from <= two.time_from


def test_a_moment_shows_exactly_the_text_of_then(database: Database) -> None:
    sage, library = make_sage(database), Library(database)
    for hour in range(4):
        sage.add("c", [draft("a", words(hour), time=later(hour))])
    document = library.find("a")
    for hour in range(4):
        at = AsOf(time=later(hour + 0.5))
        assert library.version(document, at=at).text == words(hour)
    with pytest.raises(NotFound, match="had no content at that moment"):
        library.version(document, at=AsOf(time=Micros(START - 1)))


def test_followers_reach_the_truth_in_steps_of_any_size(database: Database) -> None:
    sage, reader = make_sage(database), Reader(database)
    sage.add("c", [draft(str(n), words(n), words(n + 50)) for n in range(6)])
    sage.add("c", [draft("1", words(1), words(77)), Removal("2"), draft("7", words(3), words(53))])
    document = Library(database).find("4")
    sage.purge(document, reason="test")
    for step in (1, 2, 5, 1_000):
        assert sorted(replay(reader, step)) == reader.chunk_ids()


def test_seqs_have_no_gaps_and_every_change_names_its_actor(database: Database) -> None:
    sage = make_sage(database)
    sage.add("c", [draft("a", words(1)), draft("b", words(1))], actor="nightly")
    sage.add("c", [draft("a", words(2))], actor="nightly")
    with database.read() as connection:
        changes = read_changes(connection)
    assert [change.seq for change in changes] == list(range(1, len(changes) + 1))
    assert {change.actor for change in changes} == {"nightly"}
    assert changes[0].kind == "collection.added"


def test_a_deleted_document_can_be_restored_with_its_content(database: Database) -> None:
    sage, reader, library = make_sage(database), Reader(database), Library(database)
    sage.add("c", [draft("a", words(1), metadata={"k": "v"})])
    document = library.find("a")
    sage.delete(document)
    assert reader.chunk_ids() == []
    assert library.get(document).deleted
    with pytest.raises(Conflict, match="deleted already"):
        sage.delete(document)
    result = sage.restore(document)
    assert result.version == 2
    assert current_texts(reader) == [words(1)]
    assert library.get(document).metadata == {"k": "v"}
    with pytest.raises(Conflict, match="is not deleted"):
        sage.restore(document)


def test_rollback_makes_an_old_version_current_again(database: Database) -> None:
    sage, library = make_sage(database), Library(database)
    sage.add("c", [draft("a", words(1)), draft("a", words(2))])
    document = library.find("a")
    assert sage.rollback(document, 1).version == 3
    assert library.version(document).text == words(1)
    with pytest.raises(NotFound, match="has no version 9; it has 1 to 3"):
        sage.rollback(document, 9)
    with pytest.raises(Conflict, match="current already"):
        sage.rollback(document, 3)


def test_purge_leaves_no_row_but_an_audit_record(database: Database) -> None:
    sage, library = make_sage(database), Library(database)
    sage.add("c", [draft("a", words(1), "shared passage"), draft("b", words(2), "shared passage")])
    reader, store = Reader(database), VectorStore(database, "m")
    hashes = [c.text_hash for c in reader.chunks(reader.chunk_ids()).values()]
    store.store(dict.fromkeys(hashes, b"0123"))
    document = library.find("a")
    with pytest.raises(InvalidInput, match="needs a reason"):
        sage.purge(document, reason=" ")
    seq = sage.purge(document, reason="asked by its author", actor="ada")
    with database.read() as connection:
        left = [
            table.name
            for table in metadata.sorted_tables
            if table.name != "changes" and "document_id" in table.c
            for row in connection.execute(select(table).where(table.c.document_id == document))
            if row
        ]
        kept = set(connection.execute(select(vectors.c.text_hash)).scalars())
        last = read_changes(connection, after=seq - 1)[0]
    assert left == []
    assert kept == {c.text_hash for c in reader.chunks(reader.chunk_ids()).values()}
    assert (last.kind, last.actor) == ("document.purged", "ada")
    assert last.details["reason"] == "asked by its author"


def test_a_purged_text_is_in_no_file_of_a_sqlite_home(sqlite_database: Database) -> None:
    sage = make_sage(sqlite_database)
    secret = "zanzibarium " * 30
    sage.add("c", [draft("a", secret, title="zanzibarium"), draft("b", words(1))])
    sage.purge(Library(sqlite_database).find("a"), reason="test")
    folder = [p for p in _home(sqlite_database).iterdir() if p.is_file()]
    assert [p.name for p in folder if b"zanzibarium" in p.read_bytes()] == []


def _home(database: Database):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a test's helper
    from pathlib import Path

    return Path(database.location.removeprefix("sqlite:///")).parent


@pytest.mark.parametrize("name", ["source_id", "text", "title", "message", "uri"])
@pytest.mark.parametrize("bad", ["a\0b", "half \ud83d pair"])
def test_what_cannot_be_stored_is_refused_and_nothing_of_its_batch_is_written(
    database: Database, name: str, bad: str
) -> None:
    sage, reader = make_sage(database), Reader(database)
    fields: dict[str, Any] = {name: bad}
    poisoned = dataclasses.replace(draft("c", words(3)), **fields)
    with pytest.raises(InvalidInput, match=f"document's {name} holds"):
        sage.add("c", [draft("b", words(2)), poisoned])
    assert (reader.head(), reader.chunk_ids()) == (0, [])


def test_a_source_id_that_no_index_holds_is_refused_and_the_longest_one_is_kept(
    database: Database,
) -> None:
    sage, rng = make_sage(database), random.Random(3)
    letters = [chr(0x4E00 + rng.randrange(20_000)) for _ in range(2_000)]
    with pytest.raises(InvalidInput, match="has 1,503 bytes; it can have 1,500"):
        sage.add("x" * 200, [draft("".join(letters[:501]), words(1))])
    assert outcomes(sage.add("x" * 200, [draft("".join(letters[:500]), words(1))])) == ["added"]
    with pytest.raises(InvalidInput, match="no source id"):
        sage.add("c", [draft("", words(1))])


@pytest.mark.parametrize("text", ["7", "seq:9", "2999-01-01"])
def test_the_future_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="lies in the future") as caught:
        parse_as_of(text, head=Seq(5), now=START)
    assert " 5" not in str(caught.value)  # how much others wrote is not told


def test_a_moment_is_a_seq_or_a_time() -> None:
    assert parse_as_of("5", head=Seq(5), now=START) == AsOf(seq=Seq(5))
    assert parse_as_of("20230101", head=Seq(5), now=START).time == 1_672_531_200_000_000
    assert parse_as_of("2023-01-01T00:00:00Z", head=Seq(5), now=START).seq is None
    with pytest.raises(InvalidInput, match="is not a time"):
        parse_as_of("yesterday", head=Seq(5), now=START)


def test_chunks_of_a_moment_are_those_of_the_version_of_then(database: Database) -> None:
    sage, library = make_sage(database), Library(database)
    sage.add(
        "c",
        [
            draft("a", words(1), words(2), time=START),
            draft("a", words(2), words(3), time=later(1)),
            Removal("a", time=later(2)),
        ],
    )
    document = library.find("a")
    for hour, want in ((0, [1, 2]), (1, [2, 3]), (2, [])):
        at = AsOf(time=later(hour))
        with database.read() as connection:
            found = connection.execute(
                select(chunks.c.text).where(chunks.c.document_id == document, at.holds(chunks))
            ).scalars()
            assert sorted(found) == sorted(words(n) for n in want)


def test_a_history_told_again_or_from_its_beginning_changes_nothing(database: Database) -> None:
    told: list[Draft | Removal] = [
        draft("a", words(1), time=START),
        draft("a", words(2), time=later(1)),
        draft("a", words(1), time=later(2)),
        Removal("a", time=later(3)),
        draft("a", words(3), time=later(4)),
        draft("a", words(4), time=later(4)),
        draft("b", words(5), time=START),
        Removal("b", time=later(1)),
    ]
    for cut in (2, 4, len(told)):
        make_sage(database).add("c", told[:cut])
    before = Reader(database).head()
    again = make_sage(database).add("c", told)
    assert set(outcomes(again)) == {"unchanged"}
    assert Reader(database).head() == before
    assert len(Library(database).history(Library(database).find("a"))) == 5
