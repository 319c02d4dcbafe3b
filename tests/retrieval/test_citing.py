"""Citations: one hit for each passage, with all its sources, read in few queries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from sqlalchemy import event
from sqlalchemy.engine import Engine

from foundation.database.engine import Database
from knowledge.library import Library
from knowledge.log import NOW, AsOf
from knowledge.model import Removal
from knowledge.reading import Reader
from retrieval.citing import Citer
from retrieval.model import Hit
from tests.knowledge.drafts import draft, later, make_sage, words


def cite(database: Database, *ids: int, at: AsOf = NOW, k: int = 10) -> list[Hit]:
    scores = np.arange(len(ids), 0, -1, dtype=np.float64)
    parts = {"lexical": scores.astype(np.float32), "dense": np.full(len(ids), np.nan, np.float32)}
    return Citer(database).hits(np.array(ids, np.int64), scores, parts, at, k)


def sources(hit: Hit) -> list[str]:
    return [source.source_id for source in hit.citation.sources]


@contextmanager
def counted() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_c: object, _k: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_a_hit_is_cited_with_offsets_that_give_its_text(database: Database) -> None:
    sage, library = make_sage(database), Library(database)
    sage.add("c", [draft("a", words(1), words(2), title="T", uri="file:///a", metadata={"x": 1})])
    for hit in cite(database, 1, 2):
        cited = hit.citation
        version = library.version(cited.document_id, cited.version)
        assert version.text[cited.start : cited.end] == hit.text
        assert (cited.version_id, cited.title, cited.uri) == (version.id, "T", "file:///a")
        assert (hit.parts, hit.metadata) == ({"lexical": hit.score}, {"x": 1})


def test_what_the_truth_does_not_hold_is_left_out_and_the_next_best_move_up(
    database: Database,
) -> None:
    sage = make_sage(database)
    sage.add("c", [draft("a", words(1)), draft("b", words(2)), draft("x", words(3))])
    sage.add("c", [Removal("b")])
    hits = cite(database, 2, 999, 1, 3, k=2)
    assert [hit.text for hit in hits] == [words(1), words(3)]
    assert [hit.score for hit in hits] == [2.0, 1.0]


def test_merged_duplicates_are_sources_of_one_hit(database: Database) -> None:
    sage, reader = make_sage(database), Reader(database)
    first = draft("a", words(1), uri="u1", metadata={"team": "ops"})
    sage.add("c", [first, draft("b", words(1), uri="u2", title="B", metadata={"team": "dev"})])
    (hit,) = cite(database, *reader.chunk_ids())
    assert [(s.source_id, s.uri, s.title, s.metadata) for s in hit.citation.sources] == [
        ("a", "u1", "", {"team": "ops"}),
        ("b", "u2", "B", {"team": "dev"}),
    ]
    assert hit.metadata == {"team": "ops"}


def test_equal_passages_of_different_documents_are_one_hit_with_the_best_score(
    database: Database,
) -> None:
    sage, reader = make_sage(database), Reader(database)
    sage.add("c", [draft("a", "Ｓａｍｅ  passage", words(1)), draft("b", "Same passage", words(2))])
    sage.add("c", [draft("b2", "Same passage", words(2))])
    ids = reader.chunk_ids()
    first, *rest = cite(database, *ids)
    assert sources(first) == ["a", "b", "b2"]
    assert first.score == len(ids)
    assert {hit.text for hit in rest} == {words(1), words(2)}


def test_a_past_moment_is_cited_with_its_own_version_attributes_and_group(
    database: Database,
) -> None:
    sage, reader, library = make_sage(database), Reader(database), Library(database)
    texts = {"uri": "old", "metadata": {"n": 1}, "time": later(0)}
    sage.add("c", [draft("a", words(1), **texts), draft("b", words(1), **texts)])
    then = reader.head()
    sage.decide(library.find("a"), library.find("b"), same=False)
    sage.add("c", [draft("a", words(1), words(2), uri="new", metadata={"n": 2}, time=later(5))])
    for at, uri, number, others in (
        (AsOf(seq=then), "old", 1, ["a", "b"]),
        (AsOf(time=later(1)), "old", 1, ["a"]),
        (NOW, "new", 2, ["a"]),
    ):
        (hit,) = cite(database, 1, at=at)
        assert (hit.citation.uri, hit.metadata, hit.citation.version) == (
            uri,
            {"n": number},
            number,
        )
        assert sources(hit) == others


def test_a_search_costs_three_queries_whatever_k_is(database: Database) -> None:
    sage, reader = make_sage(database), Reader(database)
    sage.add("c", [draft(f"d{n}", words(n), words(n + 500)) for n in range(60)])
    ids = reader.chunk_ids()
    for k in (1, 10, 100):
        with counted() as queries:
            assert len(cite(database, *ids, k=k)) == k
        assert len(queries) == 3
