"""The doctor sees every kind of damage, and mends what can be mended."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from sqlalchemy import Table, delete, insert, select, update

from foundation.database.schema import attributes, chunks, documents, positions, vectors, versions
from foundation.ids import FOREVER, Seq
from knowledge.model import Removal
from retrieval.doctor import VECTORS, Finding
from tests.knowledge.drafts import draft, words
from tests.retrieval.searching import Home


@pytest.fixture
def filled(home: Home) -> Home:
    """A home with changes, duplicates and deletions behind it."""
    home.sage.add("c", [draft(f"d{n}", words(n), words(n + 90)) for n in range(12)])
    home.sage.add("c", [draft("twin", words(1), words(91)), Removal("d3"), draft("d4", words(50))])
    home.catch_up()
    return home


def problems(home: Home) -> dict[tuple[str, str], str]:
    return {(f.subject, f.check): f.problem for f in home.doctor().examine() if not f.ok}


def sick(home: Home) -> set[str]:
    return {subject for subject, _ in problems(home)}


def mended(home: Home) -> list[str]:
    doctor = home.doctor()
    names = doctor.repair(doctor.examine())
    home.catch_up()
    return names


def reopened(home: Home) -> None:
    home.open()


def test_a_sound_home_has_no_problem_and_nothing_is_repaired(filled: Home) -> None:
    findings = filled.doctor().examine()
    assert [finding for finding in findings if not finding.ok] == []
    assert {finding.subject for finding in findings} == {"truth", VECTORS, "lexical", "exact"}
    assert filled.doctor().repair(findings) == []


def test_an_empty_home_is_sound(home: Home) -> None:
    assert problems(home) == {}


def test_a_follower_that_lags_is_told_from_one_that_is_wrong(filled: Home) -> None:
    filled.sage.add("c", [draft("late", words(70))])
    assert problems(filled)["lexical", "position"].endswith("changes behind: it is not caught up")
    filled.catch_up()
    assert problems(filled) == {}


@pytest.mark.parametrize("name", ["lexical", "exact"])
def test_a_deleted_folder_is_noticed_and_rebuilt(filled: Home, name: str) -> None:
    filled.close()
    shutil.rmtree(filled.folder / name)
    reopened(filled)
    assert sick(filled) == {name}
    assert mended(filled) == [name]
    assert problems(filled) == {}


@pytest.mark.parametrize("name", ["lexical", "exact"])
def test_truncated_files_are_noticed_and_rebuilt(filled: Home, name: str) -> None:
    filled.close()
    files = [p for p in (filled.folder / name).rglob("*") if p.is_file() and p.stat().st_size > 64]
    assert files
    for path in files:
        with path.open("r+b") as file:
            file.truncate(path.stat().st_size // 3)
    reopened(filled)
    assert sick(filled) == {name}
    assert mended(filled) == [name]
    assert problems(filled) == {}


@pytest.mark.parametrize("name", ["lexical", "exact"])
def test_lost_and_foreign_ids_are_named(filled: Home, name: str) -> None:
    """The log is rewritten behind a follower's back: it lacks a chunk and has one too many."""
    with filled.database.write() as connection:
        connection.execute(update(chunks).where(chunks.c.id == 1).values(valid_to=2, time_to=2))
        row = connection.execute(select(chunks).where(chunks.c.id == 2)).one()
        fresh = {**row._mapping, "id": 9_999}
        connection.execute(insert(chunks).values(**fresh))
    (problem,) = [
        p
        for (subject, check), p in problems(filled).items()
        if check.startswith("ids") and subject == name
    ]
    assert problem == "1 chunks are missing: 9999; 1 chunks are too many: 1"
    assert name in mended(filled)
    assert name not in sick(filled)
    assert ("truth", "chunks and spans") in problems(filled), "the truth itself can't be mended"


def test_a_follower_ahead_of_the_truth_is_rebuilt(filled: Home) -> None:
    with filled.database.write() as connection:
        connection.exec_driver_sql("UPDATE counters SET seq = seq - 1")
    found = problems(filled)
    assert found["lexical", "position"] == found["exact", "position"] == "it is ahead of the truth"
    assert mended(filled) == ["lexical", "exact"]


def test_an_altered_text_is_seen_and_cannot_be_mended(filled: Home) -> None:
    with filled.database.write() as connection:
        some = select(versions.c.id).where(versions.c.valid_to < FOREVER).limit(1).scalar_subquery()
        connection.execute(update(versions).where(versions.c.id == some).values(text="forged"))
    assert "1 versions whose text does not match" in problems(filled)["truth", "version hashes"]
    assert mended(filled) == []
    assert sick(filled) == {"truth"}


def test_a_document_without_its_rows_is_seen(filled: Home) -> None:
    with filled.database.write() as connection:
        empty = {"id": "x", "number": 999, "collection": "c", "source_id": "x", "created_at": 0}
        connection.execute(insert(documents).values(**empty))
        some = select(attributes.c.document_id).limit(1).scalar_subquery()
        connection.execute(delete(attributes).where(attributes.c.document_id == some))
    problem = problems(filled)["truth", "no orphans"]
    assert problem == "1 documents without a version; 2 documents without attributes"


def test_vectors_that_are_lost_torn_or_needless_are_mended(filled: Home) -> None:
    model = filled.embedder.name
    with filled.database.write() as connection:
        known = select(vectors.c.text_hash).order_by(vectors.c.text_hash)
        lost, torn = connection.execute(known.limit(2)).scalars()
        connection.execute(delete(vectors).where(vectors.c.text_hash == lost))
        connection.execute(
            update(vectors).where(vectors.c.text_hash == torn).values(vector=b"torn")
        )
        needless = {"model": model, "text_hash": "0" * 64, "vector": bytes(1024)}
        connection.execute(insert(vectors).values(**needless))
    (problem,) = problems(filled).values()
    assert "1 vectors without a passage; 1 passages without a vector" in problem
    assert f"1 models whose vectors differ in length: {model}" in problem
    assert mended(filled) == [VECTORS]
    assert problems(filled) == {}
    assert count(filled, vectors) == len(
        {chunk.text_hash for chunk in filled.reader.feed(Seq(0), limit=999).opened}
    )


def count(home: Home, table: Table) -> int:
    with home.database.read() as connection:
        return len(connection.execute(select(table)).all())


def test_a_passage_that_does_not_find_itself_is_named(filled: Home) -> None:
    doctor = filled.doctor()
    (words_patient, *_rest) = doctor._patients
    assert words_patient.ask is not None
    ranking = words_patient.ask(filled.reader.chunk_ids()[0])
    assert filled.reader.chunk_ids()[0] in ranking.ids
    filled.lexical.search = lambda *_: type(ranking).empty()  # type: ignore[method-assign]  # a broken index
    found = [f for f in doctor.examine() if f.check == "self-queries" and not f.ok]
    assert isinstance(found[0], Finding)
    assert "chunks are not found by their own content" in found[0].problem


def test_what_is_not_embedded_yet_is_no_missing_vector(filled: Home) -> None:
    with filled.database.write() as connection:
        connection.execute(update(positions).values(seq=3))
        connection.execute(delete(vectors).where(vectors.c.text_hash.in_(_hashes_after(3))))
    assert (VECTORS, "each passage's") not in problems(filled)
    assert np.array_equal(np.sort(filled.lexical.ids()), filled.reader.chunk_ids())


def _hashes_after(seq: int):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a select
    early = select(chunks.c.text_hash).where(chunks.c.valid_from <= seq)
    return select(chunks.c.text_hash).where(
        chunks.c.valid_from > seq, chunks.c.text_hash.not_in(early)
    )
