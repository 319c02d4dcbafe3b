"""Searching with real indexes: modes, moments, filters, and what is not embedded yet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from foundation.database.engine import Database
from foundation.errors import InvalidInput
from foundation.ids import Seq
from knowledge.log import AsOf
from knowledge.model import Removal
from retrieval.model import Ranking, Scope, Vector
from retrieval.question import MAX_K, MAX_QUERY_CHARACTERS, check_question
from tests.knowledge.drafts import draft, later, words
from tests.retrieval.searching import Dense, Home

FLOWERS = "The rose is a woody perennial flowering plant of the genus Rosa"
ENGINES = "A steam engine performs mechanical work using steam as its fluid"
RIVERS = "The river carries water from the mountains down into the sea"


def fill(home: Home) -> None:
    home.sage.add(
        "c",
        [
            draft("flowers", FLOWERS, title="Roses", metadata={"kind": "plant"}),
            draft("engines", ENGINES, title="Steam", metadata={"kind": "machine"}),
            draft("rivers", RIVERS, title="Rivers", metadata={"kind": "place"}),
        ],
    )


@pytest.mark.parametrize("mode", ["default", "dense", "lexical"])
def test_every_mode_finds_the_passage_and_cites_where_it_stands(home: Home, mode: str) -> None:
    fill(home)
    home.catch_up()
    result = home.search("woody flowering plant", mode=mode)
    best = result.hits[0]
    assert (best.citation.source_id, best.citation.title, best.text) == (
        "flowers",
        "Roses",
        FLOWERS,
    )
    assert (best.citation.start, best.citation.end) == (0, len(FLOWERS))
    assert best.metadata == {"kind": "plant"}
    assert (result.seq, result.mode, result.dense_coverage) == (home.reader.head(), mode, 1.0)
    assert set(best.parts) >= ({"lexical", "dense"} if mode == "default" else {mode})
    scores = [hit.score for hit in result.hits]
    assert scores == sorted(scores, reverse=True)


def test_before_anything_is_embedded_words_alone_decide_and_the_answer_says_so(home: Home) -> None:
    fill(home)
    home.catch_up("lexical")
    result = home.search("steam engine")
    assert [hit.citation.source_id for hit in result.hits][:1] == ["engines"]
    assert result.dense_coverage == 0.0
    assert any("no passage is embedded yet" in note for note in result.notes)
    assert set(result.hits[0].parts) == {"lexical"}


def test_a_passage_that_is_not_embedded_yet_is_found_beside_those_that_are(home: Home) -> None:
    fill(home)
    home.catch_up()
    home.sage.add("c", [draft("new", "Steam locomotives pull trains along railways")])
    home.catch_up("lexical")
    result = home.search("steam locomotives", k=2)
    new, old = sorted(result.hits, key=lambda hit: hit.citation.source_id, reverse=True)
    assert (new.citation.source_id, old.citation.source_id) == ("new", "engines")
    assert ("dense" in new.parts, "dense" in old.parts) == (False, True)
    assert 0 < result.dense_coverage < 1


def test_a_passage_that_is_embedded_in_the_middle_of_a_search_is_judged_by_its_words(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.sage.add("c", [draft("old", "the zanzibar0 report")])
    home.catch_up()
    home.sage.add("c", [draft("new", "the zanzibar1 report")])
    home.catch_up("lexical")
    search = Dense.search

    def late(self: Dense, vector: Vector, k: int, scope: Scope) -> Ranking:
        found = search(self, vector, k, scope)
        home.catch_up()
        return found

    monkeypatch.setattr(Dense, "search", late)
    assert home.found("zanzibar1") == ["new", "old"]


def test_a_language_that_the_embedder_does_not_know_is_searched_by_words(
    sqlite_database: Database, tmp_path: Path
) -> None:
    home = Home(sqlite_database, tmp_path / "followers", languages="en")
    try:
        text = "東京は日本の首都であり、世界でも有数の大都市です。"
        home.sage.add("c", [draft("tokyo", text, language="ja"), draft("flowers", FLOWERS)])
        home.catch_up()
        result = home.search("日本の首都はどこですか")
        assert result.hits[0].citation.source_id == "tokyo"
        assert any("'ja'" in note for note in result.notes)
    finally:
        home.close()


@pytest.mark.parametrize("mode", ["default", "dense", "lexical"])
def test_a_passage_is_found_by_what_is_said_of_any_of_its_sources(home: Home, mode: str) -> None:
    fill(home)
    home.sage.add("c", [draft("copy", FLOWERS, metadata={"kind": "garden"})])
    home.catch_up()
    for kind in ("plant", "garden"):
        (hit,) = home.search("rose", mode=mode, where={"kind": kind}).hits
        assert (hit.citation.source_id, hit.metadata) == ("flowers", {"kind": "plant"})
        assert [(s.source_id, s.metadata["kind"]) for s in hit.citation.sources] == [
            ("flowers", "plant"),
            ("copy", "garden"),
        ]


def test_filters_and_collections_narrow_before_ranking(home: Home) -> None:
    fill(home)
    home.sage.add("other", [draft("flowers", FLOWERS + " in another collection")])
    home.catch_up()
    assert home.found("rose steam river", where={"kind": "machine"}) == ["engines"]
    rest = home.found("rose", where={"kind": {"$ne": "plant"}}, collections=["c"])
    assert sorted(rest) == ["engines", "rivers"]
    hits = home.search("rose", collections=["other"]).hits
    assert [hit.collection for hit in hits] == ["other"]


@pytest.mark.parametrize("mode", ["default", "dense", "lexical"])
def test_a_search_of_a_moment_finds_exactly_what_was_current_then(home: Home, mode: str) -> None:
    heads: list[Seq] = []
    for hour, text in enumerate((FLOWERS, ENGINES, RIVERS)):
        home.sage.add("c", [draft("a", text, "constant part", title=str(hour), time=later(hour))])
        heads.append(home.reader.head())
    home.sage.add("c", [Removal("a", time=later(3))])
    home.catch_up()
    query = "rose steam river constant part"
    for hour, text in enumerate((FLOWERS, ENGINES, RIVERS)):
        for at in (AsOf(seq=heads[hour]), AsOf(time=later(hour + 0.5))):
            hits = home.search(query, mode=mode, at=at).hits
            assert {hit.text for hit in hits} <= {text, "constant part"}
            assert text in {hit.text for hit in hits}
            assert {(hit.citation.title, hit.citation.version) for hit in hits} == {
                (str(hour), hour + 1)
            }
    assert home.search(query, mode=mode).hits == []
    assert home.search(query, mode=mode, at=AsOf(seq=Seq(0))).seq == 0


def test_k_is_kept_although_duplicates_collapse(home: Home) -> None:
    home.sage.add("one", [draft(f"d{n}", "the same passage", words(n)) for n in range(9)])
    home.sage.add("two", [draft(f"d{n}", f"the same passage number {n}") for n in range(9)])
    home.catch_up()
    hits = home.search("the same passage", k=6).hits
    assert len({hit.text for hit in hits}) == len(hits) == 6


def test_an_empty_home_answers_nothing(home: Home) -> None:
    home.catch_up()
    result = home.search("anything")
    assert (list(result.hits), result.seq) == ([], 0)


def test_scores_that_are_no_numbers_never_reach_a_hit(home: Home) -> None:
    fill(home)
    home.catch_up()
    for hit in home.search("steam engine rose", k=3).hits:
        assert np.isfinite([hit.score, *hit.parts.values()]).all()


@pytest.mark.parametrize(
    ("text", "k", "mode", "message"),
    [
        ("", 5, "default", "is empty"),
        (" \n", 5, "default", "is empty"),
        ("x", 0, "default", "k is 0; it can be 1 to 1000"),
        ("x", MAX_K + 1, "default", "k is 1001"),
        ("x", 10**9, "default", "k is 1000000000"),
        ("x", 5, "sparse", "mode is 'sparse'; it can be"),
        ("x" * (MAX_QUERY_CHARACTERS + 1), 5, "default", "ingest a text of that size"),
    ],
)
def test_what_cannot_be_searched_for_is_refused(text: str, k: int, mode: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        check_question(text, k, mode)
