"""Duplicates in the truth: merging, splitting, promoting, people's verdicts."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, func, select

from foundation.database.engine import Database
from foundation.database.schema import bands, chunks, documents, likenesses, signatures
from foundation.errors import InvalidInput
from foundation.ids import DocumentId
from knowledge.groups import fellows, list_groups
from knowledge.library import Library
from knowledge.log import NOW, AsOf
from knowledge.model import Decision, DuplicateGroup, Removal
from knowledge.reading import Reader
from knowledge.vectors import VectorStore
from tests.knowledge.drafts import current_texts, draft, later, make_sage, outcomes, replay, words

LONG = " ".join(words(5, 400).split())
NEAR = LONG + " and a small ending"


def groups(database: Database) -> list[DuplicateGroup]:
    return list_groups(database, review_threshold=0.6)


def merged(database: Database) -> list[list[str]]:
    return sorted(
        sorted(member.source_id for member in group.members)
        for group in groups(database)
        if group.decision is Decision.MERGED
    )


def merged_with(database: Database, canonical: DocumentId, at: AsOf) -> list[str]:
    with database.read() as connection:
        found = fellows(connection, [canonical], at)
    return [row.source_id for row in found.get(canonical, [])]


def test_equal_texts_are_one_whatever_their_form(database: Database) -> None:
    sage = make_sage(database)
    results = sage.add(
        "c", [draft("a", "ｆｕｌｌ  width　text " + LONG), draft("b", "full width text " + LONG)]
    )
    assert outcomes(results) == ["added", "merged"]
    assert results[1].merged_into == results[0].document_id
    assert groups(database)[0].kind == "exact"


def test_near_duplicates_join_and_only_the_first_is_searched(database: Database) -> None:
    sage, reader = make_sage(database), Reader(database)
    results = sage.add("c", [draft("a", LONG), draft("b", NEAR), draft("x", words(8, 400))])
    assert outcomes(results) == ["added", "merged", "added"]
    assert current_texts(reader) == sorted([LONG, words(8, 400)])
    group = groups(database)[0]
    assert group.kind == "near"
    assert group.members[1].similarity > 0.95
    canonical = Library(database).find("a")
    assert merged_with(database, canonical, NOW) == ["b"]


def test_collections_do_not_share_duplicates(database: Database) -> None:
    sage = make_sage(database)
    assert outcomes(sage.add("one", [draft("a", LONG)])) == ["added"]
    assert outcomes(sage.add("two", [draft("a", LONG)])) == ["added"]


def test_documents_of_other_labels_are_never_merged_and_nobody_learns_of_them(
    database: Database,
) -> None:
    sage, reader = make_sage(database), Reader(database)
    board = {"access": ["board"]}
    results = sage.add(
        "c",
        [
            draft("hidden", LONG, metadata=board),
            draft("open", LONG),
            draft("near", NEAR),
            draft("copy", LONG, metadata={"access": "board"}),
        ],
    )
    assert outcomes(results) == ["added", "added", "merged", "merged"]
    assert merged(database) == [["copy", "hidden"], ["near", "open"]]
    assert current_texts(reader) == [LONG, LONG]


def test_a_document_whose_labels_change_is_compared_anew(database: Database) -> None:
    sage, reader = make_sage(database), Reader(database)
    sage.add("c", [draft("a", LONG), draft("b", LONG), draft("n", NEAR)])
    assert merged(database) == [["a", "b", "n"]]
    (changed,) = sage.add("c", [draft("a", LONG, metadata={"access": "board"})])
    assert (changed.outcome.value, changed.reason) == ("updated", "metadata only, no new version")
    assert merged(database) == [["b", "n"]]
    assert current_texts(reader) == [LONG, LONG]
    (back,) = sage.add("c", [draft("a", LONG)])
    assert merged(database) == [["a", "b", "n"]]
    assert len(current_texts(reader)) == 1
    assert back.version == 1


def test_what_is_merely_alike_waits_for_review(database: Database) -> None:
    sage, reader = make_sage(database), Reader(database)
    half = LONG.split()
    other = " ".join([*half[:330], *words(9, 60).split()])
    results = sage.add("c", [draft("a", LONG), draft("b", other)])
    assert outcomes(results) == ["added", "added"]
    assert [group.decision for group in groups(database)] == [Decision.REVIEW]
    assert len(reader.chunk_ids()) == 2


def test_deleting_the_canonical_document_promotes_another(database: Database) -> None:
    sage, reader = make_sage(database), Reader(database)
    sage.add("c", [draft("a", LONG), draft("b", NEAR)])
    sage.add("c", [Removal("a")])
    assert current_texts(reader) == [NEAR]
    assert merged(database) == []


def test_a_document_that_changes_leaves_its_group_and_both_are_found(database: Database) -> None:
    sage, reader = make_sage(database), Reader(database)
    sage.add("c", [draft("a", LONG), draft("b", NEAR)])
    sage.add("c", [draft("a", words(3, 300))])
    assert current_texts(reader) == sorted([words(3, 300), NEAR])
    sage.add("c", [draft("a", LONG)])
    assert merged(database) == [["a", "b"]]
    assert current_texts(reader) == [LONG]


def test_a_split_is_honoured_and_survives_reingestion(database: Database) -> None:
    sage, reader, library = make_sage(database), Reader(database), Library(database)
    sage.add("c", [draft("a", LONG), draft("b", LONG)])
    a, b = library.find("a"), library.find("b")
    sage.decide(a, b, same=False, actor="ada")
    assert merged(database) == []
    assert len(reader.chunk_ids()) == 2
    assert [group.decision for group in groups(database)] == [Decision.KEPT]
    sage.add("c", [draft("a", NEAR)])
    sage.add("c", [draft("a", LONG)])
    assert merged(database) == []
    sage.decide(b, a, same=True)
    assert merged(database) == [["a", "b"]]
    assert len(reader.chunk_ids()) == 1


def test_people_may_merge_what_no_machine_would(database: Database) -> None:
    sage, library = make_sage(database), Library(database)
    sage.add("c", [draft("a", words(1)), draft("b", words(2))])
    sage.decide(library.find("a"), library.find("b"), same=True)
    assert merged(database) == [["a", "b"]]
    sage.add("c", [draft("b", words(4))])
    assert merged(database) == [["a", "b"]]


def test_a_verdict_needs_two_documents_of_one_collection(database: Database) -> None:
    sage, library = make_sage(database), Library(database)
    sage.add("one", [draft("a", words(1))])
    sage.add("two", [draft("b", words(2))])
    with pytest.raises(InvalidInput, match="two different documents of the same collection"):
        sage.decide(library.find("a"), library.find("b"), same=True)
    with pytest.raises(InvalidInput, match="two different documents"):
        sage.decide(library.find("a"), library.find("a"), same=True)


def test_the_group_of_a_past_moment_is_remembered(database: Database) -> None:
    sage, reader, library = make_sage(database), Reader(database), Library(database)
    sage.add("c", [draft("a", LONG), draft("b", LONG)])
    then = reader.head()
    a, b = library.find("a"), library.find("b")
    sage.decide(a, b, same=False)
    assert merged_with(database, a, AsOf(seq=then)) == ["b"]
    assert merged_with(database, a, NOW) == []


POOL = [LONG, NEAR, LONG + " " + words(6, 20), words(11, 200), words(11, 200) + " more", words(12)]


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(order=st.permutations(range(len(POOL))), cuts=st.sets(st.integers(1, len(POOL) - 1)))
def test_groups_do_not_depend_on_the_order_of_arrival(
    sqlite_template: object,
    tmp_path_factory: pytest.TempPathFactory,
    order: list[int],
    cuts: set[int],
) -> None:
    import shutil

    from foundation.database.engine import open_database

    def grouped(sequence: list[int], ends: set[int]) -> list[list[str]]:
        home = tmp_path_factory.mktemp("order")
        shutil.copy(str(sqlite_template), home)
        database = open_database(None, home=home)
        try:
            sage = make_sage(database)
            start = 0
            for end in [*sorted(ends), len(sequence)]:
                sage.add("c", [draft(f"d{n}", POOL[n]) for n in sequence[start:end]])
                start = end
            return merged(database)
        finally:
            database.close()
            shutil.rmtree(home)

    assert grouped(order, cuts) == grouped(sorted(order), set())


def test_any_sequence_of_edits_equals_ingesting_the_end_state(sqlite_database: Database) -> None:
    """The groups after edits, deletions and returns are those of the final texts alone."""
    rng = random.Random(7)
    sage, reader = make_sage(sqlite_database), Reader(sqlite_database)
    state: dict[str, str] = {}
    for _ in range(60):
        source = f"d{rng.randrange(5)}"
        if rng.random() < 0.25:
            sage.add("c", [Removal(source)])
            state.pop(source, None)
        else:
            state[source] = rng.choice(POOL)
            sage.add("c", [draft(source, state[source])])
    sage.add("fresh", [draft(source, text) for source, text in state.items()])
    by_collection = {
        collection: sorted(
            sorted(member.source_id for member in group.members)
            for group in list_groups(sqlite_database, collection=collection, review_threshold=0.6)
            if group.decision is Decision.MERGED
        )
        for collection in ("c", "fresh")
    }
    assert by_collection["c"] == by_collection["fresh"]
    chunks = reader.chunks(reader.chunk_ids()).values()
    counts = [sum(chunk.collection == name for chunk in chunks) for name in ("c", "fresh")]
    assert counts[0] == counts[1]


def found_at(database: Database, hours: float) -> list[str]:
    """List the sources whose passages are searchable at a moment."""
    at = AsOf(time=later(hours))
    query = (
        select(documents.c.source_id)
        .join(chunks, chunks.c.document_id == documents.c.id)
        .where(at.holds(chunks))
        .order_by(documents.c.source_id)
    )
    with database.read() as connection:
        return list(connection.execute(query).scalars())


def test_a_document_is_promoted_when_what_stood_for_it_went_not_when_the_batch_ended(
    database: Database,
) -> None:
    sage = make_sage(database)
    sage.add("c", [draft("a", LONG, time=later(0)), draft("b", LONG, time=later(1))])
    sage.add("c", [Removal("a", time=later(5)), draft("z", words(9), time=later(9))])
    assert [found_at(database, hours) for hours in (2, 4.9, 5, 8, 9)] == [
        ["a"],
        ["a"],
        ["b"],
        ["b"],
        ["b", "z"],
    ]


def test_a_history_that_is_ingested_late_is_found_in_its_time_although_it_was_merged(
    database: Database,
) -> None:
    sage, reader = make_sage(database), Reader(database)
    sage.add("c", [draft("a", LONG, time=later(10))])
    late = sage.add("c", [draft("b", LONG, time=later(2))])
    assert outcomes(late) == ["merged"]
    assert [found_at(database, hours) for hours in (1, 2, 9.9, 10)] == [[], ["b"], ["b"], ["a"]]
    assert len(reader.chunk_ids()) == 1
    assert sorted(replay(reader, 1)) == reader.chunk_ids()


def test_purging_the_canonical_document_leaves_its_fellows_their_past(database: Database) -> None:
    sage, library, reader = make_sage(database), Library(database), Reader(database)
    sage.add("c", [draft("a", LONG, time=later(0)), draft("b", LONG, time=later(3))])
    sage.purge(library.find("a"), reason="test")
    assert [found_at(database, hours) for hours in (1, 3, 50)] == [[], ["b"], ["b"]]
    assert current_texts(reader) == [LONG]
    assert merged(database) == []


def test_purging_a_merged_document_leaves_the_vectors_that_others_need(database: Database) -> None:
    sage, library, reader = make_sage(database), Library(database), Reader(database)
    sage.add("c", [draft("a", LONG, "shared"), draft("b", LONG, "shared"), draft("x", "own")])
    store = VectorStore(database, "m")
    hashes = [chunk.text_hash for chunk in reader.chunks(reader.chunk_ids()).values()]
    store.store(dict.fromkeys(hashes, b"0123"))
    sage.purge(library.find("b"), reason="test")
    assert store.missing(hashes) == []
    sage.purge(library.find("a"), reason="test")
    assert len(store.missing(hashes)) == 2
    store.store(dict.fromkeys(hashes, b"0123"))
    assert len(store.missing(hashes)) == 2, "what was purged while it was embedded stays away"


def test_each_text_is_compared_once_however_many_have_it(sqlite_database: Database) -> None:
    sage, library = make_sage(sqlite_database), Library(sqlite_database)
    sage.add("c", [draft("near", NEAR)])
    results = sage.add("c", [draft(f"d{n}", LONG) for n in range(1_500)])
    assert {result.outcome for result in results} == {"merged"}
    assert count(sqlite_database, likenesses) == 1_500
    sage.add("c", [Removal("d0"), draft("d1", words(3)), Removal("near")])
    assert count(sqlite_database, likenesses) == 1_497
    sage.add("c", [draft("back", NEAR)])
    group = next(g for g in groups(sqlite_database) if len(g.members) == 1_499)
    assert group.members[0].document_id == library.find("d2")
    assert group.members[-1].source_id == "back"
    assert current_texts(Reader(sqlite_database)) == sorted([LONG, words(3)])


def count(database: Database, table: Table) -> int:
    with database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def test_a_hub_leaves_its_likenesses_to_a_twin(database: Database) -> None:
    """The first of equal texts carries what is known of them: it must not take that along."""
    sage = make_sage(database)
    sage.add("c", [draft("hub", LONG), draft("twin", LONG), draft("near", NEAR)])
    sage.add("c", [draft("hub", words(3)), draft("near", NEAR, title="so that it is looked at")])
    assert merged(database) == [["near", "twin"]]
    sage.add("c", [Removal("twin"), draft("hub", LONG)])
    assert merged(database) == [["hub", "near"]]
    sage.add("c", [Removal("hub"), Removal("near")])
    assert count(database, likenesses) == count(database, signatures) == count(database, bands) == 0


def test_verdicts_are_listed_whether_or_not_the_texts_are_alike(database: Database) -> None:
    sage, library = make_sage(database), Library(database)
    sage.add("c", [draft("a", LONG), draft("b", LONG), draft("x", LONG), draft("y", words(1))])
    ids = {name: library.find(name) for name in "abxy"}
    sage.decide(ids["b"], ids["x"], same=False)
    sage.decide(ids["a"], ids["y"], same=False)
    kept = [group for group in groups(database) if group.decision is Decision.KEPT]
    assert [
        (sorted(m.source_id for m in g.members), g.kind, g.members[0].similarity) for g in kept
    ] == [(["b", "x"], "exact", 1.0), (["a", "y"], "near", 0.0)]
    assert merged(database) in ([["a", "b"]], [["a", "x"]])
    sage.add("c", [Removal("y")])
    assert len([group for group in groups(database) if group.decision is Decision.KEPT]) == 1
